"""Bootstrap resamples of galaxies: how often each resample holds each galaxy.

All resamples of n galaxies are one matrix, 2 bytes per resample and galaxy: 13 MB for 2000
resamples of 3150 galaxies, 400 MB for 100,000 galaxies with known lengths.
"""

import numpy as np

# Resamples that are drawn at a time, and numbers of a group of resamples (4 MB as float).
_ROWS = 64
_GROUP = 1 << 19


def draw_resamples(n, samples, seed):
    """Draw bootstrap resamples of n galaxies.

    Parameters
    ----------
    n, samples : int, numbers of galaxies and of resamples
    seed : int or sequence of int

    Returns
    -------
    ndarray of uint16, shape (samples, n)
        How often each resample holds each galaxy; every row adds up to n.
    """
    rng = np.random.default_rng(seed)
    resamples = np.empty((samples, n), dtype=np.uint16)
    for begin in range(0, samples, _ROWS):
        rows = resamples[begin : begin + _ROWS]
        # The galaxies of each row get numbers of their own, so that one count serves all rows.
        drawn = rng.integers(n, size=rows.size) + n * np.repeat(np.arange(len(rows)), n)
        rows[:] = np.bincount(drawn, minlength=rows.size).reshape(rows.shape)
    return resamples


def resample_groups(resamples, members=slice(None)):
    """Yield resamples as floats, a few at a time: all of them would take 8 bytes a number.

    ``resamples`` is (samples, n). Each time a slice says which of them, and counts (rows, m) how
    often they hold each of the m galaxies of ``members``, bool (n,).
    """
    samples, n = resamples.shape
    size = max(1, _GROUP // max(1, n))
    for begin in range(0, samples, size):
        counts = resamples[begin : begin + size, members].astype(float)
        yield slice(begin, begin + len(counts)), counts
