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

    `heatmap` is (ny, nx), any unit; an ``absolute`` map is returned as it is. ValueError if `kind`
    is none of `galbar.attribution.heatmap_files.KINDS`.
    """
    if kind not in KINDS:
        raise ValueError(f"heat map kind is {kind!r}, expected one of {', '.join(KINDS)}")
    heatmap = np.asarray(heatmap, dtype=float)
    return heatmap if kind == "absolute" else np.maximum(heatmap, 0.0)


def smooth(heatmap, sigma):
    """Convolve a heat map with a Gaussian, extending the outermost pixels beyond the edge.

    `heatmap` is (ny, nx), any unit; `sigma` is the standard deviation [pixel of the map], and 0
    leaves the map as it is. ValueError if `sigma` is negative or not finite.
    """
    if not 0 <= sigma < np.inf:
        raise ValueError(f"smoothing is {sigma}, expected a number of pixels, 0 or more")
    if sigma == 0:
        return heatmap
    return ndimage.gaussian_filter(heatmap, sigma, mode="nearest")


def multiply_image(heatmap, grey):
    """Multiply a heat map by the grey-scale image that the network saw (``xinput``).

    Both are (ny, nx), the map in any unit, the brightness `grey` from 0 to 1. ValueError if the
    shapes differ.
    """
    grey = np.asarray(grey, dtype=float)
    if grey.shape != heatmap.shape:
        raise ValueError(f"image has the shape {grey.shape}, the heat map {heatmap.shape}")
    return heatmap * grey


def prepare_map(heatmap, kind, smoothing=0.0, grey=None, renormalise=True):
    """Run all the steps before masking.

    `heatmap` is (ny, nx), as stored, not normalised, and `grey` is 0 to 1; `smoothing` is a
    standard deviation [pixel of the map]. `renormalise` scales the product with the image to 0 to
    1; False is the published order: normalise the map, multiply, leave the product as it is.
    Returns values from 0 to 1 (float64), all NaN where the map is flat or holds a value that is not
    finite. ValueError if it has not two axes.
    """
    return scale_map(smooth_positive(heatmap, kind, smoothing), grey, renormalise)


def smooth_positive(heatmap, kind, smoothing):
    """Take the positive part of a heat map and smooth it, as `prepare_map` does.

    Returns (ny, nx) of float64, all NaN where the map holds a value that is not finite.
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

    `values` are from `smooth_positive`, (ny, nx), and stay as they are.
    """
    if grey is None:
        return normalise(values)
    if renormalise:
        return normalise(multiply_image(values, grey))
    return multiply_image(normalise(values), grey)
