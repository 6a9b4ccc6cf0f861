"""The pictures: telescope, colours, and their likeness to the real ones."""

import numpy as np
import pytest
from PIL import Image

from galbar.survey.build import draw_image
from galbar.survey.imaging import Telescope, compose_rgb, draw_sky, observe, with_pixels
from galbar.survey.population import Population
from tests.helpers.image_statistics import STATISTICS, image_statistics

PIXEL = 0.396


def sky_without_flaws(telescope):
    sky = draw_sky(np.random.default_rng(0), telescope)
    return sky | {"offset": np.zeros(3), "shift": np.zeros((3, 2))}


def test_point_becomes_the_psf_in_its_place():
    telescope, light = Telescope(), np.zeros((3, 81, 91), np.float32)
    light[:, 40, 50] = 1e5
    sky = sky_without_flaws(telescope)
    image = observe(light, sky, telescope, PIXEL, 1)
    y, x = np.indices(image[1].shape)
    for band in range(3):
        assert image[band].sum() == pytest.approx(1e5, rel=0.02)
        assert np.unravel_index(image[band].argmax(), image[band].shape) == (40, 50)
        radius = np.hypot(y - 40, x - 50)[image[band] > image[band].max() / 2].max() * PIXEL
        assert 2 * radius == pytest.approx(sky["fwhm"][band], abs=2 * PIXEL)


def test_empty_sky_has_the_noise_wanted():
    telescope = Telescope()
    sky = sky_without_flaws(telescope)
    image = observe(np.zeros((3, 200, 200), np.float32), sky, telescope, PIXEL, 2)
    for band in range(3):
        assert image[band].std() == pytest.approx(sky["noise"][band], rel=0.03)
        assert abs(image[band].mean()) < 5 * sky["noise"][band] / 200


def test_the_sky_is_as_deep_and_as_wrong_per_area_on_other_pixels():
    telescope = Telescope()
    sky = draw_sky(np.random.default_rng(0), telescope)
    wide, wide_telescope = with_pixels(sky, telescope, 2.0)
    # The mean of four pixels has half the noise of each, and the sum twice.
    np.testing.assert_allclose(wide["noise"], 2 * sky["noise"])
    np.testing.assert_allclose(wide["offset"], 4 * sky["offset"])
    np.testing.assert_allclose(wide_telescope.sky, 4 * np.array(telescope.sky))


def test_photon_noise_grows_with_light():
    telescope = Telescope()
    sky = sky_without_flaws(telescope)
    bright = observe(np.full((3, 200, 200), 5.0, np.float32), sky, telescope, PIXEL, 3)
    gain = telescope.sky[1] / sky["noise"][1] ** 2
    expected = np.sqrt((telescope.sky[1] + 5.0) / gain)
    assert bright[1, 60:140, 60:140].std() == pytest.approx(expected, rel=0.05)


def test_light_at_the_edge_does_not_come_back_on_the_other_side():
    telescope, light = Telescope(), np.zeros((3, 60, 60), np.float32)
    light[:, 30, 0] = 1e5
    image = observe(light, sky_without_flaws(telescope), telescope, PIXEL, 4)
    assert image[1, 30, 0] > 1000
    assert np.abs(image[1, :, -10:]).max() < 20


def test_red_is_i_and_blue_is_g():
    observed = np.zeros((3, 100, 100), np.float32)
    observed[2] = 1.0
    telescope = Telescope(frame_edge_share=0.0, trail_share=0.0)
    image = compose_rgb(observed, telescope, np.random.default_rng(0))
    assert image.shape == (424, 424, 3)
    assert image[..., 0].mean() > 4 * image[..., 2].mean() + 20


def test_picture_is_not_turned():
    observed = np.zeros((3, 106, 106), np.float32)
    observed[:, 20:24, 70:74] = 50.0
    telescope = Telescope(frame_edge_share=0.0, trail_share=0.0)
    image = compose_rgb(observed, telescope, np.random.default_rng(0))
    y, x = np.nonzero(image.mean(axis=2) > 128)
    assert (y.mean(), x.mean()) == (pytest.approx(87.5, abs=1), pytest.approx(287.5, abs=1))


def test_statistics_of_a_drawn_disc():
    image = np.full((424, 424, 3), 3, np.uint8)
    y, x = np.indices((424, 424))
    radius = np.hypot(y - 211.5, x - 211.5)
    image[radius <= 60] = (153, 103, 53)
    row = image_statistics([image]).iloc[0]
    assert row["background"] == 3
    assert row["noise"] == 0
    assert row["brightest"] == 153
    assert row["centre"] == 103
    assert row["red_minus_blue"] == 100
    assert row["half_light_radius"] == pytest.approx(60 / np.sqrt(2), abs=0.5)
    assert np.isnan(row["grain"])


def test_noise_and_grain_of_white_and_smooth_noise():
    rng = np.random.default_rng(5)
    white = rng.normal(100, 9, (424, 424, 1)) * np.ones(3)
    coarse = rng.normal(100, 9, (27, 27)).astype(np.float32)
    coarse = np.array(Image.fromarray(coarse).resize((424, 424), Image.Resampling.BICUBIC))
    table = image_statistics([white.astype(np.uint8), np.stack([coarse] * 3, -1).astype(np.uint8)])
    assert table["noise"][0] == pytest.approx(9, rel=0.05)
    assert abs(table["grain"][0]) < 0.05
    assert table["grain"][1] > 0.8


def test_bar_is_where_the_truth_says():
    # The light beside the galaxy's axis of symmetry, turned to the bar: second moments.
    angles = []
    for index in range(12):
        galaxy, image, _, _ = draw_image(3, "catalogue", index, Population(), Telescope(), 40)
        turn = np.deg2rad(galaxy.bar.angle)
        grey = image.astype(float).mean(axis=2)
        along, across = [], []
        for step in np.linspace(0.3, 0.8, 20) * galaxy.bar.length / 2:
            for sign in (-1, 1):
                for values, direction in ((along, turn), (across, turn + np.pi / 2)):
                    x = round(galaxy.x + sign * step * np.cos(direction))
                    y = round(galaxy.y + sign * step * np.sin(direction))
                    values.append(grey[y, x])
        angles.append(np.mean(along) > np.mean(across))
    assert np.mean(angles) > 0.9


def test_medians_lie_within_the_real_spread(real_data):
    paths = sorted((real_data / "kaggle_sample" / "images").glob("*.jpg"))
    real = image_statistics(np.array(Image.open(path)) for path in paths)
    simulated = image_statistics(
        draw_image(42, "training", index, Population(), Telescope(), 40)[1] for index in range(100)
    )
    low, middle, high = (real[list(STATISTICS)].quantile(share) for share in (0.05, 0.5, 0.95))
    found = simulated[list(STATISTICS)].median()
    assert found.between(low, high).all(), f"{found}\n{low}\n{high}"
    # Closer than that: nearer to the real median than a quarter of the real 5 to 95 % spread.
    assert ((found - middle).abs() < 0.25 * (high - low)).all(), f"{found}\n{middle}"
