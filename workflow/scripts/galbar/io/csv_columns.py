"""Columns of CSV files, read with their types and checked.

Columns are found by their names, in upper or lower case; further columns are ignored. Ids are
64-bit integers (5.8e17) and become ``int64`` from their digits: a float would round them to the
next multiple of 64. Every complaint names the file, the line or column, what was found and what is
expected. Lines are counted as an editor does, the column names being line 1 (blank lines, which
these tables do not have, are not counted).
"""

import csv
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

_INTEGER = re.compile(r"\s*-?[0-9]{1,19}\s*")
_INT64_MAX = np.iinfo(np.int64).max
# How a number that is missing is written. A text may be any of them: an id, an image.
_MISSING = ("", "NA", "N/A", "n/a", "NULL", "null", "None", "#N/A", "<NA>")
_NAN = ("nan", "NaN", "Nan", "NAN", "-nan", "-NaN")


class UnreadableCellError(ValueError):
    """A cell that should be a number and is none."""


@dataclass(frozen=True)
class Column:
    """What is expected of a column.

    Attributes
    ----------
    kind : type, int, float or str
    expected : str, in words, for messages
    valid : callable, optional
        Of an array of values, True where a value is good. NaN is bad unless it says otherwise.
    """

    kind: type
    expected: str
    valid: Callable = lambda values: np.full(len(values), True)


def read_header(path: Path) -> list[str]:
    """Return the column names of a CSV file."""
    with open(path, newline="", encoding="utf-8-sig", errors="replace") as file:
        try:
            return [name.strip() for name in next(csv.reader(file), [])]
        except csv.Error as error:
            raise ValueError(_no_csv(path, 1, error)) from error


def _no_csv(path: Path, number: int, error: csv.Error) -> str:
    return f"{path}, line {number}: found no line of a CSV file ({error}); is it a table?"


def find_columns(path: Path, names: Iterable[str]) -> dict[str, int]:
    """Return the positions of columns of a CSV file, see `find_names`."""
    return find_names(path, read_header(path), names)


def find_names(path: Path, header: list[str], names: Iterable[str]) -> dict[str, int]:
    """Return the positions of names in a table's header, in upper or lower case.

    ValueError if one is missing, or there twice.
    """
    positions: dict[str, list[int]] = {}
    for position, name in enumerate(header):
        positions.setdefault(name.lower(), []).append(position)
    names = list(names)
    missing = [name for name in names if name.lower() not in positions]
    if missing:
        listed = ", ".join(header[:12]) + (f", ... ({len(header)} columns)" if header[12:] else "")
        raise ValueError(f"{path}: missing columns {', '.join(missing)}; found {listed or 'none'}")
    for name in names:
        if len(positions[name.lower()]) > 1:
            raise ValueError(f"{path}: more than one column is named {name}")
    return {name: positions[name.lower()][0] for name in names}


def _check_fields(path: Path) -> None:
    """Raise ValueError on a line longer or shorter than the first: pandas takes it silently."""
    expected = len(read_header(path))
    with open(path, "rb") as file:
        for number, line in enumerate(file, start=1):
            fields = line.count(b",") + 1
            if fields != expected and b'"' in line:
                try:
                    fields = len(next(csv.reader([line.decode("utf-8", errors="replace")])))
                except csv.Error as error:
                    raise ValueError(_no_csv(path, number, error)) from error
            if fields != expected and line.strip():
                raise ValueError(
                    f"{path}, line {number}: found {fields} values, expected {expected}, as many "
                    f"as column names"
                )


def read_columns(path: Path, columns: Mapping[str, Column]) -> "pd.DataFrame":
    """Read columns of a CSV file with their types; the frame's index is the line in the file.

    UnreadableCellError if a cell should be a number and is none, ValueError and FileNotFoundError
    as `read_table`, but for what is wrong with values.
    """
    find_columns(path, columns)
    _check_fields(path)
    # Imported here: `galbar.catalogues.published_tables.check_headers` runs each time that the
    # workflow is parsed.
    import pandas as pd

    positions = find_columns(path, columns)
    names = {position: name for name, position in positions.items()}
    options = {
        "header": None,
        "skiprows": 1,
        "usecols": sorted(names),
        "skipinitialspace": True,
        "encoding": "utf-8-sig",
        "encoding_errors": "replace",
        "index_col": False,
        "keep_default_na": False,
    }
    # Integers as texts: pandas would take "587722981736120347.0" for an integer, by way of a float.
    types = {int: "str", float: "float64", str: "str"}
    dtype = {positions[name]: types[column.kind] for name, column in columns.items()}
    missing = {
        positions[name]: [*_MISSING, *_NAN]
        for name, column in columns.items()
        if column.kind is float
    }
    try:
        frame = pd.read_csv(path, dtype=dtype, na_values=missing, **options)
    except pd.errors.EmptyDataError:
        raise ValueError(f"{path}: found no rows below the column names") from None
    except (ValueError, OverflowError) as error:
        if not isinstance(error, pd.errors.ParserError):
            # Slower, but each cell can be looked at.
            texts = pd.read_csv(path, dtype="str", **options)
            _find_unreadable(path, texts.rename(columns=names), columns)
        raise ValueError(f"{path}: {error}") from error
    frame = frame.rename(columns=names)[list(columns)]
    frame.index = frame.index + 2
    for name, column in columns.items():
        if column.kind is int:
            frame[name] = to_int64(path, name, frame[name], column)
        elif column.kind is str:
            frame[name] = frame[name].fillna("").str.strip()
    return frame


def to_int64(
    path: Path, name: str, texts: "pd.Series", column: Column, counted: str = "line"
) -> np.ndarray:
    """Convert digits to integers, without a float in between.

    `counted` says what the index counts. ValueError if a text is no integer below 2^63.
    """
    values = np.empty(len(texts), dtype=np.int64)
    for row, text in enumerate(texts.fillna("")):
        if not _INTEGER.fullmatch(text) or abs(int(text)) > _INT64_MAX:
            raise ValueError(
                f"{path}, {counted} {texts.index[row]}, column {name}: found {text!r}, "
                f"expected {column.expected}"
            )
        values[row] = int(text)
    return values


def _find_unreadable(path: Path, texts: "pd.DataFrame", columns: Mapping[str, Column]) -> None:
    """Raise UnreadableCellError on the first cell that should be a number and is not."""
    for name, column in columns.items():
        if column.kind is not float:
            continue
        for line, text in enumerate(texts[name], start=2):
            if not is_number(text):
                raise UnreadableCellError(
                    f"{path}, line {line}, column {name}: found {text!r}, "
                    f"expected {column.expected}"
                )


def is_number(text: str) -> bool:
    """Return whether a cell holds a number, or nothing."""
    try:
        float(text)
    except ValueError:
        return text.strip() in _MISSING
    # Python's digits may have an underscore between them.
    return "_" not in text


def quote_value(value) -> str:
    """Return a value for a message: "nothing" of an empty text, no more than 60 characters."""
    return f"{value!s:.60}" or "nothing"


def read_table(path: str | Path, columns: Mapping[str, Column], key: str) -> "pd.DataFrame":
    """Read some columns of a CSV file and check every value.

    Parameters
    ----------
    path : str or Path, CSV file with column names in its first line
    columns : mapping of str to Column, in any order and case
    key : str, column whose values must all be different; "" for none

    Returns
    -------
    DataFrame, the columns in the order of ``columns``; its index is the line in the file

    Raises
    ------
    FileNotFoundError : if there is no such file
    ValueError
        If a column is missing, there are no rows, a line has more or fewer values than there are
        columns, or a value is not as expected.
    """
    path = Path(path)
    frame = read_columns(path, columns)
    check_values(path, frame, columns, key)
    return frame


def check_values(
    path: Path, frame: "pd.DataFrame", columns: Mapping[str, Column], key: str
) -> None:
    """Raise ValueError if a table is empty, a value not as expected, or a key there twice."""
    if frame.empty:
        raise ValueError(f"{path}: found no rows below the column names")
    for name, column in columns.items():
        values = frame[name].to_numpy()
        bad = np.flatnonzero(~column.valid(values))
        if len(bad):
            line, value = frame.index[bad[0]], values[bad[0]]
            more = f" ({len(bad)} such lines)" if len(bad) > 1 else ""
            raise ValueError(
                f"{path}, line {line}, column {name}: found {quote_value(value)}, "
                f"expected {column.expected}{more}"
            )
    if key:
        repeated = frame.index[frame[key].duplicated()]
        if len(repeated):
            value = frame.at[repeated[0], key]
            raise ValueError(
                f"{path}, line {repeated[0]}, column {key}: found {value} again, expected "
                f"each once ({len(repeated)} such lines)"
            )
