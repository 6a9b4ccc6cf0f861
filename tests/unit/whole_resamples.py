"""All resamples of a bootstrap as one matrix, which the library never holds for many galaxies."""

import numpy as np

from galbar.resamples import Resamples


def written_out(resamples, members=slice(None)):
    """Put all resamples into one matrix (samples, members), float."""
    matrix = np.full((resamples.samples, len(np.arange(resamples.n)[members])), np.nan)
    for rows, counts in resamples.groups(members):
        matrix[rows] = counts
    return matrix


def resample_counts(n, samples, seed):
    """Draw resamples of n galaxies: (samples, n)."""
    return written_out(Resamples(n, samples, seed))
