"""How well a galaxy of the simulated survey can be seen: PSF, and light against the sky's noise."""

import numpy as np

from galbar.survey.light import band_fluxes
from galbar.survey.scales import PETRO_R90_PX, PIXEL_SCALE

# Of the bands g, r, i.
_R = 1
# Share of the Petrosian flux within petroR90, by its definition.
_FLUX_SHARE = 0.9


def describe_visibility(galaxy, sky, telescope):
    """Return how well a galaxy can be seen in r.

    Parameters
    ----------
    galaxy : galbar.survey.population.Galaxy
    sky : dict, of `galbar.survey.imaging.draw_sky`
    telescope : galbar.survey.imaging.Telescope

    Returns
    -------
    dict of float
        psf_fwhm_arcsec and psf_fwhm_px, the full width at half maximum of the PSF [arcsec; pixel
        of the 424 px image]; signal_to_noise, of `signal_to_noise`.
    """
    fwhm = float(sky["fwhm"][_R])
    level, noise = telescope.sky[_R], sky["noise"][_R]
    return {
        "psf_fwhm_arcsec": fwhm,
        "psf_fwhm_px": fwhm / galaxy.petror90 * PETRO_R90_PX,
        "signal_to_noise": signal_to_noise(galaxy.magnitude, galaxy.petror90, level, noise),
    }


def signal_to_noise(magnitude, petror90, sky, noise):
    """Return the signal to noise of the mean camera pixel within petroR90, in r.

    After Lotz, Primack & Madau (2004, AJ 128, 163), who average it over the pixels of a
    segmentation map; here of the mean pixel, by what a catalogue says of a galaxy: 0.9 of its
    Petrosian flux is within petroR90, and a pixel has the noise of the sky and of the photons of
    the galaxy.

    Parameters
    ----------
    magnitude, petror90 : float, Petrosian, in r; the radius in arcsec
    sky, noise : float, of the sky [nanomaggies per pixel of `PIXEL_SCALE`]

    Returns
    -------
    float
    """
    pixels = np.pi * (petror90 / PIXEL_SCALE) ** 2
    signal = _FLUX_SHARE * band_fluxes(magnitude, (0.0, 0.0))[_R] / pixels
    # The sky's noise is that of its photons, and the galaxy's are counted with them.
    return float(signal / (noise * np.sqrt(1 + signal / sky)))
