"""The tables of a data directory: their names, their columns, and what a row must hold."""

import logging
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from galbar.catalogues.decision_tree import QUESTIONS, SUMS, VOTE_COLUMNS
from galbar.catalogues.hart_votes import (
    HART_COLUMNS,
    accumulate_votes,
    find_unusable,
    log_deviations,
)
from galbar.catalogues.own_table import (
    OPTIONAL,
    TEXT,
    list_problems,
    own_problems,
    positive_or_nan,
    raise_all,
)
from galbar.io.csv_columns import Column, find_columns, read_table
from galbar.io.image_archives import (
    explain_absence,
    is_image,
    list_images,
    source_problem,
)

if TYPE_CHECKING:
    import pandas as pd

logger = logging.getLogger(__name__)

VOTES = "training_solutions_rev1.csv"
GZ2_VOTES = "gz2_hart16.csv"
HOYLE = "hoyle_barlengths.csv"
METADATA = "gz2sample.csv"
MAPPING = "gz2_filename_mapping.csv"

TRAINING_IMAGES = "images_training_rev1"
TEST_IMAGES = "images_test_rev1"
GZ2_IMAGES = "images_gz2/images"

#: Largest deviation of a sum of vote fractions (the published ones are rounded to 1e-6).
SUM_TOLERANCE = 1e-5

_ID = Column(int, "an integer from 1 to 2^63 - 1", lambda v: v > 0)
_POSITIVE = Column(float, "a number above 0", lambda v: (v > 0) & np.isfinite(v))
_NOT_NEGATIVE = Column(float, "a number of 0 or more", lambda v: (v >= 0) & np.isfinite(v))
_FRACTION = Column(float, "a number from 0 to 1", lambda v: (v >= 0) & (v <= 1))
_OPTIONAL = Column(float, "a number, or nothing")
_RIGHT_ASCENSION = Column(float, "a number from 0 to 360", lambda v: (v >= 0) & (v <= 360))
_DECLINATION = Column(float, "a number from -90 to 90", lambda v: np.abs(v) <= 90)

_VOTES = {"GalaxyID": _ID, **dict.fromkeys(VOTE_COLUMNS, _FRACTION)}
# Of 240,000 galaxies one with a bad value is dropped, it does not stop the run.
_GZ2_VOTES = {
    "dr7objid": _ID,
    **dict.fromkeys(("ra", "dec"), _OPTIONAL),
    **dict.fromkeys(HART_COLUMNS.values(), _OPTIONAL),
}
_HOYLE = {
    "objid": _ID,
    "length_avg": _POSITIVE,
    "length_stdev": _NOT_NEGATIVE,
    "length_scaled": _POSITIVE,
    "bar_meas": Column(int, "an integer above 0", lambda v: v > 0),
}
_HOYLE_POSITIONS = {"objid": _ID, "ra": _RIGHT_ASCENSION, "dec": _DECLINATION}
_METADATA = {"OBJID": _ID, "PETROR90_R": _OPTIONAL, "REDSHIFT": OPTIONAL["redshift"]}
_MAPPING = {"objid": _ID, "sample": TEXT, "asset_id": _ID}

_TABLES_OF_BOTH = {HOYLE: _HOYLE, METADATA: _METADATA, MAPPING: _MAPPING}
_TABLES = {
    "kaggle": _TABLES_OF_BOTH | {VOTES: _VOTES},
    "gz2": _TABLES_OF_BOTH | {GZ2_VOTES: _GZ2_VOTES, HOYLE: _HOYLE | _HOYLE_POSITIONS},
}


def read_votes(path: str | Path) -> "pd.DataFrame":
    """Read the vote fractions of the Kaggle challenge, ``training_solutions_rev1.csv``.

    Columns: galaxy_id (int64) and the 37 of `galbar.catalogues.decision_tree.VOTE_COLUMNS`
    (float64, 0 to 1). The index is the line in the file. Sums are not checked: see `wrong_sums`.
    Raises as `galbar.io.csv_columns.read_table`.
    """
    return read_table(path, _VOTES, key="GalaxyID").rename(columns={"GalaxyID": "galaxy_id"})


def read_gz2_votes(path: str | Path) -> "pd.DataFrame":
    """Read the votes of Galaxy Zoo 2 by Hart et al. (2016), ``gz2_hart16.csv``, as Kaggle's are.

    Columns as of `read_votes`, with the objid as galaxy_id, and ra, dec [deg] as they are there,
    problem (str, `galbar.catalogues.hart_votes.find_unusable`: "" where the votes can be used); see
    `galbar.catalogues.hart_votes.accumulate_votes`. Of a galaxy that was classified on several
    images the first row is taken. Raises as `galbar.io.csv_columns.read_table`.
    """
    table = read_table(path, _GZ2_VOTES, key="")
    repeated = table["dr7objid"].duplicated()
    if repeated.any():
        logger.warning("%s: %d rows are further ones of a galaxy: not used", path, repeated.sum())
        table = table[~repeated]
    log_deviations(table, path)
    votes = accumulate_votes(table)
    votes.insert(0, "galaxy_id", table["dr7objid"])
    return votes.assign(ra=table["ra"], dec=table["dec"], problem=find_unusable(table))


def wrong_sums(votes: "pd.DataFrame") -> list[str]:
    """Find the rows whose vote fractions do not add up along the decision tree.

    Returns n texts: "" for a good row, else the first sum that is off by more than 1e-5, such as
    "Class3.1 + Class3.2 is 0.7, expected Class2.2 = 0.6".
    """
    reasons = [""] * len(votes)
    for question, names in QUESTIONS.items():
        parent = SUMS[question]
        vote_sum = votes[list(names)].to_numpy().sum(axis=1)
        expected = np.ones(len(votes)) if parent is None else votes[parent].to_numpy()
        # Half a unit of the float's last digits must not decide on a value at the limit.
        for row in np.flatnonzero(np.abs(vote_sum - expected) > SUM_TOLERANCE + 1e-12):
            source = f"{parent} = {expected[row]:.6g}" if parent else "1"
            reasons[row] = reasons[row] or (
                f"{' + '.join(names)} is {vote_sum[row]:.6g}, expected {source}"
            )
    return reasons


def read_hoyle(path: str | Path) -> "pd.DataFrame":
    """Read the bar length catalogue of Hoyle et al. (2011), ``hoyle_barlengths.csv``.

    Columns: objid (int64), length_avg, length_stdev [kpc/h, tip to tip], length_scaled
    [dimensionless], bar_meas (int64: number of measurements). Raises as
    `galbar.io.csv_columns.read_table`.
    """
    return read_table(path, _HOYLE, key="objid")


def read_hoyle_positions(path: str | Path) -> "pd.DataFrame":
    """Read where the galaxies of ``hoyle_barlengths.csv`` are on the sky.

    Columns: objid (int64), ra, dec [deg]. Raises as `galbar.io.csv_columns.read_table`.
    """
    return read_table(path, _HOYLE_POSITIONS, key="objid")


def read_metadata(path: str | Path) -> "pd.DataFrame":
    """Read redshifts and sizes of the Galaxy Zoo 2 sample, ``gz2sample.csv``.

    Columns: objid (int64), redshift and petror90_r [arcsec] (float64), NaN where the table has
    nothing, no finite number, or a number that is not above 0 (SDSS writes -9999). Raises as
    `galbar.io.csv_columns.read_table`.
    """
    frame = read_table(path, _METADATA, key="OBJID").rename(columns=str.lower)
    for name in ("redshift", "petror90_r"):
        frame[name] = positive_or_nan(frame[name])
    return frame[["objid", "redshift", "petror90_r"]]


def read_mapping(path: str | Path) -> "pd.DataFrame":
    """Read which images show which galaxies of Galaxy Zoo 2, ``gz2_filename_mapping.csv``.

    Columns: objid (int64), sample (str), asset_id (int64). One objid can have several rows. Raises
    as `galbar.io.csv_columns.read_table`.
    """
    return read_table(path, _MAPPING, key="")


def find_test_images(directory: str | Path) -> Path:
    """Find the folder of the Kaggle test images, the one of two that holds JPEGs.

    The released code wants them in ``images_test_rev1/images``; unpacked, Kaggle's archive has them
    in ``images_test_rev1`` itself. Either may be an archive. FileNotFoundError if neither holds
    any, ValueError if both do, or an archive is not whole.
    """
    folder = Path(directory) / TEST_IMAGES
    holding = [candidate for candidate in (folder / "images", folder) if _has_images(candidate)]
    if not holding:
        raise FileNotFoundError(
            f"{folder}: found no image there or in its folder images: "
            f"{explain_absence(folder / '1.jpg')}"
        )
    # The folder at the top of an archive can be skipped: then both places are the same.
    if len(holding) == 2 and (folder.is_dir() or len({*map(tuple, map(list_images, holding))}) > 1):
        raise ValueError(
            f"{folder}: found images both there and in its folder images, expected one place"
        )
    return holding[0]


def _has_images(folder: Path) -> bool:
    """Return whether a folder or its archive holds a JPEG, stopping at the first in a folder."""
    if not folder.is_dir():
        return bool(list_images(folder))
    with os.scandir(folder) as entries:
        return any(is_image(entry.name) for entry in entries)


def _image_problem(folder: Path, thorough: bool) -> str:
    """Return what is wrong with a folder of images; of an archive only if ``thorough``."""
    problem = source_problem(folder)
    if problem or not (thorough or folder.is_dir()):
        return problem
    try:
        return "" if _has_images(folder) else f"{folder}: {explain_absence(folder / '1.jpg')}"
    except ValueError as error:
        return str(error)


def check_headers(
    directory: str | Path,
    catalogues: Iterable[Mapping] = (),
    votes: str = "kaggle",
    *,
    thorough: bool = False,
) -> None:
    """Check that a data directory is complete, without reading its rows.

    Takes milliseconds and imports no pandas: meant for each time that the workflow is parsed.

    Parameters
    ----------
    directory : str or Path, in the layout of the released code
    catalogues : iterable of mapping, the configuration's own catalogues; see
        `galbar.catalogues.own_table.check_own_catalogues`
    votes : str, "kaggle" or "gz2", whose votes are wanted, with their images
    thorough : bool, default False
        Also look for images in archives, whose directories take seconds to read if they are large.

    Raises
    ------
    ValueError : if files, columns or image folders are missing; the message lists all of them
    """
    directory = Path(directory)
    if not directory.is_dir():
        raise ValueError(
            f"data.directory: found no folder {directory} (expected the survey data; "
            "`snakemake --cores 1 fetch_data` fetches them)"
        )
    problems = []
    for name, columns in _TABLES[votes].items():
        problems += list_problems(find_columns, directory / name, columns)
    tests = directory / TEST_IMAGES
    folders = [directory / GZ2_IMAGES]
    if votes == "kaggle":
        folders.insert(0, directory / TRAINING_IMAGES)
        if tests.is_dir():
            problems += list_problems(find_test_images, directory)
        else:
            folders.append(tests)
    problems += filter(None, (_image_problem(folder, thorough) for folder in folders))
    problems += own_problems(catalogues, thorough)
    raise_all(problems)
