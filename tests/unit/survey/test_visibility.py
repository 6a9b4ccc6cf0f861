"""How well simulated galaxies can be seen: PSF and signal to noise."""

import numpy as np
import pytest

from galbar.survey.build import ROLES, draw_bands, draw_to_file
from galbar.survey.imaging import Telescope, add_noise
from galbar.survey.population import Population
from galbar.survey.visibility import describe_visibility, signal_to_noise


def test_signal_to_noise_is_that_of_pixels_of_uniform_light():
    """Pixels with the mean light of the aperture, and noise drawn as for an image."""
    petror90, magnitude = 8.0, 16.5
    telescope = Telescope()
    flux = 0.9 * 10 ** (0.4 * (22.5 - magnitude))
    light = np.zeros((3, 400, 400), np.float32)
    light[1] = flux / (np.pi * petror90**2) * 0.396**2
    sky = {"noise": np.array(telescope.noise), "offset": np.zeros(3)}
    observed = add_noise(light, sky, telescope, seed=3)[1]
    expected = light[1, 0, 0] / observed.std()
    measured = signal_to_noise(magnitude, petror90, telescope.sky[1], telescope.noise[1])
    assert measured == pytest.approx(expected, rel=0.01)
    # The galaxy's own photons are part of the noise: they count here.
    assert measured < 0.97 * light[1, 0, 0] / telescope.noise[1]


def test_the_psf_is_that_of_the_image(tmp_path):
    rng = np.random.default_rng([5, ROLES.index("catalogue"), 2])
    galaxy, sky, _ = draw_bands(rng, "catalogue", Population(), Telescope())
    task = ("catalogue", 2, tmp_path / "2.jpg")
    drawn, _, seen = draw_to_file(task, seed=5, settings=(Population(), Telescope(), 40))
    assert drawn == galaxy
    assert seen == describe_visibility(galaxy, sky, Telescope())
    assert seen["psf_fwhm_arcsec"] == sky["fwhm"][1]
    # 1 px of the image is 0.02 petroR90.
    arcsec = seen["psf_fwhm_px"] * 0.02 * galaxy.petror90
    assert arcsec == pytest.approx(seen["psf_fwhm_arcsec"])
