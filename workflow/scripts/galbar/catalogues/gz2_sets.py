"""Training and test galaxies from Galaxy Zoo 2 itself, in place of those of Kaggle's challenge.

A galaxy can be drawn if it has votes and an image, and is none of those whose bars are measured, by
its objid and its position on the sky. (Whether Kaggle's are among these, nobody knows.)
"""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from astropy import units
from astropy.coordinates import SkyCoord

from galbar.catalogues.build import choose_assets
from galbar.catalogues.decision_tree import VOTE_COLUMNS
from galbar.catalogues.galaxy_checks import drop_broken, inspect_images
from galbar.catalogues.published_tables import (
    GZ2_IMAGES,
    GZ2_VOTES,
    HOYLE,
    MAPPING,
    read_gz2_votes,
    read_hoyle_positions,
    read_mapping,
    wrong_sums,
)
from galbar.catalogues.splits import shuffle_rank, training_split
from galbar.io.image_archives import images_by_stem

logger = logging.getLogger(__name__)

DRAW_KEY = 3
"""Key of the shuffle, other than those of `galbar.catalogues.splits`."""

#: Largest distance on the sky of two entries of one galaxy [arcsec]: its pieces in SDSS included.
SAME_GALAXY = 5.0


def choose_sets(
    ids: Sequence[int], seed: int, training: int, test: int
) -> tuple[np.ndarray, np.ndarray]:
    """Choose training and test galaxies from the two ends of one seeded order.

    So a larger set has all galaxies of a smaller one, and neither number moves the other set.

    Parameters
    ----------
    ids : sequence of int, (n,), all different
    seed, training, test : int; ``training + test`` is n or less

    Returns
    -------
    training, test : bool (n,), in the order of ``ids``
    """
    rank = shuffle_rank(ids, seed, DRAW_KEY)
    return rank < training, rank >= len(rank) - test


def draw_gz2(
    directory: str | Path, *, seed: int, training: int, test: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw galaxies of Galaxy Zoo 2 for training and for the test set, none for both.

    Parameters
    ----------
    directory : str or Path, data directory
    seed : int, of the draw; see `choose_sets`
    training, test : int, numbers of galaxies

    Returns
    -------
    training, test : DataFrame
        galaxy_id (int64, the objid), image (relative to ``directory``), the 37 columns
        `galbar.catalogues.decision_tree.VOTE_COLUMNS`, and problem (str: why the votes cannot be
        used, or ""), sorted by galaxy_id.

    Raises
    ------
    FileNotFoundError, ValueError
        If a table is missing or not as expected, or there are not so many galaxies.
    """
    directory = Path(directory)
    galaxies = read_gz2_votes(directory / GZ2_VOTES)
    images = images_by_stem(directory / GZ2_IMAGES)
    assets = choose_assets(galaxies["galaxy_id"], read_mapping(directory / MAPPING), images)
    has_image = np.array([str(asset) in images for asset in assets.tolist()], dtype=bool)
    measured, why_not = _find_measured(galaxies, read_hoyle_positions(directory / HOYLE))
    galaxies["image"] = [
        f"{GZ2_IMAGES}/{images.get(str(asset), asset)}" for asset in assets.tolist()
    ]
    usable = galaxies[has_image & ~measured].sort_values("galaxy_id", ignore_index=True)
    counts = (
        f"{len(galaxies)} galaxies with votes, {(~has_image).sum()} of them without an image, "
        f"{why_not}"
    )
    logger.info("%s: %s; %d can be drawn", directory / GZ2_VOTES, counts, len(usable))
    if training + test > len(usable):
        raise ValueError(
            f"{directory / GZ2_VOTES}: found {counts}: {len(usable)} can be drawn, expected "
            f"{training + test} or more: data.gz2_training = {training} and data.gz2_test = {test}"
        )
    columns = ["galaxy_id", "image", *VOTE_COLUMNS, "problem"]
    drawn = choose_sets(usable["galaxy_id"].to_numpy(), seed, training, test)
    return tuple(usable.loc[rows, columns].reset_index(drop=True) for rows in drawn)


def _find_measured(galaxies, lengths):
    """Find the galaxies that have a bar length, or may have one.

    `galaxies` (n rows) have galaxy_id, ra, dec; `lengths` are of `read_hoyle_positions`. Returns
    bool (n,), and the counts in words.
    """
    same_id = galaxies["galaxy_id"].isin(lengths["objid"]).to_numpy()
    ra, dec = galaxies["ra"].to_numpy(), galaxies["dec"].to_numpy()
    placed = np.isfinite(ra) & (np.abs(dec) <= 90)
    near = np.zeros(len(galaxies), dtype=bool)
    if placed.any():
        positions = SkyCoord(ra[placed], dec[placed], unit="deg")
        catalogue = SkyCoord(lengths["ra"].to_numpy(), lengths["dec"].to_numpy(), unit="deg")
        _, distance, _ = positions.match_to_catalog_sky(catalogue)
        near[placed] = distance < SAME_GALAXY * units.arcsec
    counts = (
        f"{same_id.sum()} with a bar length ({HOYLE}), {(near & ~same_id).sum()} others within "
        f"{SAME_GALAXY:g} arcsec of one with a bar length, "
        f"{(~placed & ~same_id).sum()} without a position"
    )
    return same_id | near | ~placed, counts


def build_gz2_training(
    directory: str | Path,
    *,
    training: int,
    seed: int,
    validation_split: float,
    max_broken_share: float,
    threads: int = 1,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Build the table of the training galaxies, as `galbar.catalogues.build.build_training` does.

    `training` is their number, whatever that of the test galaxies is; for errors see `draw_gz2`.
    Votes that cannot be used and images that cannot be read are held against `max_broken_share`
    apart.
    """
    directory = Path(directory)
    galaxies, _ = draw_gz2(directory, seed=seed, training=training, test=0)
    wrong = (f"votes do not add up: {text}" if text else "" for text in wrong_sums(galaxies))
    reasons = [first or second for first, second in zip(galaxies["problem"], wrong, strict=True)]
    usable, voteless = drop_broken(galaxies, reasons, max_broken_share, directory / GZ2_VOTES)
    unreadable = inspect_images(directory, usable["image"].tolist(), threads)
    usable, imageless = drop_broken(usable, unreadable, max_broken_share, directory / GZ2_IMAGES)
    dropped = pd.concat([voteless, imageless]).sort_values("galaxy_id", ignore_index=True)
    usable["split"] = training_split(usable["galaxy_id"], validation_split, seed)
    return usable[["galaxy_id", "image", "split", *VOTE_COLUMNS]], dropped


def build_gz2_test(
    directory: str | Path,
    *,
    training: int,
    test: int,
    seed: int,
    max_broken_share: float,
    threads: int = 1,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Build the table of the test galaxies, as `galbar.catalogues.build.build_test` does.

    `training` and `test` are the numbers of galaxies of both sets, which must be apart; for errors
    see `draw_gz2`. Votes are left out, as Kaggle's are not published.
    """
    _, galaxies = draw_gz2(directory, seed=seed, training=training, test=test)
    galaxies = galaxies[["galaxy_id", "image"]]
    reasons = inspect_images(directory, galaxies["image"].tolist(), threads)
    return drop_broken(galaxies, reasons, max_broken_share, Path(directory) / GZ2_IMAGES)
