"""Colours of stamps: any survey's galaxies come out as bright as those of the training."""

import numpy as np
import pytest

from galbar.stamps.colours import (
    Light,
    asinh_colours,
    calibrate_colours,
    colour_stamp,
    light_of_colours,
    measure_light,
    radii,
)

SIDE, STEP = 159, 8.48 / 159


def test_colours_do_not_depend_on_brightness_until_they_saturate():
    colour = np.array([3.0, 2.0, 1.0])[:, None, None]
    faint = asinh_colours(0.05 * np.broadcast_to(colour, (3, 2, 2)), 0.5, 7.0)[0, 0].astype(float)
    bright = asinh_colours(0.5 * np.broadcast_to(colour, (3, 2, 2)), 0.5, 7.0)[0, 0].astype(float)
    np.testing.assert_allclose(faint / faint[0], bright / bright[0], atol=0.03)
    glaring = asinh_colours(1e9 * np.broadcast_to(colour, (3, 2, 2)), 0.5, 7.0)[0, 0]
    assert glaring.tolist() == [255, 255, 255]
    assert not asinh_colours(np.full((3, 2, 2), -1.0), 0.5, 7.0).any()


def test_light_of_colours_is_the_inverse():
    light = np.random.default_rng(1).uniform(0.02, 0.6, (3, 20, 20))
    pixels = asinh_colours(light, 0.5, 6.7)
    assert pixels.max() < 255
    # A byte is a step of 0.4 %, and the scale bends: more of what is bright.
    np.testing.assert_allclose(light_of_colours(pixels, 0.5, 6.7), light, rtol=0.03, atol=0.006)
    assert not light_of_colours(np.zeros((4, 4, 3), np.uint8), 0.5, 6.7).any()


def draw(rng, unit, sky, size=1.0):
    """Draw a galaxy in three bands, in units of a survey's own, on a sky."""
    radius = radii(SIDE, STEP)
    profile = np.exp(-radius / (0.35 * size))
    light = np.array([1.2, 1.0, 0.7])[:, None, None] * profile
    planes = light * np.asarray(unit)[:, None, None] + np.asarray(sky)[:, None, None]
    noise = 0.01 * np.asarray(unit)[:, None, None] * rng.standard_normal(planes.shape)
    return (planes + noise).astype(np.float32)


def test_sky_noise_and_brightness_are_measured():
    planes = draw(np.random.default_rng(1), [1, 10, 100], [5, -3, 1000])
    light = measure_light(planes, STEP)
    np.testing.assert_allclose((light.sky - [5, -3, 1000]) / [1, 10, 100], 0, atol=0.005)
    np.testing.assert_allclose(light.noise, [0.01, 0.1, 1.0], rtol=0.1)
    middle = np.exp(-radii(SIDE, STEP) / 0.35)[radii(SIDE, STEP) < 0.25].mean()
    np.testing.assert_allclose(light.brightness, middle * np.array([1.2, 10, 70]), rtol=0.02)


def test_a_neighbour_does_not_raise_the_sky():
    planes = draw(np.random.default_rng(1), [1, 1, 1], [0, 0, 0])
    planes[:, 10:30, 20:40] += 50
    assert np.abs(measure_light(planes, STEP).sky).max() < 0.005


def test_where_the_image_ends_within_the_galaxy_its_faintest_part_is_the_sky():
    planes = draw(np.random.default_rng(1), [1, 1, 1], [0, 0, 0])
    whole = measure_light(planes, STEP)
    planes[1, radii(SIDE, STEP) > 1.5] = np.nan
    light = measure_light(planes, STEP)
    assert np.isfinite([light.noise[0], light.noise[2]]).all()
    assert np.isnan(light.noise[1])
    assert 0 < light.sky[1] < 0.05
    assert light.brightness[1] == pytest.approx(whole.brightness[1], rel=0.1)


@pytest.mark.parametrize(("unit", "sky"), [([1, 1, 1], [0, 0, 0]), ([3e-9, 40, 7], [1e-9, 9, -2])])
def test_any_unit_gives_the_same_colours(unit, sky):
    rng = np.random.default_rng(2)
    reference = Light(np.full(3, 0.02), np.full(3, 0.02), np.array([0.5, 0.45, 0.3]))
    galaxies = [draw(np.random.default_rng(k), unit, sky) for k in range(5)]
    light = [measure_light(planes, STEP) for planes in galaxies]
    brightness = [each.brightness for each in light]
    # One of five that is broken, or no galaxy, moves a median only a little.
    colours = calibrate_colours([*brightness, [-1, np.nan, 3]], reference)
    stamp = colour_stamp(galaxies[0], light[0].sky, colours)
    linear = measure_light(light_of_colours(stamp, 0.5, 6.7), STEP)
    np.testing.assert_allclose(linear.brightness, reference.brightness, rtol=0.04)
    np.testing.assert_allclose(linear.sky, reference.sky, atol=0.004)
    again = calibrate_colours(np.array(brightness)[rng.permutation(5)], reference)
    np.testing.assert_array_equal(again.factor, colours.factor)


def test_galaxies_that_are_not_there_are_refused():
    reference = Light(*np.ones((3, 3)))
    with pytest.raises(ValueError, match="found none of 2 galaxies brighter than the sky"):
        calibrate_colours([[1, 1, -1], [np.nan, 1, 1]], reference)


def test_one_band_stays_grey():
    reference = Light(np.array([0.03, 0.02, 0.01]), np.full(3, 0.02), np.array([0.6, 0.5, 0.4]))
    planes = draw(np.random.default_rng(1), [40, 40, 40], [9, 9, 9])
    planes = np.repeat(planes[1:2], 3, axis=0)
    light = measure_light(planes, STEP)
    colours = calibrate_colours([light.brightness], reference)
    stamp = colour_stamp(planes, light.sky, colours)
    np.testing.assert_array_equal(stamp[..., 0], stamp[..., 2])
    linear = measure_light(light_of_colours(stamp, 0.5, 6.7), STEP)
    assert linear.brightness[0] == pytest.approx(0.5, rel=0.05)
