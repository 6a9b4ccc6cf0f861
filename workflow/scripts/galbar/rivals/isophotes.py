"""Ellipses fitted to the isophotes of a galaxy's image (Jedrzejewski 1987, by photutils).

The image is that of 424 px, not what networks see of it, whose pixels are coarser and whose frame
ends within long bars. Its colours are turned back into light; isophotes are the same on any scale
of brightness that keeps its order, so that nothing depends on how well that is known. Four by four
pixels are averaged: the images oversample the seeing, and a fit is quicker by three.
"""

import warnings
from typing import NamedTuple

import numpy as np
from astropy.utils.exceptions import AstropyUserWarning
from photutils.isophote import Ellipse, EllipseGeometry, IsophoteList

from galbar.lengths.geometry import axis_angle
from galbar.stamps.colours import SOFTENING, STRETCH, light_of_colours

# Pixels of the 424 px image that one pixel of the fit averages, along each axis.
BLOCK = 4
# Semi-major axes [px of the 424 px image]: from one pixel of the fit to 1.8 petroR90, each longer
# by a tenth than the last.
SMALLEST, LARGEST, STEP = 4, 90, 0.1
# Semi-major axes that fits begin with, the next where the last fails [px of the 424 px image].
_BEGINNINGS = (15, 30, 8)
# Their ellipticity; the position angle is that of the light within a radius [px of the 424 px
# image]. On an ellipse across a strong bar the light scatters so much that fits do not begin.
_FIRST_ELLIPTICITY = 0.4
_FIRST_RADIUS = 30
# Relative error of the gradient that fits stop at; photutils' 0.5 stops at many strong bars.
_LARGEST_GRADIENT_ERROR = 1.0
# photutils: converged, or the best of all iterations. The others repeat their neighbour's ellipse.
_FITTED = (0, 2)
# Rounding keeps photutils below 1: a fit up here has run away.
_FLATTEST = 0.9


class Isophotes(NamedTuple):
    """Ellipses of one galaxy, from the inside outwards; none where no fit succeeds.

    Each is (k,): ``semi_major`` axis [px of the 424 px image], ``ellipticity`` 1 - b/a, position
    ``angle`` [degree], 0 to 180, from +x (columns) towards +y (rows).
    """

    semi_major: np.ndarray
    ellipticity: np.ndarray
    angle: np.ndarray


def light_for_fits(pixels):
    """Return the light that isophotes are fitted to.

    Parameters
    ----------
    pixels : ndarray, shape (ny, nx, 3), uint8
        Of the 424 px image; ny and nx are multiples of `BLOCK`.

    Returns
    -------
    ndarray, shape (ny / BLOCK, nx / BLOCK), float64, mean of red, green and blue
    """
    light = light_of_colours(pixels, STRETCH, SOFTENING).mean(axis=0)
    ny, nx = light.shape
    return light.reshape(ny // BLOCK, BLOCK, nx // BLOCK, BLOCK).mean(axis=(1, 3))


def fit_isophotes(light):
    """Fit ellipses around the centre of the image.

    Parameters
    ----------
    light : ndarray, shape (ny, nx)
        From `light_for_fits`. The galaxy is in the middle, as in all images of Galaxy Zoo.

    Returns
    -------
    Isophotes
        Ellipses that photutils could not fit are left out.
    """
    angle = first_angle(light)
    for semi_major in _BEGINNINGS:
        fitted = _fit(light, semi_major / BLOCK, angle)
        if len(fitted):
            break
    is_fitted = np.isin(fitted.stop_code, _FITTED) & (fitted.eps < _FLATTEST)
    return Isophotes(
        semi_major=BLOCK * fitted.sma[is_fitted],
        ellipticity=fitted.eps[is_fitted],
        angle=np.rad2deg(fitted.pa[is_fitted]) % 180,
    )


def first_angle(light):
    """Return the position angle of the light in the middle of an image [rad], 0 to pi.

    That of its second moments, above the level at the edge of a circle; ``light`` as for
    `fit_isophotes`.
    """
    ny, nx = light.shape
    y, x = np.mgrid[:ny, :nx] - np.array([(ny - 1) / 2, (nx - 1) / 2])[:, np.newaxis, np.newaxis]
    radius = np.hypot(x, y) * BLOCK
    edge = np.median(light[np.abs(radius - _FIRST_RADIUS) < BLOCK])
    above = np.where(radius < _FIRST_RADIUS, np.maximum(light - edge, 0), 0)
    xx, yy, xy = ((above * product).sum() for product in (x * x, y * y, x * y))
    angle = axis_angle(xx, yy, xy)
    # Of round light no axis is longer: fits may begin with any.
    return 0.0 if np.isnan(angle) else np.deg2rad(angle)


def _fit(light, semi_major, angle):
    """Return photutils' isophotes, found from a first ellipse [pixel of the fit, rad]."""
    ny, nx = light.shape
    centre = (nx - 1) / 2, (ny - 1) / 2
    first = EllipseGeometry(*centre, semi_major, _FIRST_ELLIPTICITY, angle, astep=STEP)
    with warnings.catch_warnings():
        # That no fit was possible, which the caller sees; divisions by a gradient of 0.
        warnings.simplefilter("ignore", AstropyUserWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            return Ellipse(light, geometry=first).fit_image(
                sma0=semi_major,
                minsma=SMALLEST / BLOCK,
                maxsma=LARGEST / BLOCK,
                step=STEP,
                fix_center=True,
                maxgerr=_LARGEST_GRADIENT_ERROR,
            )
        except ValueError:
            # Without any gradient of the light photutils goes on with an ellipse of NaN.
            return IsophoteList([])
