"""Scales of the images: pixels, arcseconds, kpc/h and the catalogue's ``length_scaled``."""

from functools import lru_cache

import numpy as np

__all__ = [
    "PETRO_R90_PX",
    "PIXELS_PER_LENGTH_SCALED",
    "PIXEL_SCALE",
    "SIDE",
    "angular_diameter_distance",
    "physical_size",
    "pixels_to_kpc",
]

SIDE = 424
"""Side of the images [px]."""

PIXEL_SCALE = 0.396
"""Side of a pixel of the SDSS camera [arcsec]."""

_R90_PER_PIXEL = 0.02

PETRO_R90_PX = 1 / _R90_PER_PIXEL
"""petroR90 in every image [px] (Willett et al. 2013)."""

PIXELS_PER_LENGTH_SCALED = 1 / (_R90_PER_PIXEL * PIXEL_SCALE)
"""Pixels of the 424 px image per unit of the catalogue's ``length_scaled``.

``length_scaled`` behaves as the length in pixels of the camera over petroR90 in arcsec."""

_ARCSEC_PER_RADIAN = 206264.806


@lru_cache(maxsize=1)
def _cosmology():
    # Imported here, because it takes a good part of a second.
    from astropy.cosmology import FlatLambdaCDM

    return FlatLambdaCDM(H0=100, Om0=0.3)


def angular_diameter_distance(redshift):
    """Angular diameter distance in flat LCDM with Omega_m = 0.3 [kpc/h].

    Parameters
    ----------
    redshift : float or array_like

    Returns
    -------
    float or ndarray
    """
    return 1000 * _cosmology().angular_diameter_distance(redshift).value


def pixels_to_kpc(length, petror90, redshift):
    """Length in the 424 px image [px] as a length at the galaxy's distance [kpc/h].

    Parameters
    ----------
    length : float or array_like
        [px]
    petror90 : float or array_like
        [arcsec]
    redshift : float or array_like
    """
    arcsec = np.asarray(length) * _R90_PER_PIXEL * np.asarray(petror90)
    return arcsec / _ARCSEC_PER_RADIAN * angular_diameter_distance(redshift)


def physical_size(petror90, redshift):
    """Length of a bar with ``length_scaled`` = 1 [kpc/h]; arguments as in `pixels_to_kpc`."""
    return pixels_to_kpc(PIXELS_PER_LENGTH_SCALED, petror90, redshift)
