"""Light in the bands g, r, i (in this order everywhere): fluxes, colours, and adding to images."""

import numpy as np

ZERO_POINT = 22.5
"""Magnitude of one nanomaggie, the flux unit of SDSS images."""


def band_fluxes(magnitude, colour):
    """Return fluxes in g, r, i [nanomaggies] for an r magnitude and colours (g - r, r - i)."""
    magnitudes = magnitude + np.array([colour[0], 0.0, -colour[1]])
    return 10 ** (0.4 * (ZERO_POINT - magnitudes))


def add_image(light, image, colour, window=None):
    """Add ``image`` [nanomaggies in r per pixel] in the bands to ``light`` (3, ny, nx), in place.

    ``colour`` is (g - r, r - i). ``window``, of two slices, is the part of ``light`` that ``image``
    covers, all of it by default.
    """
    fluxes = band_fluxes(ZERO_POINT, colour).astype(np.float32)[:, None, None]
    part = light if window is None else light[:, *window]
    part += fluxes * image.astype(np.float32, copy=False)


def add_flux(light, image, flux, colour, window=None):
    """Add ``image``, scaled to a total r flux [nanomaggies], as `add_image`; nothing if dark."""
    total = float(image.sum())
    if total > 0:
        add_image(light, image * (flux / total), colour, window)
