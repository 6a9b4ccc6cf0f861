"""Bar lengths from pixels to arcsec, kpc/h and the length relative to the galaxy.

All lengths are tip to tip, as seen on the sky (not deprojected).
"""

from functools import lru_cache

import numpy as np
from astropy.cosmology import FlatLambdaCDM

#: Side of a pixel of the 424 px images of Galaxy Zoo 2 [petroR90_r]; Willett et al. 2013, MNRAS
#: 435, 2835: the images are scaled to 0.02 petroR90_r arcsec per pixel.
PETROR90_PER_PIXEL = 0.02

#: ``length_scaled`` of the catalogue of Hoyle et al. 2011 over length / petroR90_r. No publication
#: states it: inferred by comparing the catalogue with independent sizes of its galaxies.
SCALED_PER_PETROR90 = 0.396


def arcsec_from_pixels(length_px, petror90):
    """Convert lengths from pixels to arcsec on the sky.

    Parameters
    ----------
    length_px : array_like, float [pixel of the 424 px image]; NaN stays NaN
    petror90 : array_like, float
        Petrosian radius of the galaxy that holds 90 % of its r light [arcsec].

    Returns
    -------
    ndarray, float [arcsec], NaN where a radius is unknown (NaN or not above 0)
    """
    petror90 = np.asarray(petror90, dtype=float)
    valid_petror90 = np.where(petror90 > 0, petror90, np.nan)
    return np.asarray(length_px, dtype=float) * PETROR90_PER_PIXEL * valid_petror90


def scaled_from_pixels(length_px):
    """Scale lengths by galaxy size, as ``length_scaled`` of Hoyle et al. 2011.

    Parameters
    ----------
    length_px : array_like, float [pixel of the 424 px image]; NaN stays NaN

    Returns
    -------
    ndarray, float, dimensionless (no radius enters: the images are scaled by the same radius)
    """
    return np.asarray(length_px, dtype=float) * PETROR90_PER_PIXEL * SCALED_PER_PETROR90


@lru_cache(maxsize=8)
def _cosmology(omega_m):
    """Return flat LCDM, made once: that takes a hundred times as long as a distance."""
    return FlatLambdaCDM(H0=100, Om0=omega_m)


def kpc_h_per_arcsec(redshift, omega_m):
    """Return the transverse proper size [kpc/h] of one arcsec at a redshift, in flat LCDM.

    `omega_m` is the matter density today, dimensionless; no radiation. NaN where the redshift is
    unknown (NaN or not above 0). ValueError if `omega_m` is outside (0, 1].
    """
    if not 0 < omega_m <= 1:
        raise ValueError(f"cosmology.omega_m is {omega_m}, expected a number above 0, at most 1")
    redshift = np.asarray(redshift, dtype=float)
    size = np.full(redshift.shape, np.nan)
    has_redshift = (redshift > 0) & np.isfinite(redshift)
    if has_redshift.any():
        # With H0 = 100 km/s/Mpc a distance in Mpc is one in Mpc/h.
        distance = _cosmology(omega_m).angular_diameter_distance(redshift[has_redshift])
        size[has_redshift] = distance.to_value("kpc") * np.deg2rad(1 / 3600)
    return size


def kpc_h_from_arcsec(length_arcsec, redshift, omega_m):
    """Convert lengths on the sky to projected lengths in the galaxy.

    Parameters
    ----------
    length_arcsec : array_like, float [arcsec]; NaN stays NaN
    redshift, omega_m : see `kpc_h_per_arcsec`, dimensionless

    Returns
    -------
    ndarray, float [kpc/h], NaN where the redshift is unknown
    """
    return np.asarray(length_arcsec, dtype=float) * kpc_h_per_arcsec(redshift, omega_m)


def add_physical_lengths(table, petror90, redshift, *, omega_m, hubble_constant):
    """Add lengths in arcsec, kpc/h, kpc and scaled to a copy of a table with ``length_px``.

    ``length_px`` is in pixels of the 424 px image, `petror90` in arcsec, `hubble_constant` in
    km/s/Mpc; NaN as in the conversions.
    """
    arcsec = arcsec_from_pixels(table["length_px"], petror90)
    kpc_h = kpc_h_from_arcsec(arcsec, redshift, omega_m)
    return table.assign(
        length_arcsec=arcsec,
        length_kpc_h=kpc_h,
        length_kpc=kpc_h / (hubble_constant / 100),
        length_scaled=scaled_from_pixels(table["length_px"]),
    )
