"""Which pixels of a heat map belong to the bar: steps before masking, and three criteria.

Steps before masking, in their order: `positive_part`, `smooth`, `multiply_image`, `normalise`
(`prepare_map` runs them). All of it is done in float64 on the float32 values of the stored map,
and thresholds are compared in float64. That matters: `float32_array > float` compares in float32
with numpy 2, which decides ties differently for half of the thresholds.

Criteria:

pearson
    As published (Bhambra, Joachimi & Lahav 2022, released code). The threshold t rises over
    `THRESHOLDS`; it stops at the first t at which |Pearson r of (row, column)| of the pixels above
    t exceeds ``corr_threshold``, or fewer than ``len_threshold`` pixels are left. The released code
    normalises the map and then, with ``xinput``, multiplies it by the grey-scale image, without
    normalising again; so does `prepare_map` for this criterion (``renormalise=False``).
elongation
    The same scan, stopped by the elongation (l1 - l2) / (l1 + l2) of the second moments of *all*
    pixels above t, connected or not. It does not depend on the position angle, and equals |r| for
    a bar at 45 degrees.
level
    Pixels at or above a fraction of the maximum: of them, the piece (connected over sides and
    corners) with the pixel nearest to the centre of the map.
"""

from functools import cached_property

import numpy as np
from scipy import ndimage

from galbar.heatmaps import KINDS
from galbar.lengths import axis_angle, elongation_of

__all__ = [
    "THRESHOLDS",
    "ThresholdScan",
    "level_pixels",
    "multiply_image",
    "normalise",
    "positive_part",
    "prepare_map",
    "smooth",
]

#: Thresholds of the published scan. Only 6 of these values equal their rounded decimals, so the
#: grid is built as the released code builds it.
THRESHOLDS = np.arange(0.5, 1.0, 0.0001)

_EIGHT_NEIGHBOURS = np.ones((3, 3), dtype=bool)


def positive_part(heatmap, kind):
    """Non-negative version of a heat map: where the output rises, not where it falls.

    Parameters
    ----------
    heatmap : ndarray, shape (ny, nx), float
        Heat map, any unit.
    kind : str
        One of `heatmaps.KINDS`. An ``absolute`` map is returned as it is.

    Returns
    -------
    ndarray, shape (ny, nx), float64

    Raises
    ------
    ValueError
        If ``kind`` is unknown.
    """
    if kind not in KINDS:
        raise ValueError(f"heat map kind is {kind!r}, expected one of {', '.join(KINDS)}")
    heatmap = np.asarray(heatmap, dtype=float)
    return heatmap if kind == "absolute" else np.maximum(heatmap, 0.0)


def smooth(heatmap, sigma):
    """Convolve a heat map with a Gaussian; beyond the edge the outermost pixel goes on.

    Parameters
    ----------
    heatmap : ndarray, shape (ny, nx), float
        Heat map, any unit.
    sigma : float
        Standard deviation of the Gaussian [pixel of the map]. 0 leaves the map as it is.

    Returns
    -------
    ndarray, shape (ny, nx), float64

    Raises
    ------
    ValueError
        If ``sigma`` is negative or not finite.
    """
    if not 0 <= sigma < np.inf:
        raise ValueError(f"smoothing is {sigma}, expected a number of pixels, 0 or more")
    if sigma == 0:
        return heatmap
    return ndimage.gaussian_filter(heatmap, sigma, mode="nearest")


def multiply_image(heatmap, grey):
    """Multiply a heat map by the grey-scale image that the network saw (``xinput``).

    Parameters
    ----------
    heatmap : ndarray, shape (ny, nx), float
        Heat map, any unit.
    grey : ndarray, shape (ny, nx), float
        Brightness of the image, 0 to 1.

    Returns
    -------
    ndarray, shape (ny, nx), float64

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    grey = np.asarray(grey, dtype=float)
    if grey.shape != heatmap.shape:
        raise ValueError(f"image has the shape {grey.shape}, the heat map {heatmap.shape}")
    return heatmap * grey


def normalise(heatmap):
    """Scale a heat map to 0 at its minimum and 1 at its maximum.

    Parameters
    ----------
    heatmap : ndarray, shape (ny, nx), float
        Heat map, any unit.

    Returns
    -------
    ndarray, shape (ny, nx), float64
        All NaN where the map is flat or holds a value that is not finite.
    """
    low, high = heatmap.min(), heatmap.max()
    # NaN fails every comparison, so this also catches it.
    if not -np.inf < low < high < np.inf:
        return np.full(heatmap.shape, np.nan)
    return (heatmap - low) / (high - low)


def prepare_map(heatmap, kind, smoothing=0.0, grey=None, renormalise=True):
    """Run all the steps before masking.

    Parameters
    ----------
    heatmap : ndarray, shape (ny, nx), float
        Heat map as stored, not normalised.
    kind : str
        One of `heatmaps.KINDS`.
    smoothing : float, default 0
        Standard deviation of a Gaussian [pixel of the map].
    grey : ndarray, shape (ny, nx), float, optional
        Image by which to multiply, 0 to 1. None: not multiplied.
    renormalise : bool, default True
        Whether the product with the image is scaled to 0 to 1. False is the published
        order: normalise the map, multiply, leave the product as it is.

    Returns
    -------
    ndarray, shape (ny, nx), float64
        Values from 0 to 1; all NaN where the map is flat or holds a value that is not finite.

    Raises
    ------
    ValueError
        If the map has not two axes, or a step refuses its setting.
    """
    heatmap = np.asarray(heatmap)
    if heatmap.ndim != 2:
        raise ValueError(f"heat map must have two axes, got shape {heatmap.shape}")
    if not np.isfinite(heatmap).all():
        # Before the positive part, which would hide minus infinity.
        return np.full(heatmap.shape, np.nan)
    values = smooth(positive_part(heatmap, kind), smoothing)
    if grey is None:
        return normalise(values)
    if renormalise:
        return normalise(multiply_image(values, grey))
    return multiply_image(normalise(values), grey)


class ThresholdScan:
    """All masks of a rising threshold, by sums over the sorted pixels of a map.

    The pixels above the lowest threshold are sorted once, brightest first; the pixels above any
    threshold are then the first few of them, and their moments come from cumulative sums of
    whole numbers, which are exact.

    Parameters
    ----------
    values : ndarray, shape (ny, nx), float64
        Prepared map without NaN.

    Attributes
    ----------
    shape : tuple of int
        ``(ny, nx)``.
    order : ndarray, shape (k,), int64
        Position ``y * nx + x`` of the pixels above the lowest threshold, brightest first.
    counts : ndarray, shape (5000,), int64
        Number of pixels above each of `THRESHOLDS`.

    Raises
    ------
    ValueError
        If the map is so large (above about 1400 px) that the sums could overflow.
    """

    def __init__(self, values):
        ny, nx = self.shape = values.shape
        if (values.size * max(ny, nx)) ** 2 >= 2**63:
            raise ValueError(f"a heat map of {ny} x {nx} px is too large for exact sums")
        flat = values.ravel()
        above = np.flatnonzero(flat > THRESHOLDS[0])
        falling = -flat[above]
        ranks = np.argsort(falling)
        self.order = above[ranks]
        self.counts = np.searchsorted(falling[ranks], -THRESHOLDS, side="left")

    @cached_property
    def moments(self):
        """Second moments of the pixels above each threshold, as `lengths.second_moments`.

        Three arrays of shape (5000,), int64: n**2 times the variance along x, along y, and the
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
        """|Pearson r| of row and column above each threshold, shape (5000,); NaN on a line."""
        xx, yy, xy = self.moments
        with np.errstate(invalid="ignore"):
            # One square root of the product: exact where r is a ratio of whole numbers, so that
            # a tie with the threshold is seen as one.
            return np.abs(xy) / np.sqrt(xx.astype(float) * yy)

    @cached_property
    def elongation(self):
        """Elongation of the pixels above each threshold, shape (5000,); NaN below 2 pixels."""
        return elongation_of(*self.moments)

    def stop(self, criterion, threshold, len_threshold):
        """First step at which the scan stops.

        Parameters
        ----------
        criterion : str
            ``"pearson"`` or ``"elongation"``.
        threshold : float
            The criterion's value has to exceed this.
        len_threshold : int
            Fewest pixels of a mask [pixel of the map].

        Returns
        -------
        step : int
            Index into `THRESHOLDS`; the last one where nothing stops the scan.
        stopped : bool
            False where nothing stops the scan.
        """
        values = self.correlation if criterion == "pearson" else self.elongation
        exceeds = values > threshold
        last = len(THRESHOLDS)
        long = int(exceeds.argmax()) if exceeds.any() else last
        # The counts never rise: the first one below len_threshold follows all those at or above.
        short = int(np.searchsorted(-self.counts, -len_threshold, side="right"))
        step = min(long, short)
        return min(step, last - 1), step < last

    def pixels(self, step):
        """Pixels above one threshold.

        Returns
        -------
        x, y : ndarray, shape (k,), int64
            Column and row of each, brightest first.
        """
        y, x = np.divmod(self.order[: self.counts[step]], self.shape[1])
        return x, y

    def angle(self, step):
        """Position angle of the pixels above one threshold [deg]; see `lengths.axis_angle`."""
        return axis_angle(*(int(moment[step]) for moment in self.moments))


def level_pixels(values, fraction):
    """Pixels of the piece at the centre above a fraction of the map's maximum.

    Parameters
    ----------
    values : ndarray, shape (ny, nx), float64
        Prepared map, without NaN, maximum above 0.
    fraction : float
        Pixels at or above ``fraction`` x maximum count (0 to 1].

    Returns
    -------
    x, y : ndarray, shape (k,), int64
        Column and row of each pixel of the piece, row by row. The piece holds the pixel nearest to
        the centre of the map; among equally near ones the brightest, then the first in the
        order of rows.

    Raises
    ------
    ValueError
        If ``fraction`` is outside (0, 1].
    """
    if not 0 < fraction <= 1:
        raise ValueError(f"level_fraction is {fraction}, expected a number above 0, at most 1")
    above = values >= fraction * values.max()
    y, x = np.nonzero(above)
    ny, nx = values.shape
    squares = (2 * y - (ny - 1)) ** 2 + (2 * x - (nx - 1)) ** 2
    nearest = np.flatnonzero(squares == squares.min())
    seed = nearest[np.argmax(values[y[nearest], x[nearest]])]
    top, left = y[0], x.min()
    box = above[top : y[-1] + 1, left : x.max() + 1]
    pieces, _ = ndimage.label(box, structure=_EIGHT_NEIGHBOURS)
    labels = pieces[y - top, x - left]
    piece = labels == labels[seed]
    return x[piece], y[piece]
