"""Training and test galaxies from Galaxy Zoo 2 itself, in place of those of Kaggle's challenge.

A galaxy can be drawn if it has votes and an image, and no known bar length: networks have then seen
none of the galaxies whose bars are measured. (Whether Kaggle's are among these, nobody knows.)
"""

import logging
from pathlib import Path

import numpy as np
import pandas as pd

from galbar.catalogues.build import choose_assets
from galbar.catalogues.decision_tree import VOTE_COLUMNS
from galbar.catalogues.galaxy_checks import drop_broken, inspect_images
from galbar.catalogues.published_tables import (
    GZ2_IMAGES,
    GZ2_VOTES,
    HOYLE,
    MAPPING,
    read_gz2_votes,
    read_hoyle,
    read_mapping,
    wrong_sums,
)
from galbar.catalogues.splits import shuffle_rank, training_split
from galbar.io.image_archives import images_by_stem

logger = logging.getLogger(__name__)

DRAW_KEY = 3
"""Key of the shuffle, other than those of `galbar.catalogues.splits`."""


def draw_gz2(
    directory: str | Path, *, seed: int, training: int, test: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw galaxies of Galaxy Zoo 2 for training and for the test set, none for both.

    Parameters
    ----------
    directory : str or Path, data directory
    seed : int, of the draw; which galaxies come first does not depend on the numbers
    training, test : int, numbers of galaxies

    Returns
    -------
    training, test : DataFrame
        galaxy_id (int64, the objid), image (relative to ``directory``), and the 37 columns
        `galbar.catalogues.decision_tree.VOTE_COLUMNS`, sorted by galaxy_id.

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
    has_length = galaxies["galaxy_id"].isin(read_hoyle(directory / HOYLE)["objid"]).to_numpy()
    galaxies["image"] = [
        f"{GZ2_IMAGES}/{images.get(str(asset), asset)}" for asset in assets.tolist()
    ]
    usable = galaxies[has_image & ~has_length].sort_values("galaxy_id", ignore_index=True)
    counts = (
        f"{len(galaxies)} galaxies with votes, {(~has_image).sum()} of them without an image, "
        f"{(has_image & has_length).sum()} with a bar length ({HOYLE})"
    )
    logger.info("%s: %s; %d can be drawn", directory / GZ2_VOTES, counts, len(usable))
    if training + test > len(usable):
        raise ValueError(
            f"{directory / GZ2_VOTES}: found {counts}: {len(usable)} can be drawn, expected "
            f"{training + test} or more: data.gz2_training = {training} and data.gz2_test = {test}"
        )
    rank = shuffle_rank(usable["galaxy_id"].to_numpy(), seed, DRAW_KEY)
    columns = ["galaxy_id", "image", *VOTE_COLUMNS]
    drawn = (rank < training, (rank >= training) & (rank < training + test))
    return tuple(usable.loc[rows, columns].reset_index(drop=True) for rows in drawn)


def build_gz2_training(
    directory: str | Path,
    *,
    numbers: tuple[int, int],
    seed: int,
    validation_split: float,
    max_broken_share: float,
    threads: int = 1,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Build the table of the training galaxies, as `galbar.catalogues.build.build_training` does.

    `numbers` are those of the training and the test galaxies; for errors see `draw_gz2`.
    """
    galaxies, _ = draw_gz2(directory, seed=seed, training=numbers[0], test=numbers[1])
    unreadable = inspect_images(directory, galaxies["image"].tolist(), threads)
    wrong = (f"votes do not add up: {text}" if text else "" for text in wrong_sums(galaxies))
    reasons = [first or second for first, second in zip(unreadable, wrong, strict=True)]
    usable, dropped = drop_broken(galaxies, reasons, max_broken_share, Path(directory) / GZ2_VOTES)
    usable["split"] = training_split(usable["galaxy_id"], validation_split, seed)
    return usable[["galaxy_id", "image", "split", *VOTE_COLUMNS]], dropped


def build_gz2_test(
    directory: str | Path,
    *,
    numbers: tuple[int, int],
    seed: int,
    max_broken_share: float,
    threads: int = 1,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Build the table of the test galaxies, as `galbar.catalogues.build.build_test` does.

    `numbers` are those of the training and the test galaxies; for errors see `draw_gz2`. Their
    votes are left out, as Kaggle's are not published.
    """
    _, galaxies = draw_gz2(directory, seed=seed, training=numbers[0], test=numbers[1])
    galaxies = galaxies[["galaxy_id", "image"]]
    reasons = inspect_images(directory, galaxies["image"].tolist(), threads)
    return drop_broken(galaxies, reasons, max_broken_share, Path(directory) / GZ2_VOTES)
