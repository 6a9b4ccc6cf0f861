"""petroR90 of analytic profiles."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import gammaincinv

from galbar.stamps.petrosian import measure_petror90

SIDE = 241


def sersic(radius, half_light, index):
    b = gammaincinv(2 * index, 0.5)
    return np.exp(-b * ((radius / half_light) ** (1 / index) - 1))


def expected_petror90(half_light, index):
    """Return it by integrals over the profile."""

    def flux(radius):
        return quad(lambda r: 2 * np.pi * r * sersic(r, half_light, index), 0, radius)[0]

    def ratio(radius):
        ring = flux(1.25 * radius) - flux(0.8 * radius)
        ring /= np.pi * (1.25**2 - 0.8**2) * radius**2
        return ring / (flux(radius) / (np.pi * radius**2)) - 0.2

    petrosian = brentq(ratio, 0.3 * half_light, 6 * half_light)
    total = flux(2 * petrosian)
    return brentq(lambda r: flux(r) - 0.9 * total, 0.1 * half_light, 2 * petrosian)


def galaxy(half_light, index, axis_ratio=1.0, sky=0.0, noise=0.0):
    offset = np.arange(SIDE) - (SIDE - 1) / 2
    radius = np.hypot(offset, offset[:, None] / axis_ratio)
    image = sersic(radius, half_light, index) + sky
    return image + noise * np.random.default_rng(1).standard_normal(image.shape)


@pytest.mark.parametrize(("half_light", "index"), [(12, 1.0), (20, 1.0), (9, 2.0)])
@pytest.mark.parametrize("sky", [0.0, 700.0])
def test_it_is_that_of_the_integrals(half_light, index, sky):
    found = measure_petror90(galaxy(half_light, index, sky=sky, noise=0.01))
    assert found == pytest.approx(expected_petror90(half_light, index), rel=0.04)


def test_it_does_not_depend_on_the_unit():
    image = galaxy(15, 1.0, axis_ratio=0.6, sky=3, noise=0.01)
    assert measure_petror90(1e-9 * image) == pytest.approx(measure_petror90(image), rel=1e-3)


def test_neighbours_and_gaps_do_not_count():
    image = galaxy(14, 1.0, noise=0.01)
    alone = measure_petror90(image)
    offset = np.arange(SIDE)
    image += 30 * np.exp(-0.5 * (np.hypot(offset - 200, offset[:, None] - 60) / 3) ** 2)
    image[120:125, 130:150] = np.nan
    image[:30] = np.nan
    assert measure_petror90(image) == pytest.approx(alone, rel=0.03)


def test_what_cannot_be_measured_is_said():
    noise = np.random.default_rng(2).standard_normal((SIDE, SIDE))
    with pytest.raises(ValueError, match="nothing is brighter than the sky there"):
        measure_petror90(noise)
    with pytest.raises(ValueError, match="no Petrosian radius within the image"):
        measure_petror90(galaxy(120, 1.0, noise=0.001))
    # Of a galaxy that fills the image a size can be had, which is too small, or none.
    image = galaxy(50, 1.0, noise=0.001)
    assert measure_petror90(image) < 0.9 * expected_petror90(50, 1.0)
    with pytest.raises(ValueError, match="no Petrosian radius within the image"):
        measure_petror90(image, whole=True)
    with pytest.raises(ValueError, match="there is no sky around it"):
        measure_petror90(np.full((SIDE, SIDE), np.nan))
