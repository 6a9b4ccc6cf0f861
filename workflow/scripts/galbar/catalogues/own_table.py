"""A user's own table of galaxies: any format, any survey, ids that are numbers or texts."""

import csv
import hashlib
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from galbar.io.csv_columns import Column, find_columns
from galbar.io.galaxy_tables import list_columns, read_galaxy_table, table_format
from galbar.io.image_archives import explain_absence, has_image, source_problem

if TYPE_CHECKING:
    import pandas as pd

#: Below so many, data.max_broken_share does not count: one broken of twenty is no mistake.
FEW_GALAXIES = 1000

# Rows whose images are looked for when a run starts.
_ROWS_LOOKED_AT = 20


def _between(low, high, unit, open_low=False):
    """Return a column of numbers within bounds, or nothing."""
    above = "above" if open_low else "from"
    return Column(
        float,
        f"a number {above} {low:g} to {high:g}{unit}, or nothing",
        lambda v: ((v > low if open_low else v >= low) & (v <= high)) | ~np.isfinite(v),
    )


TEXT = Column(str, "a text", lambda v: np.array([bool(text) for text in v], dtype=bool))
# Velocities in km/s and radii in degrees are wrong lengths without a sign of it.
OPTIONAL = {
    "ra": _between(0, 360, " deg"),
    "dec": _between(-90, 90, " deg"),
    "redshift": Column(
        float,
        "a redshift below 20 (not a velocity), or nothing",
        lambda v: (v < 20) | ~np.isfinite(v),
    ),
    "petror90_r": Column(
        float,
        "a radius of 0.01 to 3600 arcsec, or nothing",
        lambda v: (v <= 0) | ((v >= 0.01) & (v <= 3600)) | ~np.isfinite(v),
    ),
    "pixel_scale": _between(0, 60, " arcsec", open_low=True),
    "centre_x": _between(-1e6, 1e6, " px"),
    "centre_y": _between(-1e6, 1e6, " px"),
}
UNITS = {"ra": "deg", "dec": "deg", "petror90_r": "arcsec", "pixel_scale": "arcsec"}
UNITS |= {"centre_x": "pix", "centre_y": "pix"}


def own_columns(path: str | Path, names: Mapping[str, str] | None = None) -> dict[str, Column]:
    """Return the columns that are read of a user's own table, by galbar's names, the id first.

    `names` maps galbar's names to those of the table. ValueError if it has no id or no image, or
    lacks a column that `names` has.
    """
    names = {name.lower(): own for name, own in (names or {}).items()}
    unknown = [name for name in names if not _is_column(name)]
    if unknown:
        raise ValueError(
            f"{path}: the key columns names {unknown[0]!r}, expected one of galaxy_id, id, image, "
            f"image_(band), {', '.join(OPTIONAL)}"
        )
    header = {name.lower(): name for name in list_columns(path)}

    def has(name):
        return names.get(name, name).lower() in header

    lacking = [f"{name}: {own}" for name, own in names.items() if own.lower() not in header]
    if lacking:
        raise ValueError(
            f"{path}: missing the columns of the key columns, {', '.join(lacking)}; found "
            f"{', '.join(list(header.values())[:12])}"
        )
    # What the configuration names comes before what is only called so.
    key = "galaxy_id" if has("galaxy_id") and "id" not in names else "id"
    bands = [name for name in (*header, *names) if name.startswith("image_")]
    images = ["image"] if has("image") else list(dict.fromkeys(bands))
    missing = [] if has(key) else ["galaxy_id (or id)"]
    missing += [] if images else ["image (or image_g, image_r, ...)"]
    if missing:
        listed = ", ".join(list(header.values())[:12])
        raise ValueError(f"{path}: missing columns {', '.join(missing)}; found {listed or 'none'}")
    # A galaxy without an image is one that is dropped.
    columns = {key: TEXT, **dict.fromkeys(images, Column(str, "a path, or nothing"))}
    columns.update((name, column) for name, column in OPTIONAL.items() if has(name))
    return columns


def _is_column(name):
    """Return whether galbar knows a column of a user's table."""
    return name in (*OPTIONAL, "galaxy_id", "id", "image") or name.startswith("image_")


def read_own(path: str | Path, names: Mapping[str, str] | None = None) -> "pd.DataFrame":
    """Read a table of a user's own galaxies.

    Parameters
    ----------
    path : str or Path, in any format of `galbar.io.galaxy_tables`
    names : mapping of str to str, optional, galbar's name of a column -> that of the table

    Returns
    -------
    DataFrame
        galaxy_id (int64: the id, or a digest of it where one is no whole number), id (str), image
        or image_g, ... (str), redshift and petror90_r [arcsec] (float64, NaN where unknown), and
        those of `OPTIONAL` that the table has. The index is the line or the row.

    Raises
    ------
    FileNotFoundError, ValueError
        See `own_columns` and `galbar.io.galaxy_tables.read_galaxy_table`.
    """
    names = {name.lower(): own for name, own in (names or {}).items()}
    columns = own_columns(path, names)
    key = next(iter(columns))
    frame = read_galaxy_table(path, columns, key, names=names, units=UNITS)
    frame = frame.rename(columns={key: "id"})
    try:
        frame.insert(0, "galaxy_id", number_ids(frame["id"]))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    for name in ("redshift", "petror90_r"):
        frame[name] = positive_or_nan(frame[name]) if name in frame else np.nan
    return frame


def positive_or_nan(values: "pd.Series") -> "pd.Series":
    """Replace by NaN what cannot be a redshift or a size."""
    return values.where((values > 0) & np.isfinite(values))


def number_ids(ids) -> np.ndarray:
    """Return ids as numbers, int64: their own, or digests of all if one is no whole number.

    ValueError if two ids have one number: texts are told apart but for one case in 1e19.
    """
    texts = [str(text) for text in ids]
    if all(_is_number(text) for text in texts):
        numbers = np.array([int(text) for text in texts], dtype=np.int64)
    else:
        numbers = np.array([_digest(text) for text in texts], dtype=np.int64)
    if len(np.unique(numbers)) < len(numbers):
        values, counts = np.unique(numbers, return_counts=True)
        twice = texts[int(np.flatnonzero(numbers == values[counts > 1][0])[1])]
        raise ValueError(f"found the id {twice!r} again, in another spelling; expected each once")
    return numbers


def _is_number(text):
    return text.isascii() and text.isdecimal() and int(text) <= np.iinfo(np.int64).max


def _digest(text):
    """Return a number from 1 to 2^63 - 1 that follows from a text."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return int.from_bytes(digest[:8], "big") % (2**63 - 1) + 1


def image_folder(catalogue: Mapping) -> str:
    """Return the folder that the images of a catalogue's entry are relative to."""
    return catalogue.get("images") or str(Path(catalogue["table"]).parent)


def check_own_catalogues(catalogues: Iterable[Mapping], *, thorough: bool = False) -> None:
    """Check that the tables of a user's own galaxies have the columns needed.

    Parameters
    ----------
    catalogues : iterable of mapping
        Entries of the configuration's ``catalogues``.
    thorough : bool, default False
        Also look for the images of the first rows.

    Raises
    ------
    ValueError : if files, columns or image folders are missing; the message lists all of them
    """
    raise_all(own_problems(catalogues, thorough))


def own_problems(catalogues: Iterable[Mapping], thorough: bool) -> list[str]:
    """List what `check_own_catalogues` complains of."""
    problems = []
    for catalogue in catalogues:
        table, images = Path(catalogue["table"]), image_folder(catalogue)
        faults = list_problems(own_columns, table, catalogue.get("columns"))
        problem = source_problem(images)
        if problem:
            faults.append(f"{problem} (images of {table})")
        elif thorough and not faults and table_format(table) == "csv":
            faults = list_problems(_look_for_images, table, images, catalogue.get("columns") or {})
        problems += faults
        verdicts = catalogue.get("verdicts")
        if verdicts and not Path(verdicts).is_file():
            problems.append(
                f"{verdicts}: no such file, expected the verdicts of the catalogue of {table}"
            )
    return problems


def _look_for_images(table: Path, images: str, names: Mapping[str, str]) -> None:
    """Raise ValueError if not one of the first rows of a CSV file has its image."""
    name = next(name for name in own_columns(table, names) if name.startswith("image"))
    (column,) = find_columns(table, [names.get(name, name)]).values()
    with open(table, newline="", encoding="utf-8-sig", errors="replace") as file:
        rows = islice(csv.reader(file), 1, 1 + _ROWS_LOOKED_AT)
        paths = [Path(images, row[column].strip()) for row in rows if len(row) > column]
    if paths and not any(map(has_image, paths)):
        raise ValueError(
            f"{table}: found none of the images of its first {len(paths)} rows: "
            f"{explain_absence(paths[0])}"
        )


def list_problems(check, path: Path, *arguments) -> list[str]:
    """Run a check on a file and return its complaints, if any."""
    try:
        check(path, *arguments)
    except OSError as error:
        return [f"{path}: {error.strerror}" if error.strerror else str(error)]
    except ValueError as error:
        return [str(error)]
    return []


def raise_all(problems: list[str]) -> None:
    """Raise ValueError with all complaints, if there are some."""
    if problems:
        raise ValueError("\n".join(["the data are not complete:", *problems]))
