"""Means and correlations of per-galaxy values with bootstrap intervals, and paired differences."""

from dataclasses import dataclass

import numpy as np

from galbar.scores.bootstrap import draw_resamples
from galbar.scores.correlation import pearson_r, percentile_interval, resampled_mean

_NOTHING = {
    "value": np.nan,
    "low": np.nan,
    "high": np.nan,
    "n": 0,
    "lost": np.nan,
    "lost_low": np.nan,
    "lost_high": np.nan,
}


@dataclass(frozen=True)
class Resamples:
    """Bootstrap resamples of the n galaxies, counts (samples, n), and the level of intervals."""

    counts: np.ndarray
    level: float

    @classmethod
    def draw(cls, n, samples, level, seed):
        """Draw them; see `galbar.scores.bootstrap.draw_resamples`."""
        return cls(draw_resamples(n, samples, seed).astype(float), level)

    def _describe(self, statistic, values, compared):
        """Return the columns of a row: of the statistic of ``values``, and of what is lost.

        ``statistic`` is a function of (values, members, counts), counts None for the sample itself.
        """
        members = np.isfinite(values)
        row = _NOTHING | {"n": int(members.sum())}
        if not members.any():
            return row
        low, high = percentile_interval(
            statistic(values, members, self.counts[:, members]), self.level
        )
        row |= {"value": float(statistic(values, members, None)), "low": low, "high": high}
        if compared is None:
            return row
        members &= np.isfinite(compared)
        if not members.any():
            return row
        counts = self.counts[:, members]
        lost = statistic(compared, members, counts) - statistic(values, members, counts)
        low, high = percentile_interval(lost, self.level)
        lost = statistic(compared, members, None) - statistic(values, members, None)
        return row | {"lost": float(lost), "lost_low": low, "lost_high": high}

    def mean(self, values, compared=None):
        """Describe the mean of values (n,), NaN left out.

        Parameters
        ----------
        values : ndarray, shape (n,)
        compared : ndarray, shape (n,), optional
            The same of the heat maps as they are: ``lost`` is their mean minus that of ``values``,
            on the galaxies that have both.

        Returns
        -------
        dict
            value, low and high (the percentile interval), n, and lost, lost_low, lost_high.
        """

        def statistic(values, members, counts):
            return resampled_mean(values[members], counts)

        return self._describe(statistic, np.asarray(values, dtype=float), compared)

    def correlation(self, lengths, reference, compared=None):
        """Describe Pearson's r of lengths (n,) with a reference (n,); arguments as for `mean`."""
        usable = np.isfinite(reference)

        def statistic(values, members, counts):
            return pearson_r(values[members], reference[members], counts)

        lengths, compared = (
            None if values is None else np.where(usable, values, np.nan)
            for values in (lengths, compared)
        )
        return self._describe(statistic, lengths, compared)
