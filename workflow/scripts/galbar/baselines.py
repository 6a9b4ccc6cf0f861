"""What a method must beat: lengths that know nothing of the bar.

Bars are longer in larger galaxies. A length in kpc/h that is proportional to the size of
its galaxy therefore correlates with the true one (r = 0.69 in Hoyle et al. 2011), and so
do the lengths of a method shuffled between galaxies, once multiplied by each galaxy's size.
"""

import numpy as np

__all__ = ["galaxy_size", "shuffled_lengths", "size_only_lengths"]


def galaxy_size(length_kpc_h, length_scaled):
    """Size of a galaxy, by which the catalogue divides a length to scale it.

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
    """Permute lengths between galaxies.

    Parameters
    ----------
    length_scaled : ndarray, shape (n,)
        Scaled lengths of one method, no NaN.
    samples : int
        Number of permutations.
    seed : int or sequence of int
        Seed of the generator.

    Returns
    -------
    ndarray, shape (samples, n)
        Every row is an independent permutation.
    """
    rows = np.broadcast_to(np.asarray(length_scaled, dtype=float), (samples, len(length_scaled)))
    return np.random.default_rng(seed).permuted(rows, axis=1)
