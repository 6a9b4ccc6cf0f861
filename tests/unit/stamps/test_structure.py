"""Sharpness of a galaxy's middle: by formula, falling with the PSF, and not moved by noise."""

import numpy as np
import pytest
from scipy import ndimage

from galbar.stamps.colours import radii
from galbar.stamps.structure import measure_structure

SIDE, STEP = 159, 8.48 / 159
RADIUS = radii(SIDE, STEP)
FINEST = 0.0375
PSFS = (0.05, 0.1, 0.2, 0.3, 0.45)


def draw_galaxy(psf):
    """Draw a disc with a bulge behind a Gaussian PSF, its full width at half maximum in petroR90.

    On pixels five times as fine, which the PSF blurs before they are averaged.
    """
    radius = radii(5 * SIDE, STEP / 5)
    light = np.exp(-radius / 0.3) + 5 * np.exp(-radius / 0.05)
    blurred = ndimage.gaussian_filter(light, psf / 2.3548 / (STEP / 5))
    return blurred.reshape(SIDE, 5, SIDE, 5).mean(axis=(1, 3))


def add_noise(light, level):
    return light + level * np.random.default_rng(4).standard_normal(light.shape)


@pytest.mark.parametrize("width", [0.06, 0.12, 0.25])
def test_sharpness_of_a_gaussian_is_that_of_the_formula(width):
    def blurred(factor):
        variance = width**2 + (factor * FINEST) ** 2
        return width**2 / variance * np.exp(-(RADIUS**2) / (2 * variance))

    fine, coarse = blurred(1) - blurred(2), blurred(2) - blurred(4)
    middle = RADIUS < 0.25
    expected = np.sqrt((fine[middle] ** 2).mean() / (coarse[middle] ** 2).mean())
    light = np.exp(-(RADIUS**2) / (2 * width**2))
    assert measure_structure(light, STEP).sharpness == pytest.approx(expected, rel=0.03)


def test_sharpness_falls_with_the_width_of_the_psf():
    sharpness = np.array([measure_structure(draw_galaxy(psf), STEP).sharpness for psf in PSFS])
    assert (sharpness[1:] < 0.95 * sharpness[:-1]).all()


def test_sharpness_does_not_depend_on_the_pixels():
    light = draw_galaxy(0.2)
    finer = ndimage.zoom(light, 2, order=3, grid_mode=True, mode="nearest")
    expected = measure_structure(light, STEP).sharpness
    assert measure_structure(finer, STEP / 2).sharpness == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("psf", PSFS)
def test_noise_does_not_make_an_image_sharp(psf):
    light = draw_galaxy(psf)
    clean, level = measure_structure(light, STEP), 0.02
    noisy = measure_structure(add_noise(light, level), STEP)
    assert noisy.sharpness == pytest.approx(clean.sharpness, rel=0.1)
    # White noise through a difference of Gaussians, by Parseval's theorem.
    first, second = 2 * FINEST / STEP, 4 * FINEST / STEP
    power = 1 / first**2 + 1 / second**2 - 4 / (first**2 + second**2)
    assert noisy.noise == pytest.approx(level * np.sqrt(power / (4 * np.pi)), rel=0.1)
    assert clean.noise < 0.01 * noisy.noise


def test_a_galaxy_that_the_noise_hides_has_no_sharpness():
    light = 0.01 * draw_galaxy(0.2)
    assert np.isnan(measure_structure(add_noise(light, 1.0), STEP).sharpness)
    # What rounding leaves of a flat image is no structure.
    for level in (0.0, 8.3):
        assert np.isnan(measure_structure(np.full((SIDE, SIDE), level), STEP).sharpness)


def test_noise_that_hides_fine_structure_alone_leaves_nothing_sharp():
    light, rng = np.exp(-(RADIUS**2) / (2 * 0.5**2)), np.random.default_rng(1)
    noisy = [light + 0.09 * rng.standard_normal(light.shape) for _ in range(20)]
    sharpness = np.array([measure_structure(image, STEP).sharpness for image in noisy])
    assert np.isfinite(sharpness).mean() > 0.8
    assert np.nanmin(sharpness) == 0
    assert np.nanmax(sharpness) < 0.5
