"""What a table of lengths by another method may hold: an id, a length, perhaps its error."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from galbar.io.csv_columns import Column
from galbar.io.galaxy_tables import is_unit, list_columns, split_unit

_IDS = ("galaxy_id", "objid")
#: What a length may be given in, the first that a table has -> units that it is converted from.
LENGTHS = {
    "length_px": ("pix",),
    "length_scaled": None,
    "length_arcsec": ("arcsec",),
    # Astropy has no kpc/h: what a table says of its unit is not looked at.
    "length_kpc_h": None,
    "length_kpc": ("kpc",),
}
ERROR = "length_error"
_NAMES = (*_IDS, *LENGTHS, ERROR)
_ID = Column(int, "an objid of the bar catalogue, an integer from 1 to 2^63 - 1", lambda v: v > 0)
_LENGTH = Column(
    float,
    "a length above 0, or nothing",
    lambda v: np.isnan(v) | ((v > 0) & np.isfinite(v)),
)
_ERROR = Column(
    float,
    "an error of 0 or more, or nothing",
    lambda v: np.isnan(v) | ((v >= 0) & np.isfinite(v)),
)


class ExternalColumns(NamedTuple):
    """The columns of a table that are read, by galbar's names.

    ``key`` is that of the id, ``length`` one of `LENGTHS`; ``expected`` what each column holds,
    ``names`` what the table calls it where that differs, and ``units`` what it is converted to.
    """

    key: str
    length: str
    expected: dict[str, Column]
    names: dict[str, str]
    units: dict[str, tuple[str, ...]]


def external_columns(path: str | Path, names: Mapping[str, str] | None = None) -> ExternalColumns:
    """Find the columns of a table of lengths by another method.

    Parameters
    ----------
    path : str or Path, in any format of `galbar.io.galaxy_tables`
    names : mapping of str to str, optional, galbar's name of a column -> that of the table

    Returns
    -------
    ExternalColumns

    Raises
    ------
    FileNotFoundError : if there is no such file
    ValueError
        If it is not of its format, has no id or no length, or lacks a column that `names` has.
    """
    header = list_columns(path)
    unknown = [name for name in names or {} if name not in _NAMES]
    if unknown:
        raise ValueError(
            f"{path}: the key columns names {unknown[0]!r}, expected one of {', '.join(_NAMES)}"
        )
    lacking = [own for own in (names or {}).values() if own.lower() not in map(str.lower, header)]
    if lacking:
        raise ValueError(
            f"{path}: missing the column {lacking[0]} of the key columns; found {_listed(header)}"
        )
    called = {**_names_of_header(header), **(names or {})}
    # What the configuration names comes before what is only called so.
    key = _first(_IDS, called, names)
    length = _first(LENGTHS, called, names)
    if key is None or length is None:
        missing = [" or ".join(_IDS)] if key is None else []
        missing += [f"one of {', '.join(LENGTHS)}"] if length is None else []
        raise ValueError(
            f"{path}: missing columns, expected {' and '.join(missing)}; found {_listed(header)}"
        )
    expected = {key: _ID, length: _LENGTH} | ({ERROR: _ERROR} if ERROR in called else {})
    units = {name: LENGTHS[length] for name in expected if name != key and LENGTHS[length]}
    return ExternalColumns(key, length, expected, {name: called[name] for name in expected}, units)


def external_problems(entries: Iterable[Mapping]) -> list[str]:
    """List what is wrong with the tables of ``scores.external``, one line for each."""
    problems = []
    for entry in entries:
        try:
            external_columns(entry["table"], entry["columns"])
        except OSError as error:
            problems.append(f"{entry['table']}: {error.strerror or error} (scores.external)")
        except ValueError as error:
            problems.append(f"{error} (scores.external)")
    return problems


def _names_of_header(header):
    """Return what a table calls galbar's columns: their names, or with a unit behind."""
    called = {}
    for own in header:
        name, unit = split_unit(own)
        if name.lower() in _NAMES and (not unit or is_unit(unit)):
            called.setdefault(name.lower(), own)
    return called


def _first(candidates, called, names):
    """Return the first of some columns that a table has, one of the key columns before others."""
    there = [name for name in candidates if name in called]
    return next((name for name in there if name in (names or {})), next(iter(there), None))


def _listed(header):
    return ", ".join(header[:12]) or "none"
