"""Resample an image onto a stamp: the mean surface brightness in each of its pixels."""

import numpy as np
from scipy import ndimage

# Pixels around those that a stamp needs: as far as a cubic spline looks.
_MARGIN = 8

# Up to so many samples along a side of a stamp's pixel cubic splines pay; what more samples average
# is the same by linear interpolation, for a fifth of the time.
_FEW_SAMPLES = 2


def resample(planes, placement):
    """Resample the planes of an image onto a stamp.

    A stamp's pixel is the mean of samples a pixel of the image apart, or closer: larger pixels
    average, as a detector does, smaller ones interpolate. Surface brightness is conserved, so that
    the flux is what the sum says times the ratio of the pixels' areas.

    Parameters
    ----------
    planes : ndarray, shape (bands, ny, nx), float; not finite where nothing was measured
    placement : galbar.stamps.placement.Placement, of a stamp of ``side`` px

    Returns
    -------
    ndarray, shape (bands, side, side), float32, per pixel of the image; NaN where less than half
        of a pixel is covered by measured pixels
    """
    x, y, k, binning = placement
    side = len(x) // k
    if binning > 1:
        planes = _bin(planes, binning)
        x, y = ((at - (binning - 1) / 2) / binning for at in (x, y))
    columns, rows = _window(x, planes.shape[2]), _window(y, planes.shape[1])
    result = np.full((len(planes), side, side), np.nan, dtype=np.float32)
    if columns is None or rows is None:
        return result
    part = np.asarray(planes[:, rows, columns], dtype=np.float64)
    positions = np.array([y - rows.start, x - columns.start])
    # Half a pixel beyond the centres of the outermost pixels the image has an edge.
    inside = np.logical_and.reduce(
        [
            (at > -0.5) & (at < size - 0.5)
            for at, size in zip(positions, part.shape[1:], strict=True)
        ]
    )
    for band, plane in enumerate(part):
        values = _sample(plane, positions, order=3 if k <= _FEW_SAMPLES else 1)
        values[~inside] = np.nan
        result[band] = _block_means(values, side, k)
    return result


def _bin(planes, binning):
    """Average squares of pixels (bands, ny, nx), of the finite ones; a rest at the edge goes."""
    bands, ny, nx = planes.shape
    ny, nx = ny // binning, nx // binning
    part = planes[:, : ny * binning, : nx * binning]
    squares = part.reshape(bands, ny, binning, nx, binning)
    finite = np.isfinite(squares)
    total = np.where(finite, squares, 0.0).sum(axis=(2, 4))
    with np.errstate(invalid="ignore"):
        return total / finite.sum(axis=(2, 4))


def _window(positions, size):
    """Return the slice of an axis that holds the samples, None where they are all outside."""
    low, high = np.nanmin(positions), np.nanmax(positions)
    start, stop = max(0, int(low) - _MARGIN), min(size, int(high) + _MARGIN + 2)
    return slice(start, stop) if start < stop else None


def _sample(plane, positions, order):
    """Interpolate a plane by splines of an order; linearly, from finite pixels, if some are not."""
    finite = np.isfinite(plane)
    if finite.all():
        return ndimage.map_coordinates(plane, positions, order=order, mode="nearest")
    weight = ndimage.map_coordinates(finite.astype(float), positions, order=1, mode="nearest")
    filled = ndimage.map_coordinates(
        np.where(finite, plane, 0.0), positions, order=1, mode="nearest"
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(weight >= 0.5, filled / weight, np.nan)


def _block_means(values, side, k):
    """Average k x k samples; NaN where more than half of them are."""
    blocks = values.reshape(side, k, side, k).swapaxes(1, 2).reshape(side, side, k * k)
    covered = np.isfinite(blocks)
    count = covered.sum(axis=-1)
    total = np.where(covered, blocks, 0.0).sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(2 * count >= k * k, total / count, np.nan)
