"""Seeded splits of galaxies that depend on which galaxies there are, not on their order.

A split is drawn over the sorted ids, so that sorting a table or reading a folder in another order
changes nothing. The bar length catalogue is shuffled once: the heat maps' validation set is taken
from the front of that order and the control network's test set from its end, so that the galaxies
on which both are scored are the control's test set, a part of the heat maps' test set.
"""

import math
from collections.abc import Sequence

import numpy as np

# Second words of the generators' seeds: one per shuffle, so that none repeats another.
_TRAINING_KEY = 1
_CATALOGUE_KEY = 2

# A third written as 0.3333333333 means 1050 of 3150 galaxies, not int(1049.9999999) = 1049.
_ROUNDING = 1e-4


def share_count(n: int, share: float) -> int:
    """Count the galaxies in a share, 0 to 1, of ``n``, rounded down; ValueError if it is outside.

    A product less than 0.0001 below an integer counts as this integer: decimals of shares such as
    1/3 are cut off.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"a share of galaxies is {share}, expected 0 to 1")
    return min(n, math.floor(n * share + _ROUNDING))


def shuffle_rank(ids: Sequence[int], seed: int, key: int = _CATALOGUE_KEY) -> np.ndarray:
    """Return the place of each galaxy in the seeded shuffle, a permutation of 0 to n - 1.

    It is in the order of `ids` (n,), but a galaxy's rank does not depend on that order. `key` keeps
    shuffles with the same seed independent of one another. ValueError if an id occurs twice.
    """
    ids = np.asarray(ids, dtype=np.int64)
    order = np.argsort(ids, kind="stable")
    repeated = np.flatnonzero(np.diff(ids[order]) == 0)
    if len(repeated):
        raise ValueError(f"id {ids[order][repeated[0]]} occurs more than once")
    rank = np.empty(len(ids), dtype=np.int64)
    rank[order] = np.random.default_rng([seed, key]).permutation(len(ids))
    return rank


def training_split(ids: Sequence[int], validation_split: float, seed: int) -> np.ndarray:
    """Split the training galaxies: "train" or "validation", (n,), in the order of `ids`.

    `ids` are all different; `validation_split` is the share of the validation set. ValueError if
    one of the two sets would be empty.
    """
    n = len(ids)
    validation = share_count(n, validation_split)
    if validation in (0, n):
        raise ValueError(
            f"augmentation.validation_split = {validation_split} of {n} galaxies gives "
            f"{validation} for validation and {n - validation} for training, expected both above 0"
        )
    rank = shuffle_rank(ids, seed, _TRAINING_KEY)
    return np.where(rank < validation, "validation", "train")


def split_problems(
    galaxies: int, trained: int | None, *, catalogue: float, control: float, training: float
) -> list[str]:
    """List what is wrong with the splits of so many galaxies, before any table is made.

    Parameters
    ----------
    galaxies : int, in the bar length catalogue
    trained : int, optional, galaxies with votes; None: not known yet
    catalogue, control, training : float
        ``catalogue.validation_split``, ``control.test_split``, ``augmentation.validation_split``.

    Returns
    -------
    list of str, one line per problem
    """
    seen = galaxies - share_count(galaxies, control)
    attempts = [
        lambda: catalogue_splits(np.arange(galaxies), catalogue, control),
        lambda: training_split(np.arange(seen), training, 0),
    ]
    if trained is not None:
        attempts.append(lambda: training_split(np.arange(trained), training, 0))
    problems = []
    for attempt in attempts:
        try:
            attempt()
        except ValueError as error:
            problems.append(str(error))
    return problems


def control_rows(galaxies, validation_split: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Split the galaxies that the control may learn from, like those of the vote networks.

    Parameters
    ----------
    galaxies : pandas.DataFrame, n rows
        With the columns galaxy_id and control_split, of which those with "train" count.
    validation_split, seed : see `training_split`

    Returns
    -------
    trained, held_out : ndarray of int
        Rows of ``galaxies`` to train on, and to validate on after each epoch.
    """
    seen = np.flatnonzero(galaxies["control_split"] == "train")
    trained = training_split(galaxies["galaxy_id"][seen], validation_split, seed) == "train"
    return seen[trained], seen[~trained]


def catalogue_splits(
    rank: np.ndarray, validation_split: float, test_split: float
) -> tuple[np.ndarray, np.ndarray]:
    """Split the bar length catalogue for the heat maps and for the control network.

    On the galaxies of lowest `shuffle_rank` (n,), a share of `validation_split`, the thresholds of
    the measurement are chosen; on the highest, `test_split`, the control is tested. Returns
    ``split`` ("validation" or "test") and ``control_split`` ("train" or "test"), (n,); each "test"
    there is a "test" in ``split``. ValueError if a set is empty, or thresholds and control share
    galaxies.
    """
    n = len(rank)
    validation, tested = share_count(n, validation_split), share_count(n, test_split)
    shares_text = (
        f"catalogue.validation_split = {validation_split} and control.test_split = {test_split} "
        f"of {n} galaxies give {validation} for validation and {tested} for the control's test"
    )
    if min(validation, tested) == 0 or max(validation, tested) == n:
        raise ValueError(f"{shares_text}; expected at least 1 and fewer than all in both")
    if validation + tested > n:
        raise ValueError(
            f"{shares_text}; together they may not exceed {n}, or both would share galaxies"
        )
    split = np.where(rank < validation, "validation", "test")
    control_split = np.where(rank >= n - tested, "test", "train")
    return split, control_split


def is_calibrating(galaxies) -> np.ndarray:
    """Say which galaxies of ``galaxies`` lengths are calibrated on: (n,) of bool.

    It is a pandas.DataFrame with split and length_scaled: those of the validation set whose length
    is known.
    """
    validation = galaxies["split"] == "validation"
    return (validation & (galaxies["length_scaled"] > 0)).to_numpy()


def will_calibrate(galaxies, validation_split: float) -> np.ndarray:
    """Say the same of galaxies that are not yet split, by their shuffle_rank: (n,) of bool.

    What is made of them does not depend on the control's part of the catalogue.
    """
    validation = galaxies["shuffle_rank"] < share_count(len(galaxies), validation_split)
    return (validation & (galaxies["length_scaled"] > 0)).to_numpy()
