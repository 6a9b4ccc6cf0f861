"""A user's own table of galaxies: any format, any survey, ids that are numbers or texts."""

import csv
import hashlib
from collections.abc import Iterable, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from galbar.io.csv_columns import Column, find_columns
from galbar.io.galaxy_tables import (
    is_unit,
    list_columns,
    read_galaxy_table,
    split_unit,
    table_format,
)
from galbar.io.image_archives import explain_absence, has_image, source_problem

if TYPE_CHECKING:
    import pandas as pd

#: Below so many, data.max_broken_share does not count: one broken of twenty is no mistake.
FEW_GALAXIES = 1000

#: The number of a galaxy whose row has no id.
NO_ID = -1

# Rows whose images are looked for when a run starts.
_ROWS_LOOKED_AT = 20

# Rows of the same id that a message names.
_ROWS_NAMED = 3


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
    "disc_axis_ratio": _between(0, 1, "", open_low=True),
    "disc_pa": _between(-360, 360, " deg"),
    "psf_fwhm": _between(0, 60, " arcsec", open_low=True),
}
UNITS = {
    **dict.fromkeys(("ra", "dec", "disc_pa"), ("deg",)),
    **dict.fromkeys(("centre_x", "centre_y"), ("pix",)),
    **dict.fromkeys(("petror90_r", "psf_fwhm"), ("arcsec",)),
    "pixel_scale": ("arcsec / pix", "arcsec"),
}


def own_columns(
    path: str | Path, names: Mapping[str, str] | None = None, *, by_position: bool = False
) -> dict[str, Column]:
    """Return the columns that are read of a user's own table, by galbar's names, the id first.

    `names` maps galbar's names to those of the table; `by_position` says that images are downloaded
    by ra and dec. ValueError if it has no id, no image or no position, or lacks a column that
    `names` has.
    """
    names = _own_names(path, names)
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
    if by_position:
        images, needed = [], [name for name in ("ra", "dec") if not has(name)]
    else:
        needed = [] if images else ["image (or image_g, image_r, ...)"]
    missing += needed
    if missing:
        listed = ", ".join(list(header.values())[:12])
        raise ValueError(f"{path}: missing columns {', '.join(missing)}; found {listed or 'none'}")
    # A galaxy without an image is one that is dropped.
    columns = {key: TEXT, **dict.fromkeys(images, Column(str, "a path, or nothing"))}
    columns.update((name, column) for name, column in OPTIONAL.items() if has(name))
    return columns


def _own_names(path, names):
    """Return what a table calls galbar's columns: as told, or with a unit behind ("ra [deg]").

    ValueError if what stands behind is no unit.
    """
    names = {name.lower(): own for name, own in (names or {}).items()}
    header = list_columns(path)
    plain = {name.lower() for name in header}
    for own in header:
        name, unit = split_unit(own.lower())
        if unit and _is_column(name) and name not in {*plain, *names}:
            if not is_unit(unit):
                raise ValueError(
                    f"{path}, column {own}: found {unit!r} in brackets, expected a unit; if it is "
                    f"the column {name}, say so with the key columns"
                )
            names[name] = own
    return names


def _is_column(name):
    """Return whether galbar knows a column of a user's table."""
    return name in (*OPTIONAL, "galaxy_id", "id", "image") or name.startswith("image_")


def read_own(
    path: str | Path, names: Mapping[str, str] | None = None, *, by_position: bool = False
) -> "pd.DataFrame":
    """Read a table of a user's own galaxies.

    Parameters
    ----------
    path : str or Path, in any format of `galbar.io.galaxy_tables`
    names : mapping of str to str, optional, galbar's name of a column -> that of the table
    by_position : bool, default False
        Images are downloaded: none is in the table, but ra and dec are.

    Returns
    -------
    DataFrame
        galaxy_id (int64: the id, or a digest of it where one is no whole number; `NO_ID` where
        there is none), id (str), image or image_g, ... (str; unless `by_position`), redshift and
        petror90_r [arcsec] (float64, NaN where unknown), those of `OPTIONAL` that the table has,
        and fault (str): what is wrong with the row, "" of most. The index is the line or the row.

    Raises
    ------
    FileNotFoundError, ValueError
        If something is wrong with the table as a whole, see `own_columns` and
        `galbar.io.galaxy_tables.read_galaxy_table`.
    """
    names = _own_names(path, names)
    columns = own_columns(path, names, by_position=by_position)
    key = next(iter(columns))
    frame, faults = read_galaxy_table(path, columns, names=names, units=UNITS)
    frame = frame.rename(columns={key: "id"})
    frame.insert(0, "galaxy_id", number_ids(frame["id"]))
    for name in ("redshift", "petror90_r"):
        frame[name] = positive_or_nan(frame[name]) if name in frame else np.nan
    repeated = _repeated_ids(frame, names.get(key, key))
    return frame.assign(fault=faults.where(faults != "", repeated))


def _repeated_ids(frame: "pd.DataFrame", name: str) -> "pd.Series":
    """Say of each row with whose id it has its own in common; "" of most.

    None of them is taken: which is meant nobody knows.
    """
    import pandas as pd

    numbers = frame["galaxy_id"]
    texts = np.full(len(numbers), "", dtype=object)
    counted = numbers.index.name
    is_repeated = (numbers.duplicated(keep=False) & (numbers != NO_ID)).to_numpy()
    for _, group in numbers[is_repeated].groupby(numbers[is_repeated]):
        first = ", ".join(str(index) for index in group.index[:_ROWS_NAMED])
        more = ", ..." if len(group) > _ROWS_NAMED else ""
        spellings = frame.loc[group.index, "id"].unique()
        spelt = f" as {' and '.join(spellings[:_ROWS_NAMED])}" if len(spellings) > 1 else ""
        for index in group.index:
            texts[numbers.index.get_loc(index)] = (
                f"{counted} {index}, column {name}: found an id that is there {len(group)} times"
                f"{spelt} ({counted}s {first}{more}), expected each once"
            )
    return pd.Series(texts, index=numbers.index)


def first_image(galaxies: "pd.DataFrame") -> "pd.Series":
    """Return the image of each galaxy; that of the first band where they have one per band.

    "" where images are still to be downloaded.
    """
    if "image" in galaxies:
        return galaxies["image"]
    bands = [name for name in galaxies if name.startswith("image_")]
    return galaxies[bands[0]] if bands else galaxies["id"].map(lambda _: "")


def share_that_may_break(galaxies: int, max_broken_share: float) -> float:
    """Return the largest share of so many galaxies that may be dropped: all, of few."""
    return max_broken_share if galaxies >= FEW_GALAXIES else 1


def positive_or_nan(values: "pd.Series") -> "pd.Series":
    """Replace by NaN what cannot be a redshift or a size."""
    return values.where((values > 0) & np.isfinite(values))


def number_ids(ids) -> np.ndarray:
    """Return ids as numbers, int64: their own, or digests of all if one is no whole number.

    `NO_ID` where a text is empty. Other texts are told apart but for one case in 1e19.
    """
    texts = [str(text) for text in ids]
    number = int if all(_is_number(text) for text in texts if text) else _digest
    return np.array([number(text) if text else NO_ID for text in texts], dtype=np.int64)


def _is_number(text):
    return text.isascii() and text.isdecimal() and int(text) <= np.iinfo(np.int64).max


def _digest(text):
    """Return a number from 1 to 2^63 - 1 that follows from a text."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return int.from_bytes(digest[:8], "big") % (2**63 - 1) + 1


def is_downloaded(catalogue: Mapping) -> bool:
    """Return whether the images of a catalogue's entry are downloaded by position."""
    return isinstance(catalogue.get("images"), Mapping)


def image_folder(catalogue: Mapping) -> str:
    """Return the folder that the images of a catalogue's entry are relative to; a user's own."""
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
        table, names = Path(catalogue["table"]), catalogue.get("columns")
        verdicts = catalogue.get("verdicts")
        if verdicts and not Path(verdicts).is_file():
            problems.append(
                f"{verdicts}: no such file, expected the verdicts of the catalogue of {table}"
            )
        if is_downloaded(catalogue):
            problems += list_problems(partial(own_columns, by_position=True), table, names)
            continue
        images = image_folder(catalogue)
        faults = list_problems(own_columns, table, names)
        problem = source_problem(images)
        if problem:
            faults.append(f"{problem} (images of {table})")
        elif thorough and not faults and table_format(table) == "csv":
            faults = list_problems(_look_for_images, table, images, names or {})
        problems += faults
    return problems


def _look_for_images(table: Path, images: str, names: Mapping[str, str]) -> None:
    """Raise ValueError if not one of the first rows of a CSV file has its image."""
    names = _own_names(table, names)
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
