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

from galbar.attribution.heatmap_files import KINDS, normalise
from galbar.lengths.geometry import axis_angle, elongation_of

__all__ = [
    "THRESHOLDS",
    "ThresholdScan",
    "central_pieces",
    "multiply_image",
    "positive_part",
    "prepare_map",
    "scale_map",
    "smooth",
    "smooth_positive",
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
        One of `heatmap_files.KINDS`. An ``absolute`` map is returned as it is.

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


def prepare_map(heatmap, kind, smoothing=0.0, grey=None, renormalise=True):
    """Run all the steps before masking.

    Parameters
    ----------
    heatmap : ndarray, shape (ny, nx), float
        Heat map as stored, not normalised.
    kind : str
        One of `heatmap_files.KINDS`.
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
    return scale_map(smooth_positive(heatmap, kind, smoothing), grey, renormalise)


def smooth_positive(heatmap, kind, smoothing):
    """Run the steps of `prepare_map` that do not need the image: its positive part, smoothed.

    Parameters
    ----------
    heatmap, kind, smoothing
        See `prepare_map`.

    Returns
    -------
    ndarray, shape (ny, nx), float64
        All NaN where the map holds a value that is not finite.

    Raises
    ------
    ValueError
        See `prepare_map`.
    """
    heatmap = np.asarray(heatmap)
    if heatmap.ndim != 2:
        raise ValueError(f"heat map must have two axes, got shape {heatmap.shape}")
    if not np.isfinite(heatmap).all():
        # Before the positive part, which would hide minus infinity.
        return np.full(heatmap.shape, np.nan)
    return smooth(positive_part(heatmap, kind), smoothing)


def scale_map(values, grey=None, renormalise=True):
    """Run the steps of `prepare_map` after smoothing: multiplied by the image, normalised.

    Parameters
    ----------
    values : ndarray, shape (ny, nx), float64
        Map as `smooth_positive` returns it; it is not changed.
    grey, renormalise
        See `prepare_map`.

    Returns
    -------
    ndarray, shape (ny, nx), float64
        As `prepare_map`.

    Raises
    ------
    ValueError
        If the shapes of map and image differ.
    """
    if grey is None:
        return normalise(values)
    if renormalise:
        return normalise(multiply_image(values, grey))
    return multiply_image(normalise(values), grey)


class ThresholdScan:
    """All masks of a rising threshold, by sums over the sorted pixels of a map.

    The pixels above the lowest threshold are sorted once by the number of thresholds that they
    exceed; the pixels above any threshold are then the first few of them, and their moments come
    from cumulative sums of whole numbers, which are exact. Thresholds that no pixel lies between
    have the same mask: of 5000 thresholds only the few that change it are looked at.

    Parameters
    ----------
    values : ndarray, shape (ny, nx), float64
        Prepared map without NaN.

    Attributes
    ----------
    shape : tuple of int
        ``(ny, nx)``.
    order : ndarray, shape (k,), int64
        Position ``y * nx + x`` of the pixels above the lowest threshold, brightest first; those
        that exceed the same thresholds row by row.
    counts : ndarray, shape (m,), int64
        Number of pixels of each of the m different masks, falling.
    steps : ndarray, shape (m,), int64
        Index into `THRESHOLDS` at which each mask begins, rising from 0.

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
        """Second moments of the pixels of each mask, as `geometry.second_moments`.

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
        """|Pearson r| of row and column in each mask, shape (m,); NaN on a line."""
        xx, yy, xy = self.moments
        with np.errstate(invalid="ignore"):
            # One square root of the product: exact where r is a ratio of whole numbers, so that
            # a tie with the threshold is seen as one.
            return np.abs(xy) / np.sqrt(xx.astype(float) * yy)

    @cached_property
    def elongation(self):
        """Elongation of each mask, shape (m,); NaN below 2 pixels."""
        return elongation_of(*self.moments)

    def stop(self, criterion, threshold, len_threshold):
        """First masks at which scans stop.

        Parameters
        ----------
        criterion : str
            ``"pearson"`` or ``"elongation"``.
        threshold : ndarray, shape (s,), float
            For each scan: the criterion's value has to exceed this.
        len_threshold : ndarray, shape (s,), int
            For each scan: fewest pixels of a mask [pixel of the map].

        Returns
        -------
        mask : ndarray, shape (s,), int64
            Index into `counts` and `steps`; the last one where nothing stops the scan.
        stopped : ndarray, shape (s,), bool
            False where nothing stops the scan.
        """
        values = self.correlation if criterion == "pearson" else self.elongation
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
        """Pixels of one mask.

        Returns
        -------
        x, y : ndarray, shape (k,), int64
            Column and row of each, brightest first.
        """
        y, x = np.divmod(self.order[: self.counts[mask]], self.shape[1])
        return x, y

    def angle(self, mask):
        """Position angle of one mask [deg]; see `geometry.axis_angle`."""
        return axis_angle(*(int(moment[mask]) for moment in self.moments))


def central_pieces(values, fractions):
    """Pixels of the piece at the centre above each of some fractions of the map's maximum.

    Parameters
    ----------
    values : ndarray, shape (ny, nx), float64
        Prepared map, without NaN, maximum above 0.
    fractions : sequence of float
        Pixels at or above a fraction x maximum count (0 to 1].

    Yields
    ------
    x, y : ndarray, shape (k,), int64
        For each fraction: column and row of each pixel of the piece, row by row. The piece holds
        the pixel nearest to the centre of the map; among equally near ones the brightest, then
        the first in the order of rows.

    Raises
    ------
    ValueError
        If a fraction is outside (0, 1].
    """
    for fraction in fractions:
        if not 0 < fraction <= 1:
            raise ValueError(f"level_fraction is {fraction}, expected a number above 0, at most 1")
    levels = np.asarray(fractions, dtype=float)[:, np.newaxis] * values.max()
    y, x = np.nonzero(values >= levels.min())
    bright = values[y, x]
    above = bright >= levels
    seeds = _central_pixels(x, y, bright, above, values.shape)
    pieces = _pieces_of(x, y, above)
    for labels, seed in zip(pieces, seeds, strict=True):
        piece = labels == labels[seed]
        yield x[piece], y[piece]


def _central_pixels(x, y, bright, above, shape):
    """Find the pixel nearest to the centre above each level, (l,): of several the brightest."""
    ny, nx = shape
    squares = (2 * y - (ny - 1)) ** 2 + (2 * x - (nx - 1)) ** 2
    squares = np.where(above, squares, np.iinfo(squares.dtype).max)
    nearest = squares == squares.min(axis=1, keepdims=True)
    return np.where(nearest, bright, -np.inf).argmax(axis=1)


def _pieces_of(x, y, above):
    """Label the connected pieces above each level: number of each pixel's, (l, k), 0 below."""
    y, x = y - y.min(), x - x.min()
    # All levels in one call, one below the other with an empty row between them: a call costs more
    # than so few pixels.
    planes = np.zeros((len(above), y.max() + 2, x.max() + 1), dtype=bool)
    planes[:, y, x] = above
    pieces, _ = ndimage.label(planes.reshape(-1, planes.shape[2]), structure=_EIGHT_NEIGHBOURS)
    return pieces.reshape(planes.shape)[:, y, x]
