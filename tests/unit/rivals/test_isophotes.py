"""Ellipses on analytic galaxies: a bar of constant ellipticity with a sharp end in a round disc."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from galbar.rivals.bar_ends import NO_ISOPHOTES, NO_MAXIMUM, OK, find_bar_ends, turn
from galbar.rivals.ellipse_table import measure_ellipses
from galbar.rivals.isophotes import BLOCK, first_angle, fit_isophotes, light_for_fits
from galbar.stamps.colours import SOFTENING, STRETCH, asinh_colours

SIDE = 424
SEMI_MAJOR, AXIS_RATIO = 40.0, 0.4


def draw(angle=None, semi_major=SEMI_MAJOR):
    """Light (424, 424) of an exponential disc, with a bar at an angle [degree]."""
    y, x = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    light = 0.3 * np.exp(-np.hypot(x, y) / 25)
    if angle is not None:
        along, across = np.deg2rad(angle), np.deg2rad(angle + 90)
        u, v = (x * np.cos(a) + y * np.sin(a) for a in (along, across))
        radius = np.hypot(u, v / AXIS_RATIO)
        light += np.where(radius < semi_major, np.exp(-radius / 20), 0)
    return light


def as_pixels(light):
    return asinh_colours(np.stack(3 * [light]), STRETCH, SOFTENING)


def measure(light):
    return find_bar_ends(fit_isophotes(light_for_fits(as_pixels(light))))


@pytest.mark.parametrize("angle", [0, 37, 90, 128])
def test_a_bar_is_measured_at_any_angle(angle):
    """Isophotes are a tenth apart; the last before the end is the longest that is all bar."""
    bar = measure(draw(angle))
    assert bar.flag == OK
    assert 0.85 * 2 * SEMI_MAJOR < bar.length < 1.05 * 2 * SEMI_MAJOR
    assert bar.length < bar.length_at_drop < 1.35 * 2 * SEMI_MAJOR
    assert turn(bar.angle, angle) < 1
    # The round disc below makes the isophotes of the bar a little rounder.
    assert 0.45 < bar.ellipticity < 0.65


def test_fits_begin_along_the_bar_and_anywhere_in_round_or_no_light():
    for angle in (10.0, 90.0, 171.0):
        first = np.rad2deg(first_angle(light_for_fits(as_pixels(draw(angle)))))
        assert 0 <= first < 180
        assert turn(first, angle) < 2
    for light in (light_for_fits(as_pixels(draw())), np.zeros((106, 106))):
        assert 0 <= first_angle(light) < np.pi


def test_lengths_are_in_proportion_to_the_bar():
    short, long = (measure(draw(60, semi_major)).length for semi_major in (24, 48))
    assert long / short == pytest.approx(2, rel=0.12)


def test_a_quarter_turn_of_the_image_turns_the_angle_and_nothing_else():
    light = draw(25) + 0.002 * np.random.default_rng(3).standard_normal((SIDE, SIDE))
    bar, turned = measure(light), measure(np.rot90(light, -1))
    assert turned.length == pytest.approx(bar.length, rel=1e-6)
    assert turned.length_at_drop == pytest.approx(bar.length_at_drop, rel=1e-6)
    assert turn(turned.angle, bar.angle) == pytest.approx(90, abs=0.5)


def test_isophotes_do_not_depend_on_the_scale_of_brightness():
    """Within a linear factor: what differs between surveys and exposures."""
    light = light_for_fits(as_pixels(draw(70)))
    bar, brighter = (find_bar_ends(fit_isophotes(factor * light)) for factor in (1, 7))
    assert bar.flag == OK
    assert brighter[:4] == pytest.approx(bar[:4], rel=1e-5)


def test_a_disc_without_a_bar_has_no_length():
    bar = measure(draw())
    assert bar.flag == NO_MAXIMUM
    assert np.isnan([bar.length, bar.length_at_drop]).all()


@pytest.mark.parametrize("pixels", ["flat", "noise"])
def test_an_image_without_isophotes_says_so(pixels):
    noise = np.random.default_rng(1).integers(0, 255, (SIDE, SIDE, 3))
    image = np.full((SIDE, SIDE, 3), 80) if pixels == "flat" else noise
    bar = find_bar_ends(fit_isophotes(light_for_fits(image.astype(np.uint8))))
    assert bar.flag != OK
    assert np.isnan(bar[:4]).all()
    if pixels == "flat":
        assert bar.flag == NO_ISOPHOTES


def test_light_is_the_mean_of_blocks():
    pixels = as_pixels(draw(10))
    light = light_for_fits(pixels)
    assert light.shape == (SIDE // BLOCK, SIDE // BLOCK)
    middle = draw(10)[212:216, 212:216].mean()
    assert light[53, 53] == pytest.approx(middle, rel=0.02)


def test_the_table_has_a_row_for_every_galaxy(tmp_path):
    lights = {"bar": draw(37), "disc": draw()}
    for name, light in lights.items():
        Image.fromarray(as_pixels(light)).save(tmp_path / f"{name}.png")
    ids = [587722981736120347, 587722981736120349]
    catalogue = pd.DataFrame({"galaxy_id": ids, "image": ["bar.png", "disc.png"]})
    table = measure_ellipses(catalogue, tmp_path)
    assert table["galaxy_id"].tolist() == ids
    assert table["flag"].tolist() == [OK, NO_MAXIMUM]
    assert table["length_px"].notna().tolist() == [True, False]
    assert table.loc[0, "length_px"] == measure(draw(37)).length


def test_the_number_of_processes_changes_no_bit(tmp_path):
    for angle in (10, 70):
        Image.fromarray(as_pixels(draw(angle))).save(tmp_path / f"{angle}.png")
    catalogue = pd.DataFrame({"galaxy_id": [1, 2], "image": ["10.png", "70.png"]})
    alone, together = (measure_ellipses(catalogue, tmp_path, number) for number in (1, 2))
    pd.testing.assert_frame_equal(alone, together, check_exact=True)
    assert (alone["flag"] == OK).all()
