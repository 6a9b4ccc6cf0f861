"""The published scan: all masks of a threshold that rises over a heat map."""

from functools import cached_property

import numpy as np

from galbar.lengths.criteria.record import Parameter
from galbar.lengths.geometry import elongation_of

#: Thresholds of the published scan. Only 6 of these values equal their rounded decimals, so the
#: grid is built as the released code builds it.
THRESHOLDS = np.arange(0.5, 1.0, 0.0001)

LEN_THRESHOLD = Parameter(
    name="len_threshold",
    description="pearson and elongation stop below this number of pixels of the network",
    grid=(10, 20, 30, 40, 50),
    kind=int,
    at_least=1,
)


class ThresholdScan:
    """All masks of a rising threshold over a prepared map (ny, nx) without NaN.

    The pixels above the lowest threshold are sorted once by the number of thresholds that they
    exceed; the pixels above any threshold are then the first few of them, and their moments come
    from cumulative sums of whole numbers, which are exact. Thresholds that no pixel lies between
    have the same mask: of 5000 thresholds only the few that change it are looked at.

    ``order`` (k,) holds positions ``y * nx + x``, brightest first, those that exceed the same
    thresholds row by row; ``counts`` (m,) the pixels of each of the m different masks, falling;
    ``steps`` (m,) the index into `THRESHOLDS` at which each begins, rising from 0. ValueError if
    the map is so large (above about 1400 px) that the sums could overflow.
    """

    def __init__(self, values):
        ny, nx = self.shape = values.shape
        if (values.size * max(ny, nx)) ** 2 >= 2**63:
            raise ValueError(f"a heat map of {ny} x {nx} px is too large for exact sums")
        flat = values.ravel()
        above = np.flatnonzero(flat > THRESHOLDS[0])
        exceeded = np.searchsorted(THRESHOLDS, flat[above], side="left")
        # 16 bits are sorted by their digits, which is faster than by comparing.
        ranks = np.argsort(-exceeded.astype(np.int16), kind="stable")
        self.order = above[ranks]
        # A mask ends before each pixel that drops out at a lower threshold than the one before it.
        bounds = np.concatenate(([len(THRESHOLDS)], exceeded[ranks], [0]))
        self.counts = np.flatnonzero(bounds[:-1] > bounds[1:])[::-1]
        self.steps = bounds[self.counts + 1]

    @cached_property
    def moments(self):
        """Return the second moments of each mask, as `galbar.lengths.geometry.second_moments`.

        Three arrays of shape (m,), int64: n**2 times the variance along x, along y, and the
        covariance [pixel**2].
        """
        y, x = np.divmod(self.order, self.shape[1])
        n = self.counts
        sums = np.zeros((5, len(x) + 1), dtype=np.int64)
        for row, terms in zip(sums, (x, y, x * x, y * y, x * y), strict=True):
            np.cumsum(terms, out=row[1:])
        sum_x, sum_y, sum_xx, sum_yy, sum_xy = sums[:, n]
        return n * sum_xx - sum_x**2, n * sum_yy - sum_y**2, n * sum_xy - sum_x * sum_y

    @cached_property
    def correlation(self):
        """Return ``|Pearson r|`` of row and column in each mask, shape (m,); NaN on a line."""
        xx, yy, xy = self.moments
        with np.errstate(invalid="ignore"):
            # One square root of the product: exact where r is a ratio of whole numbers, so that
            # a tie with the threshold is seen as one.
            return np.abs(xy) / np.sqrt(xx.astype(float) * yy)

    @cached_property
    def elongation(self):
        """Return the elongation of each mask, shape (m,); NaN below 2 pixels."""
        return elongation_of(*self.moments)

    def stop(self, measure, threshold, len_threshold):
        """Find the first mask at which each scan stops, because it is on a line or too small.

        `measure` is "correlation" or "elongation", which has to exceed `threshold` (s,);
        `len_threshold` (s,) is the fewest pixels of a mask [pixel of the map]. Returns ``mask``
        (s,), the index into ``counts`` and ``steps``, the last one where nothing stops the scan,
        and ``stopped`` (s,), bool.
        """
        values = getattr(self, measure)
        # The largest value so far never falls: the first one that exceeds a threshold is the first
        # value that does. NaN never does.
        largest = np.maximum.accumulate(np.where(np.isnan(values), -np.inf, values))
        long = np.searchsorted(largest, threshold, side="right")
        # The counts fall: the first one below len_threshold follows all those at or above.
        short = np.searchsorted(-self.counts, -np.asarray(len_threshold), side="right")
        mask = np.minimum(long, short)
        last = len(self.counts) - 1
        return np.minimum(mask, last), mask <= last

    def pixels(self, mask):
        """Return ``x, y`` (k,), column and row of each pixel of one mask, brightest first."""
        y, x = np.divmod(self.order[: self.counts[mask]], self.shape[1])
        return x, y
