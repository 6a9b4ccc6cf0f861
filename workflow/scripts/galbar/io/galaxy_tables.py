"""Tables of galaxies in the formats of astronomy: CSV, ECSV, FITS, VOTable, Parquet.

The format follows from the file's ending; what has none of them is CSV, which has lines; the others
have rows, counted from 1. What is wrong with the whole table is an error, what is wrong with one
row is said of that row (`galbar.io.row_faults`). Units that a column has, or in CSV files its name
("R90 [arcmin]"), are converted to those that are expected.
"""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from galbar.io.csv_columns import (
    Column,
    UnreadableCellError,
    find_names,
    read_columns,
    read_header,
    to_int64,
)
from galbar.io.row_faults import numbers_of_texts, row_faults
from galbar.io.shards import count_rows

if TYPE_CHECKING:
    import pandas as pd
    from astropy.table import Table

_BLOCK = 1 << 20

_NAME_AND_UNIT = re.compile(r"(.*?)\s*[\[(]([^\])]*)[\])]\s*")
# What people write and astropy does not know, word by word.
_SPELLINGS = {"px": "pix", "pixels": "pix", "degrees": "deg", "arcsecs": "arcsec"}
_WORD = re.compile(r"[A-Za-z]+")
# J2000 is an epoch, and no power of a joule.
_EPOCH = re.compile(r"[JB]\d{4}(\.\d+)?", re.IGNORECASE)

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


def table_stem(path: str | Path) -> str:
    """Return a table's name without the ending that says its format: of a.v1.csv it is a.v1."""
    name = Path(path).name
    endings = [ending for ending in (*_FORMATS, ".csv") if name.lower().endswith(ending)]
    return name[: -len(max(endings, key=len))] if endings else name


def split_unit(name: str) -> tuple[str, str]:
    """Return a column's name without what is behind it in brackets, and that, or ""."""
    match = _NAME_AND_UNIT.fullmatch(name)
    return (match[1], match[2].strip()) if match else (name, "")


def is_unit(text: str) -> bool:
    """Return whether a text, such as that in brackets behind a column's name, is a unit."""
    return _parse_unit(text) is not None


def _parse_unit(text):
    """Return an astropy unit of a text, however it is spelt; None if it is none."""
    from astropy.units import Unit

    if _EPOCH.fullmatch(text):
        return None
    spelt = _WORD.sub(lambda word: _SPELLINGS.get(word[0].lower(), word[0]), text)
    for candidate in (spelt, spelt.lower()):
        try:
            return Unit(candidate) if candidate else None
        except (TypeError, ValueError):
            continue
    return None


def list_columns(path: str | Path) -> list[str]:
    """Return the names of the columns of a table, reading no rows where the format allows it.

    FileNotFoundError if there is no such file, ValueError if it is not of its format.
    """
    path, kind = Path(path), table_format(path)
    if kind == "csv":
        return read_header(path)
    if kind == "parquet":
        return [str(name) for name in _open_parquet(path).schema_arrow.names]
    if kind == "ascii.ecsv":
        return _names_of_ecsv(path)
    if kind == "votable":
        return _names_of_votable(path)
    return list(_read_astropy(path, kind).colnames)


def count_galaxies(path: str | Path) -> int:
    """Count the rows of a table; 0 if it cannot be read, which is something else's to complain of.

    Of CSV and ECSV files the lines (`galbar.io.shards.count_rows`), of VOTables the tags of rows,
    of FITS and Parquet files what they say.
    """
    path, kind = Path(path), table_format(path)
    if kind == "csv":
        return count_rows(path)
    try:
        if kind == "parquet":
            return _open_parquet(path).metadata.num_rows
        if kind == "fits":
            return _count_fits(path)
        if kind == "ascii.ecsv":
            # All lines but those of the header: this much of a large table is read in seconds.
            return max(0, count_rows(path) - len(_header_of_ecsv(path)) + 1)
        # A VOTable of bytes has no tags.
        return _count_tags(path) or len(_read_astropy(path, kind))
    except (OSError, ValueError):
        return 0


def read_galaxy_table(
    path: str | Path,
    columns: Mapping[str, Column],
    *,
    names: Mapping[str, str] | None = None,
    units: Mapping[str, Sequence[str]] | None = None,
) -> tuple["pd.DataFrame", "pd.Series"]:
    """Read some columns of a table in any of the formats and look at every value.

    Parameters
    ----------
    path : str or Path
    columns : mapping of str to Column, what is read
    names : mapping of str to str, optional, what the table calls a column, if it is something else
    units : mapping of str to sequence of str, optional
        Units, as astropy writes them, of a column; one that the table gives is converted to the
        first that it can be converted to.

    Returns
    -------
    frame : DataFrame, n rows
        The columns in the order of ``columns``, NaN or "" where nothing is; a cell that should be a
        number and is none is NaN. Its index is the line or the row, as the index's name says.
    faults : Series of str, shape (n,), what is wrong with a row, see `row_faults`; "" of most

    Raises
    ------
    FileNotFoundError : if there is no such file
    ValueError
        If it is not of its format, has no rows or not all columns, or the unit of something else.
    """
    path, kind = Path(path), table_format(path)
    names = {name: (names or {}).get(name, name) for name in columns}
    called = {names[name]: column for name, column in columns.items()}
    wanted = {names[name]: unit for name, unit in (units or {}).items() if name in names}
    if kind == "csv":
        frame, unreadable = _lines_of_csv(path, called)
        for name in wanted:
            unit = _unit_in(name)
            frame[name] = _convert(path, name, frame[name].to_numpy(), unit, wanted[name])
    else:
        frame, unreadable = _typed_columns(path, _read_astropy(path, kind), called, wanted)
    if frame.empty:
        raise ValueError(f"{path}: found no rows below the column names")
    faults = row_faults(frame, called, unreadable)
    return frame.rename(columns={own: name for name, own in names.items()}), faults


def _unit_in(name):
    """Return the unit in a column's name, None if there is none, as in "ra (J2000)"."""
    unit = split_unit(name)[1]
    return unit if is_unit(unit) else None


def _lines_of_csv(path: Path, columns: Mapping[str, Column]):
    """Return columns of a CSV file, and the cells that should be numbers and are none."""
    unreadable = {}
    try:
        frame = read_columns(path, columns)
    except UnreadableCellError:
        # Slower, but the other lines are read.
        texts = {
            name: replace(column, kind=str) if column.kind is float else column
            for name, column in columns.items()
        }
        frame = read_columns(path, texts)
        for name, column in columns.items():
            if column.kind is float:
                frame[name], unreadable[name] = numbers_of_texts(frame[name])
    return frame.rename_axis(index="line"), unreadable


def _typed_columns(
    path: Path, table: "Table", columns: Mapping[str, Column], units: Mapping[str, Sequence[str]]
):
    """Convert columns to their types; what is missing becomes NaN or "". For the rest see above."""
    import pandas as pd

    positions = find_names(path, table.colnames, columns)
    index = pd.RangeIndex(1, 1 + len(table), name="row")
    frame, unreadable = pd.DataFrame(index=index), {}
    for name, column in columns.items():
        values = table.columns[positions[name]]
        if values.ndim > 1:
            raise ValueError(
                f"{path}, column {name}: found an array of the shape {values.shape[1:]} in a row, "
                f"expected {column.expected}"
            )
        if column.kind is float:
            try:
                numbers = _numbers(values)
            except (TypeError, ValueError):
                texts = pd.Series(_texts(values), index=index)
                numbers, unreadable[name] = numbers_of_texts(texts)
            unit = getattr(values, "unit", None) or _unit_in(name)
            frame[name] = _convert(path, name, np.asarray(numbers), unit, units.get(name))
            continue
        if values.dtype.kind == "f" and len(values):
            raise ValueError(
                f"{path}, column {name}: found numbers with a fraction, which cannot hold all "
                f"digits of an id, expected {column.expected}"
            )
        texts = pd.Series(_texts(values), index=index)
        frame[name] = texts if column.kind is str else to_int64(path, name, texts, column, "row")
    return frame, unreadable


def _numbers(values):
    """Return a column as float64, NaN where it is masked."""
    values = np.ma.asarray(values)
    numbers = values.astype(np.float64)
    return np.where(np.ma.getmaskarray(values), np.nan, np.ma.getdata(numbers))


def _convert(path, name, numbers, unit, wanted):
    """Return numbers (n,) in the wanted unit; as they are where no unit is given or wanted."""
    if wanted is None or unit is None:
        return numbers
    from astropy.units import Unit

    given = _parse_unit(unit) if isinstance(unit, str) else unit
    for candidate in wanted if given is not None else ():
        if given.is_equivalent(Unit(candidate)):
            return numbers * given.to(Unit(candidate))
    raise ValueError(
        f"{path}, column {name}: found the unit {unit}, expected one like {' or '.join(wanted)}"
    )


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


def _header_of_ecsv(path: Path) -> list[str]:
    """Return the lines of an ECSV file down to that of the names."""
    lines = []
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            lines.append(line)
            if line.strip() and not line.startswith("#"):
                break
    return lines


def _names_of_ecsv(path: Path) -> list[str]:
    """Return the names of the columns of an ECSV file: those of its header, without a row."""
    from astropy.table import Table

    lines = _header_of_ecsv(path)
    try:
        return list(Table.read(lines, format="ascii.ecsv").colnames)
    except (OSError, ValueError, TypeError, IndexError, KeyError) as error:
        raise ValueError(f"{path}: found no readable table of its format ({error})") from error


def _names_of_votable(path: Path) -> list[str]:
    """Return the names of the columns of a VOTable: those of its head, which stands for the whole.

    Of a large table the whole takes a quarter of a minute. It is read where the head cannot be.
    """
    from astropy.table import Table

    if not path.is_file():
        raise FileNotFoundError(2, "No such file or directory", str(path))
    head, data, _ = _first_bytes(path).partition(b"<DATA")
    if data:
        ends = b"<DATA><TABLEDATA></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"
        try:
            return list(Table.read(io.BytesIO(head + ends), format="votable").colnames)
        except (OSError, ValueError, TypeError, IndexError, KeyError):
            pass
    return list(_read_astropy(path, "votable").colnames)


def _first_bytes(path: Path) -> bytes:
    with open(path, "rb") as file:
        return file.read(_BLOCK)


def _count_tags(path: Path) -> int:
    """Count the rows of a VOTable as the tags that open one."""
    rows, rest = 0, b""
    with open(path, "rb") as file:
        while block := file.read(_BLOCK):
            text = rest + block
            rows += text.count(b"<TR")
            # Too short for a tag of its own.
            rest = text[-2:]
    return rows


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
