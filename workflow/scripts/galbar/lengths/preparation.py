"""A heat map before it is masked: positive part, smoothed, times the image, scaled to 0 to 1.

The steps in their order: `positive_part`, `smooth`, `multiply_image`, `normalise` (`prepare_map`
runs them). All of it is done in float64 on the float32 values of the stored map, and thresholds are
compared in float64. That matters: ``float32_array > float`` compares in float32 with numpy 2, which
decides ties differently for half of the thresholds.
"""

import numpy as np
from scipy import ndimage

from galbar.attribution.heatmap_files import KINDS, normalise


def positive_part(heatmap, kind):
    """Make a heat map non-negative: where the output rises, not where it falls.

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
    """Convolve a heat map with a Gaussian, extending the outermost pixels beyond the edge.

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
    """Take the positive part of a heat map and smooth it, as `prepare_map` does.

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
    """Multiply a smoothed map by the image and normalise it, as `prepare_map` does.

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
