"""Curves of deletion and insertion of networks whose pixels are known to count or not."""

import numpy as np
import pytest

from galbar.heatmap_checks.controls import CONTROLS, centred_disc, control_maps
from galbar.heatmap_checks.faithfulness import (
    STEPS,
    altered_images,
    areas_under_curves,
    removal_order,
    without_bar,
)
from galbar.io.images import greyscale

SHAPE = (16, 16)


@pytest.fixture
def window():
    """Give an image of a dark sky with a bright bar."""
    image = np.full((*SHAPE, 3), 0.1, dtype=np.float32)
    image[7:9, 4:12] = 0.9
    return image


def bar_brightness(images):
    """Be a network that looks at the bar's pixels only."""
    return images[:, 7:9, 4:12].mean(axis=(1, 2, 3))


def test_pixels_go_in_the_order_of_the_map():
    heatmap = np.arange(256.0).reshape(SHAPE)
    step = removal_order(heatmap)
    assert (step.min(), step.max()) == (1, STEPS)
    assert np.bincount(step.ravel())[1:].tolist() == [16] * STEPS
    assert (step[-1] == 1).all()
    assert (step[0] == STEPS).all()


def test_a_flat_map_begins_at_the_edge():
    step = removal_order(np.zeros(SHAPE))
    assert step[0, 0] == 1
    assert step[7, 7] == STEPS


def test_curves_go_from_the_image_to_the_blurred_one_and_back(window):
    deleted, inserted = altered_images(window, np.random.default_rng(1).random(SHAPE))
    np.testing.assert_array_equal(deleted[0], window)
    np.testing.assert_array_equal(deleted[-1], without_bar(window))
    np.testing.assert_array_equal(inserted[0], without_bar(window))
    np.testing.assert_array_equal(inserted[-1], window)
    # Half-way each pixel is in one of the two.
    both = deleted[STEPS // 2] + inserted[STEPS // 2]
    np.testing.assert_allclose(both, window + without_bar(window), rtol=1e-6)


def test_areas_of_the_true_map_are_analytic(window):
    """All 16 pixels that count go in the first of 16 steps."""
    heatmap = np.zeros(SHAPE)
    heatmap[7:9, 4:12] = 1
    deletion, insertion = areas_under_curves(window, heatmap, bar_brightness)
    full, none = (bar_brightness(image[np.newaxis])[0] for image in (window, without_bar(window)))
    assert deletion == pytest.approx(none + (full - none) / (2 * STEPS), rel=1e-6)
    assert insertion == pytest.approx(full - (full - none) / (2 * STEPS), rel=1e-6)


def test_a_map_of_the_corner_is_worse_than_chance(window):
    corner = np.zeros(SHAPE)
    corner[:3, :3] = 1
    wrong = areas_under_curves(window, corner, bar_brightness)
    chance = np.mean(
        [
            areas_under_curves(window, np.random.default_rng(k).random(SHAPE), bar_brightness)
            for k in range(20)
        ],
        axis=0,
    )
    assert wrong[0] > chance[0]
    assert wrong[1] < chance[1]
    assert np.isnan(areas_under_curves(window, corner * np.nan, bar_brightness)).all()


def test_controls_are_of_the_galaxy_alone(window):
    controls = control_maps(587722981736120347, window, seed=42, crop=0.3)
    assert tuple(controls) == CONTROLS
    again = control_maps(587722981736120347, window, seed=42, crop=0.3)
    np.testing.assert_array_equal(controls["random"], again["random"])
    for galaxy, seed in ((587722981736120348, 42), (587722981736120347, 43)):
        changed = control_maps(galaxy, window, seed=seed, crop=0.3)["random"]
        assert not np.array_equal(controls["random"], changed)
    np.testing.assert_allclose(controls["image"], greyscale(window))


def test_the_disc_ends_at_petror90():
    """petroR90 is 50 px of the 424 px image (Willett et al. 2013)."""
    disc = centred_disc((424, 424), 424, 1.0)
    x = np.arange(424) - 211.5
    radius = np.hypot(x[:, np.newaxis], x)
    assert (disc[radius >= 50.01] == 0).all()
    assert (disc[radius < 49.9] > 0).all()
    np.testing.assert_allclose(disc[radius < 50], 1 - radius[radius < 50] / 50, atol=1e-3)
