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
    """Return the size (n,) of galaxies, by which the catalogue divides a length to scale it.

    From columns length_avg [kpc/h] and length_scaled of the catalogue, both (n,): their quotient
    does not depend on the bar. In kpc/h per unit of length_scaled; NaN where that is not positive.
    """
    length_kpc_h = np.asarray(length_kpc_h, dtype=float)
    length_scaled = np.asarray(length_scaled, dtype=float)
    empty = np.full(length_kpc_h.shape, np.nan)
    return np.divide(length_kpc_h, length_scaled, out=empty, where=length_scaled > 0)


def size_only_lengths(length_scaled, n):
    """Give n galaxies the mean of ``length_scaled``, NaN left out.

    Those are lengths of the validation set, never of the galaxies that are scored.
    """
    return np.full(n, np.nanmean(length_scaled))


def shuffled_lengths(length_scaled, samples, seed):
    """Yield permutations of lengths between galaxies, (m, n) at a time, ``samples`` rows in all.

    The scaled lengths are (n,) without NaN. Every row is an independent permutation, whatever m is.
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

    ``name`` is for tables, ``label`` for figures. ``scaled_lengths`` takes the catalogue (n rows)
    and the chosen setting's scaled lengths (n,), which it uses if ``of_chosen``, and returns scaled
    lengths (n,). They are scored as they are and times each galaxy's size, after shuffling between
    galaxies if ``shuffled``.
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
