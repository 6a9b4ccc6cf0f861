"""Petrosian size of a galaxy that no table gives one for.

petroR90 of SDSS (Strauss et al. 2002, AJ 124, 1810): the radius of a circle with 90 % of the flux
within two Petrosian radii; at the Petrosian radius the surface brightness, from 0.8 to 1.25 times
the radius, is a fifth of its mean within. Fluxes in circles are photutils' (exact areas).
"""

import warnings

import numpy as np
from astropy.stats import sigma_clipped_stats
from photutils.profiles import CurveOfGrowth
from photutils.segmentation import detect_sources
from photutils.utils.exceptions import NoDetectionsWarning

# Of the Petrosian ratio; where the flux ends, in Petrosian radii; the share within petroR90.
_RATIO, _END, _SHARE = 0.2, 2.0, 0.9

# Sources beside the galaxy: so far above the sky's noise, with so many pixels.
_THRESHOLD, _PIXELS = 2.0, 8

_STEPS = 120


def measure_petror90(plane, whole=False):
    """Measure petroR90 of the galaxy in the middle of an image.

    Other sources are left out, as far as they do not touch the galaxy.

    Parameters
    ----------
    plane : ndarray, shape (side, side), linear in the light; NaN where nothing was measured
    whole : bool
        Whether two Petrosian radii must be within the image: else its edges are no sky, and the
        radius comes out too small.

    Returns
    -------
    float [px]

    Raises
    ------
    ValueError : if there is no galaxy, or the image ends within it
    """
    sky, noise = measure_sky(plane)
    centre = (plane.shape[0] - 1) / 2
    excess = np.where(np.isfinite(plane), plane - sky, 0.0)
    mask = ~np.isfinite(plane) | _others(excess, noise)
    radii = np.geomspace(1.0, plane.shape[0] / 2, _STEPS)
    growth = CurveOfGrowth(excess, (centre, centre), radii, mask=mask)
    flux, area = growth.profile, growth.area
    radius = _petrosian_radius(radii, flux, area)
    if not radius * (_END if whole else 1.25) < radii[-1]:
        raise ValueError("its size cannot be measured: no Petrosian radius within the image")
    full = _without_gaps(radii, flux, area)
    end = min(_END * radius, radii[-1])
    total = np.interp(end, radii, full)
    within = radii <= end
    return float(np.interp(_SHARE * total, np.maximum.accumulate(full[within]), radii[within]))


def measure_sky(plane):
    """Return level and noise of the sky at the edges of an image (side, side).

    ValueError if there is too little of it.
    """
    margin = max(2, plane.shape[0] // 10)
    border = np.ones(plane.shape, dtype=bool)
    border[margin:-margin, margin:-margin] = False
    values = plane[border & np.isfinite(plane)]
    if len(values) < 20:
        raise ValueError("its size cannot be measured: there is no sky around it")
    _, level, noise = sigma_clipped_stats(values, sigma=3, maxiters=10)
    return level, noise


def _others(excess, noise):
    """Return a mask of the sources that do not contain the image's middle."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NoDetectionsWarning)
        sources = detect_sources(excess, _THRESHOLD * noise, n_pixels=_PIXELS)
    middle = tuple(size // 2 for size in excess.shape)
    if sources is None or sources.data[middle] == 0:
        raise ValueError("its size cannot be measured: nothing is brighter than the sky there")
    return (sources.data != 0) & (sources.data != sources.data[middle])


def _without_gaps(radii, flux, area):
    """Return the flux in circles: what is left out counts as the rest of its ring does."""
    rings = np.diff(area, prepend=0.0)
    brightness = np.divide(
        np.diff(flux, prepend=0.0), rings, out=np.zeros_like(flux), where=rings > 0
    )
    return np.cumsum(brightness * np.diff(np.pi * radii**2, prepend=0.0))


def _petrosian_radius(radii, flux, area):
    """Return the radius at which the Petrosian ratio falls below a fifth, or infinity."""
    inner, outer = 0.8 * radii, np.minimum(1.25 * radii, radii[-1])
    rings = [
        np.interp(outer, radii, values) - np.interp(inner, radii, values) for values in (flux, area)
    ]
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = (rings[0] / rings[1]) / (flux / area)
    # Within the PSF the ratio says nothing.
    below = np.flatnonzero((ratio < _RATIO) & (radii > 2))
    if not len(below) or below[0] == 0:
        return np.inf
    last = below[0]
    return float(
        np.interp(-_RATIO, [-ratio[last - 1], -ratio[last]], [radii[last - 1], radii[last]])
    )
