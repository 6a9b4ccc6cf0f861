"""What else is in the sky around a galaxy: faint stars, small galaxies, bright stars."""

import numpy as np

from galbar.survey.light import add_flux, band_fluxes
from galbar.survey.profiles import add_profile, stamp_profile

# Objects per square arcminute brighter than r = 21.8, roughly, at high galactic latitude.
_STARS = 2.2
_GALAXIES = 3.2
_FAINTEST = 21.8
_BRIGHTEST = 14.5
# Share of images with a star so bright that its halo shows.
_BRIGHT_SHARE = 0.03


def add_point(light, x, y, fluxes):
    """Add a point source, its light shared between the four pixels around it, in place.

    ``light`` is (3, ny, nx), ``fluxes`` (3,), ``x`` and ``y`` in px; what lies outside is lost.
    """
    column, row = int(np.floor(x)), int(np.floor(y))
    right, up = x - column, y - row
    ny, nx = light.shape[1:]
    for j, share_y in ((row, 1 - up), (row + 1, up)):
        for i, share_x in ((column, 1 - right), (column + 1, right)):
            if 0 <= j < ny and 0 <= i < nx:
                light[:, j, i] += share_x * share_y * fluxes


def _magnitudes(rng, number, slope):
    """Draw magnitudes with counts growing as 10^(slope x magnitude)."""
    low, high = 10 ** (slope * _BRIGHTEST), 10 ** (slope * _FAINTEST)
    return np.log10(rng.uniform(low, high, number)) / slope


def _star_colour(rng):
    """Draw colours along the stellar locus: mostly red dwarfs, some blue turn-off stars."""
    if rng.random() < 0.45:
        g_r = rng.uniform(0.15, 0.8)
        return g_r, 0.42 * g_r - 0.02
    return rng.normal(1.38, 0.10), np.clip(rng.normal(0.75, 0.3), 0.45, 1.5)


def add_field(light, pixel_scale, rng):
    """Add stars and small galaxies at random positions to ``light``, in place.

    ``light`` is (3, ny, nx) [nanomaggies per pixel], ``pixel_scale`` in arcsec.
    """
    ny, nx = light.shape[1:]
    area = ny * nx * (pixel_scale / 60) ** 2
    for magnitude in _magnitudes(rng, rng.poisson(_STARS * area), 0.2):
        x, y = rng.uniform(0, nx), rng.uniform(0, ny)
        add_point(light, x, y, band_fluxes(magnitude, _star_colour(rng)))
    for magnitude in _magnitudes(rng, rng.poisson(_GALAXIES * area), 0.42):
        _add_small_galaxy(light, magnitude, pixel_scale, rng)
    if rng.random() < _BRIGHT_SHARE:
        angle, distance = rng.uniform(0, 2 * np.pi), rng.uniform(0.35, 0.65) * nx
        x, y = nx / 2 + distance * np.cos(angle), ny / 2 + distance * np.sin(angle)
        magnitude, turn = rng.uniform(11.0, 13.5), rng.uniform(0, 90)
        add_bright_star(light, x, y, magnitude, pixel_scale, turn)


def _add_small_galaxy(light, magnitude, pixel_scale, rng):
    ny, nx = light.shape[1:]
    radius = np.exp(rng.normal(0.0, 0.35)) * 10 ** (-0.13 * (magnitude - 20)) / pixel_scale
    x, y = rng.uniform(0, nx), rng.uniform(0, ny)
    # Its light is scaled to its magnitude, and the PSF hides the rest: no subsampling.
    window, image = stamp_profile(
        (ny, nx), "Exponential", x, y, extent=7 * radius, subsampling=False,
        PA=rng.uniform(0, 180), ell=rng.beta(2, 3) * 0.9, I_0=1.0, h=radius,
    )  # fmt: skip
    g_r = rng.normal(0.8, 0.35)
    add_flux(light, image, band_fluxes(magnitude, (0, 0))[1], (g_r, 0.25 + 0.25 * g_r), window)


def add_bright_star(light, x, y, magnitude, pixel_scale, turn=0.0):
    """Add a star with the halo and the diffraction spikes of a reflector, in place.

    ``light`` and ``pixel_scale`` are as in `add_field`; ``x`` and ``y`` [px] may lie outside the
    image, ``magnitude`` is in r. ``turn`` is the angle from +x to one of the four spikes [deg]; it
    follows the telescope's mount.
    """
    shape = light.shape[1:]
    fluxes = band_fluxes(magnitude, (0.6, 0.25))
    add_point(light, x, y, 0.92 * fluxes)
    halo, spikes = np.zeros(shape), np.zeros(shape)
    add_profile(
        halo, "Moffat", x, y, extent=60 / pixel_scale, PA=0.0, ell=0.0, I_0=1.0,
        fwhm=5 / pixel_scale, beta=1.8,
    )  # fmt: skip
    for spike in (turn, turn + 90.0):
        add_profile(
            spikes, "Exponential", x, y, extent=40 / pixel_scale, subsampling=False, PA=spike,
            ell=0.97, I_0=1.0, h=7 / pixel_scale,
        )  # fmt: skip
    # The halo is a reflection inside the camera, strongest in i.
    for image, share in ((halo, np.array([0.02, 0.025, 0.05])), (spikes, np.full(3, 0.008))):
        total = image.sum()
        if total > 0:
            light += ((fluxes * share) / total).astype(np.float32)[:, None, None] * image
