"""Length and position angle of a set of pixels."""

import math

import numpy as np

# Up to this number of pixels comparing all of them is cheaper than looking for the outermost.
_FEW_PIXELS = 48


def largest_distance(x, y):
    """Return the largest distance between two pixels of a mask, exactly.

    Parameters
    ----------
    x, y : ndarray, shape (k,), int, see `end_points`

    Returns
    -------
    float
        Between pixel centres [pixel]; NaN for fewer than two pixels: one pixel has no length.
        (The released code of Bhambra et al. 2022 gives it the length 1.)
    """
    if len(x) < 2:
        return float("nan")
    (x1, y1), (x2, y2) = end_points(x, y)
    # A whole number under one root: equal to the comparison of all pairs to the last bit.
    return math.sqrt((x2 - x1) ** 2 + (y2 - y1) ** 2)


def end_points(x, y):
    """Find two pixels of a mask with the largest distance between them.

    Only the outermost pixels of each row are compared: the two ends of the largest distance are
    corners of the convex hull, and a corner is outermost in its row.

    Parameters
    ----------
    x, y : ndarray, shape (k,), int
        Column and row of each pixel, in any order; 0 to 32,000. At least one pixel.

    Returns
    -------
    tuple of (int, int), (x, y) of one end, (x, y) of the other
    """
    rows, first, last = (y, x, x) if len(x) <= _FEW_PIXELS else _outermost(x, y)
    # 32 bits are twice as fast as 64.
    rows, first, last = (part.astype(np.int32) for part in (rows, first, last))
    # The first pixel of one row against the last of another, both ways round: two first (or two
    # last) ones are never farther apart than that.
    squares = (first[:, np.newaxis] - last) ** 2
    squares += (rows[:, np.newaxis] - rows) ** 2
    i_first, i_last = divmod(int(squares.argmax()), len(rows))
    return (int(first[i_first]), int(rows[i_first])), (int(last[i_last]), int(rows[i_last]))


def _outermost(x, y):
    """Return ``rows, first, last``: first and last column of each row that has a pixel."""
    height = int(y.max()) + 1
    first, last = np.full(height, np.iinfo(x.dtype).max), np.full(height, -1)
    np.minimum.at(first, y, x)
    np.maximum.at(last, y, x)
    rows = np.flatnonzero(last >= 0)
    return rows, first[rows], last[rows]


def second_moments(x, y):
    """Return k**2 times the second central moments of k pixels: whole numbers.

    Parameters
    ----------
    x, y : ndarray, shape (k,), int, column and row of each pixel

    Returns
    -------
    xx, yy, xy : int, k**2 times the variance along x, along y, and the covariance [pixel**2]
    """
    n = len(x)
    sum_x, sum_y = int(x.sum()), int(y.sum())
    xx = n * int(np.dot(x, x)) - sum_x**2
    yy = n * int(np.dot(y, y)) - sum_y**2
    xy = n * int(np.dot(x, y)) - sum_x * sum_y
    return xx, yy, xy


def axis_angle(xx, yy, xy):
    """Return the position angle of the long axis of pixels with given second moments.

    Parameters
    ----------
    xx, yy, xy : int or float, second central moments, in any common unit

    Returns
    -------
    float
        Angle from the +x axis (columns) towards +y (rows) [deg], in [0, 180). NaN where no axis
        is longer: a single pixel, or pixels as wide as they are long.
    """
    if xx == yy and xy == 0:
        return float("nan")
    angle = np.rad2deg(0.5 * np.arctan2(2 * xy, xx - yy)) % 180
    # The modulo of a tiny negative angle rounds to 180 itself.
    return float(angle) if angle < 180 else 0.0


def axis_ratio_of(count, xx, yy, xy):
    """Return the short over the long axis of a set of pixels: the root of l2 / l1.

    l1 >= l2 are the eigenvalues of the second moments, as in SExtractor (Bertin & Arnouts 1996).
    Each pixel counts as a square, whose own variance is 1/12: a rectangle of 9 x 3 px has 1/3, a
    line of 9 px has 1/9.

    Parameters
    ----------
    count : int, number of pixels
    xx, yy, xy : int, of `second_moments`

    Returns
    -------
    float, above 0 to 1; NaN for fewer than two pixels, as of their length
    """
    if count < 2:
        return float("nan")
    total = xx + yy + count**2 / 6
    difference = math.hypot(xx - yy, 2 * xy)
    return math.sqrt((total - difference) / (total + difference))


def elongation_of(xx, yy, xy):
    """Return the elongation (l1 - l2) / (l1 + l2), l1 >= l2 the eigenvalues of the moments.

    It is 0 for a round set, 1 for a straight line, and does not depend on the position angle.

    Parameters
    ----------
    xx, yy, xy : ndarray, any shape, int, second central moments, in any common unit

    Returns
    -------
    ndarray, float, NaN where all moments vanish (no pixel, one pixel)
    """
    xx, yy, xy = (np.asarray(moment, dtype=float) for moment in (xx, yy, xy))
    with np.errstate(invalid="ignore"):
        return np.sqrt((xx - yy) ** 2 + 4 * xy**2) / (xx + yy)
