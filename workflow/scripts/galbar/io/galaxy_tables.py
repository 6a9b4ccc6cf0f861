"""Tables of galaxies in the formats of astronomy: CSV, ECSV, FITS, VOTable, Parquet.

The format follows from the file's ending; what has none of them is CSV. Every value is checked as
those of CSV files are (`galbar.io.csv_columns`), which have lines; the others have rows, counted
from 1. Units that a column has are converted to those that are expected.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from galbar.io.csv_columns import (
    Column,
    check_values,
    find_names,
    read_header,
    read_table,
    to_int64,
)
from galbar.io.shards import count_rows

if TYPE_CHECKING:
    import pandas as pd
    from astropy.table import Table

# Ending -> format as `astropy.table.Table.read` calls it.
_FORMATS = {
    ".ecsv": "ascii.ecsv",
    **dict.fromkeys((".fits", ".fit", ".fits.gz"), "fits"),
    **dict.fromkeys((".vot", ".votable", ".xml"), "votable"),
    **dict.fromkeys((".parquet", ".pq"), "parquet"),
}


def table_format(path: str | Path) -> str:
    """Return the format of a table by its name, as astropy calls it; "csv" for all others."""
    name = Path(path).name.lower()
    return next((kind for ending, kind in _FORMATS.items() if name.endswith(ending)), "csv")


def list_columns(path: str | Path) -> list[str]:
    """Return the names of the columns of a table, reading no rows where the format allows it.

    FileNotFoundError if there is no such file, ValueError if it is not of its format.
    """
    path, kind = Path(path), table_format(path)
    if kind == "csv":
        return read_header(path)
    if kind == "parquet":
        return [str(name) for name in _open_parquet(path).schema_arrow.names]
    return list(_read_astropy(path, kind).colnames)


def count_galaxies(path: str | Path) -> int:
    """Count the rows of a table; 0 if it cannot be read, which is something else's to complain of.

    Of CSV files the lines (`galbar.io.shards.count_rows`), of FITS and Parquet files what they say.
    """
    path, kind = Path(path), table_format(path)
    if kind == "csv":
        return count_rows(path)
    try:
        if kind == "parquet":
            return _open_parquet(path).metadata.num_rows
        if kind == "fits":
            return _count_fits(path)
        return len(_read_astropy(path, kind))
    except (OSError, ValueError):
        return 0


def read_galaxy_table(
    path: str | Path,
    columns: Mapping[str, Column],
    key: str,
    *,
    names: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
) -> "pd.DataFrame":
    """Read some columns of a table in any of the formats and check every value.

    Parameters
    ----------
    path : str or Path
    columns : mapping of str to Column, what is read
    key : str, column whose values must all be different; "" for none
    names : mapping of str to str, optional, what the table calls a column, if it is something else
    units : mapping of str to str, optional
        Unit, as astropy writes it, of a column; one that the table gives is converted to it.

    Returns
    -------
    DataFrame, the columns in the order of ``columns``; its index is the line or the row

    Raises
    ------
    FileNotFoundError : if there is no such file
    ValueError
        If it is not of its format, has no rows or not all columns, or a value is not as expected.
    """
    path, kind = Path(path), table_format(path)
    names = {name: (names or {}).get(name, name) for name in columns}
    called = {names[name]: column for name, column in columns.items()}
    if kind == "csv":
        frame = read_table(path, called, names.get(key, ""))
    else:
        wanted = {names[name]: unit for name, unit in (units or {}).items() if name in names}
        frame = _typed_columns(path, _read_astropy(path, kind), called, wanted)
        check_values(path, frame, called, names.get(key, ""), counted="row")
    return frame.rename(columns={own: name for name, own in names.items()})


def _typed_columns(
    path: Path, table: "Table", columns: Mapping[str, Column], units: Mapping[str, str]
) -> "pd.DataFrame":
    """Convert columns of a table to their types; missing values become NaN or ""."""
    import pandas as pd

    positions = find_names(path, table.colnames, columns)
    index = pd.RangeIndex(1, 1 + len(table))
    frame = pd.DataFrame(index=index)
    for name, column in columns.items():
        values = table.columns[positions[name]]
        if column.kind is float:
            frame[name] = _numbers(path, name, values, column, units.get(name))
            continue
        if values.dtype.kind == "f" and len(values):
            raise ValueError(
                f"{path}, column {name}: found numbers with a fraction, which cannot hold all "
                f"digits of an id, expected {column.expected}"
            )
        texts = pd.Series(_texts(values), index=index)
        frame[name] = texts if column.kind is str else to_int64(path, name, texts, column, "row")
    return frame


def _numbers(path, name, values, column, unit):
    """Return a column as float64, in a unit if it has one; NaN where it is masked."""
    mask = np.ma.getmaskarray(np.ma.asarray(values))
    try:
        numbers = np.ma.asarray(values).astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}, column {name}: {error}, expected {column.expected}") from None
    numbers = np.where(mask, np.nan, np.ma.getdata(numbers))
    if unit is None or getattr(values, "unit", None) is None:
        return numbers
    from astropy.units import UnitConversionError, UnitTypeError

    try:
        return (numbers * values.unit).to_value(unit)
    except (UnitConversionError, UnitTypeError, TypeError) as error:
        raise ValueError(
            f"{path}, column {name}: found the unit {values.unit}, expected one of {unit} ({error})"
        ) from None


def _texts(values):
    """Return a column as texts, "" where it is masked; whole numbers keep all their digits."""
    mask = np.ma.getmaskarray(np.ma.asarray(values))
    return [
        "" if masked else (value.decode() if isinstance(value, bytes) else str(value)).strip()
        for value, masked in zip(np.ma.getdata(values).tolist(), mask, strict=True)
    ]


def _read_astropy(path: Path, kind: str) -> "Table":
    """Read a whole table."""
    # Imported here: CSV files, which are the rule, need neither.
    import pyarrow
    from astropy.table import Table

    if not path.is_file():
        raise FileNotFoundError(2, "No such file or directory", str(path))
    try:
        if kind == "parquet":
            return Table.from_pandas(_open_parquet(path).read().to_pandas())
        return Table.read(path, format=kind)
    except (OSError, ValueError, TypeError, IndexError, KeyError, pyarrow.ArrowException) as error:
        raise ValueError(f"{path}: found no readable table of its format ({error})") from error


def _open_parquet(path: Path):
    import pyarrow
    from pyarrow.parquet import ParquetFile

    if not path.is_file():
        raise FileNotFoundError(2, "No such file or directory", str(path))
    try:
        return ParquetFile(path)
    except pyarrow.ArrowException as error:
        raise ValueError(f"{path}: found no readable Parquet file ({error})") from error


def _count_fits(path: Path) -> int:
    """Count the rows of the first table of a FITS file, from its header."""
    from astropy.io import fits

    with fits.open(path) as units:
        tables = [unit for unit in units if isinstance(unit, fits.BinTableHDU | fits.TableHDU)]
        return int(tables[0].header["NAXIS2"]) if tables else 0
