"""Structure in the middle of a galaxy, and the noise on it: how sharp its light is.

No star is needed, and no model of the PSF.
"""

from typing import NamedTuple

import numpy as np
from scipy import ndimage
from scipy.stats import median_abs_deviation

from galbar.stamps.colours import CENTRE, SKY_FROM, radii

# Standard deviation of the finest of three Gaussians, an octave apart, between which fine and
# coarse structure lies [petroR90]; none is below half a pixel, which is no Gaussian any more. Of
# the scales tried on the simulated survey these follow the PSF best.
_FINEST, _LEAST_PIXELS = 0.0375, 0.5

# Coarse structure that is less than so much of the mean light is rounding.
_LEAST_STRUCTURE = 1e-6

# Coarse structure that is less than so many times the noise tells nothing of the fine one.
_LEAST_CONTRAST = 2.0


class Structure(NamedTuple):
    """What `measure_structure` says of a galaxy.

    Attributes
    ----------
    sharpness : float
        Root of the mean square of fine over that of coarse structure, 0 where nothing fine is left;
        NaN where the noise hides both, or there is none.
    noise : float
        Standard deviation of the sky on the scale of coarse structure, in the unit of the light.
        Finer noise is the compression's: of the same sky JPEG leaves half of it.
    """

    sharpness: float
    noise: float


def measure_structure(light, step):
    """Compare fine structure with coarse structure in the middle of a galaxy.

    Differences of Gaussians an octave apart, (s, 2 s) and (2 s, 4 s) with s = 0.0375 petroR90, pick
    out structure of two sizes. Their mean squares within `galbar.stamps.colours.CENTRE`, less those
    of the sky's noise, are compared: a PSF takes the fine one away first.

    Parameters
    ----------
    light : ndarray, shape (side, side), float, proportional to the light, all finite
    step : float, of the pixels in petroR90

    Returns
    -------
    Structure
    """
    scale = max(_FINEST / step, _LEAST_PIXELS)
    levels = [ndimage.gaussian_filter(light, factor * scale) for factor in (1, 2, 4)]
    fine, coarse = levels[0] - levels[1], levels[1] - levels[2]
    radius = radii(len(light), step)
    middle, outside = radius < CENTRE, radius > SKY_FROM
    # Robust: other objects are in the sky, too.
    noise = [median_abs_deviation(plane[outside], scale="normal") for plane in (fine, coarse)]
    power = [
        np.mean(plane[middle] ** 2) - level**2
        for plane, level in zip((fine, coarse), noise, strict=True)
    ]
    least = max(_LEAST_CONTRAST * max(noise), _LEAST_STRUCTURE * abs(np.mean(light[middle])))
    is_hidden = power[1] <= least**2
    sharpness = np.nan if is_hidden else np.sqrt(max(power[0], 0.0) / power[1])
    return Structure(float(sharpness), float(noise[1]))
