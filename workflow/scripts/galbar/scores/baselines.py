"""What an estimator must beat: lengths that know nothing of the bar.

Bars are longer in larger galaxies. A length in kpc/h that is proportional to the size of
its galaxy therefore correlates with the true one (r = 0.69 in Hoyle et al. 2011), and so
do the lengths of an estimator, shuffled between galaxies, once multiplied by each galaxy's size.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# Lengths that are permuted at a time: 4 MB.
_ELEMENTS = 1 << 19


def galaxy_size(length_kpc_h, length_scaled):
    """Return the size of a galaxy, by which the catalogue divides a length to scale it.

    Parameters
    ----------
    length_kpc_h, length_scaled : ndarray, shape (n,)
        Columns length_avg [kpc/h] and length_scaled of the catalogue. Their quotient does
        not depend on the bar.

    Returns
    -------
    ndarray, shape (n,)
        kpc/h per unit of length_scaled; NaN where length_scaled is not positive.
    """
    length_kpc_h = np.asarray(length_kpc_h, dtype=float)
    length_scaled = np.asarray(length_scaled, dtype=float)
    empty = np.full(length_kpc_h.shape, np.nan)
    return np.divide(length_kpc_h, length_scaled, out=empty, where=length_scaled > 0)


def size_only_lengths(length_scaled, n):
    """Give every galaxy the same scaled length.

    Parameters
    ----------
    length_scaled : ndarray
        Lengths of the validation set, never of the galaxies that are scored. NaN is left out.
    n : int
        Number of galaxies to be predicted.

    Returns
    -------
    ndarray, shape (n,)
        The mean of ``length_scaled``, n times.
    """
    return np.full(n, np.nanmean(length_scaled))


def shuffled_lengths(length_scaled, samples, seed):
    """Permute lengths between galaxies, some permutations at a time.

    Parameters
    ----------
    length_scaled : ndarray, shape (n,)
        Scaled lengths of one estimator, no NaN.
    samples : int
        Number of permutations.
    seed : int or sequence of int
        Seed of the generator.

    Yields
    ------
    ndarray, shape (m, n)
        Every row is an independent permutation; there are ``samples`` rows in all. They do not
        depend on how many come at a time.
    """
    lengths = np.asarray(length_scaled, dtype=float)
    rng = np.random.default_rng(seed)
    size = max(1, _ELEMENTS // max(1, len(lengths)))
    for begin in range(0, samples, size):
        rows = np.broadcast_to(lengths, (min(size, samples - begin), len(lengths)))
        yield rng.permuted(rows, axis=1)


@dataclass(frozen=True)
class Baseline:
    """Lengths that know nothing of the bar.

    Attributes
    ----------
    name, label, description : str
        In tables, in figures, and words for a reader.
    scaled_lengths : callable
        Of the catalogue (DataFrame, n rows) and the scaled lengths of the chosen setting (n,);
        returns scaled lengths (n,). They are scored as they are and times each galaxy's size.
    of_chosen : bool
        Whether they are made of the chosen setting's lengths.
    shuffled : bool
        Whether they are to be shuffled between the galaxies before they are scored.
    """

    name: str
    label: str
    description: str
    scaled_lengths: Callable
    of_chosen: bool = False
    shuffled: bool = False


def _mean_of_validation(catalogue, chosen_lengths):
    del chosen_lengths
    validation = (catalogue["split"] == "validation").to_numpy()
    length_scaled = catalogue["length_scaled"].to_numpy(dtype=float)
    return size_only_lengths(length_scaled[validation], len(catalogue))


def _as_chosen(catalogue, chosen_lengths):
    del catalogue
    return chosen_lengths


BASELINES = {
    baseline.name: baseline
    for baseline in (
        Baseline(
            name="size_only",
            label="size only",
            description="mean length of the validation set, in units of each galaxy's size",
            scaled_lengths=_mean_of_validation,
        ),
        Baseline(
            name="shuffled",
            label="shuffled galaxies",
            description="chosen setting's lengths shuffled between galaxies, times their sizes",
            scaled_lengths=_as_chosen,
            of_chosen=True,
            shuffled=True,
        ),
    )
}
"""Name -> record. A new baseline is one entry here: it is scored and drawn beside the others."""
