import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage

from galbar.io.images import centre_crop
from galbar.training.augmentation import Augmentation, change_images, draw_changes, plain_images

PUBLISHED = Augmentation(360, "reflect", True, True, 0.1, 0.2, (0.7, 1.3))
NOTHING = Augmentation(0, "reflect", False, False, 0, 0, None)


@pytest.fixture
def canvases():
    image = np.random.default_rng(3).random((4, 40, 44, 3))
    smooth = ndimage.gaussian_filter(image, (0, 2, 2, 0), mode="wrap")
    return np.uint8(255 * (smooth - smooth.min()) / np.ptp(smooth))


def change(canvases, changes, fill_mode="reflect", height=20, width=24):
    changes = tf.constant(changes, tf.float32)
    return change_images(canvases, changes, height=height, width=width, fill_mode=fill_mode).numpy()


def plain_change(canvas, row, height, width, mode):
    """One pixel after the other, as the docstring says, by SciPy."""
    angle, shift_y, shift_x, flip_x, flip_y, brightness = row
    y, x = np.indices((height, width))
    u = flip_x * (x - (width - 1) / 2) + shift_x * width
    v = flip_y * (y - (height - 1) / 2) + shift_y * height
    top, left = (canvas.shape[0] - height) // 2, (canvas.shape[1] - width) // 2
    x_in = left + (width - 1) / 2 + np.cos(angle) * u - np.sin(angle) * v
    y_in = top + (height - 1) / 2 + np.sin(angle) * u + np.cos(angle) * v
    channels = [
        ndimage.map_coordinates(canvas[..., c].astype(float), [y_in, x_in], order=1, mode=mode)
        for c in range(3)
    ]
    return np.clip(np.stack(channels, axis=-1) * brightness / 255, 0, 1)


@pytest.mark.parametrize("mode", ["reflect", "nearest"])
def test_equals_plain_resampling(canvases, mode):
    changes = draw_changes(PUBLISHED, 4, seed=7, epoch=2).numpy()
    found = change(canvases, changes, mode, height=40, width=44)
    wanted = [
        plain_change(canvas, row, 40, 44, mode)
        for canvas, row in zip(canvases, changes, strict=True)
    ]
    np.testing.assert_allclose(found, wanted, atol=2e-3)


def test_crop_is_resampled_once_from_the_whole_canvas(canvases):
    changes = draw_changes(PUBLISHED._replace(width_shift_range=0), 4, seed=7, epoch=2).numpy()
    found = change(canvases, changes)
    wanted = [
        plain_change(canvas, row, 20, 24, "reflect")
        for canvas, row in zip(canvases, changes, strict=True)
    ]
    np.testing.assert_allclose(found, wanted, atol=2e-3)
    # The corners of a turned crop come from the canvas, not from a reflection: the fill mode
    # makes no difference.
    np.testing.assert_array_equal(change(canvases[:1], changes[:1]), found[:1])
    small = np.float32([[np.pi / 4, 0, 0, 1, 1, 1]])
    np.testing.assert_array_equal(
        change(canvases[:1], small, "constant"), change(canvases[:1], small, "reflect")
    )


@pytest.mark.parametrize("shape", [(20, 24), (40, 44), (21, 23)])
def test_no_change_is_the_centre(canvases, shape):
    height, width = shape
    changes = draw_changes(NOTHING, 4, seed=1, epoch=0)
    wanted = centre_crop(canvases, height, width) / np.float32(255)
    np.testing.assert_allclose(
        change(canvases, changes, "nearest", height, width), wanted, atol=1e-6
    )
    found = plain_images(canvases, height=height, width=width)
    np.testing.assert_array_equal(found, wanted)


def test_flips_and_half_turn(canvases):
    centre = centre_crop(canvases[:1], 20, 24) / 255
    for row, wanted in (
        ([0, 0, 0, -1, 1, 1], centre[:, :, ::-1]),
        ([0, 0, 0, 1, -1, 1], centre[:, ::-1]),
        ([np.pi, 0, 0, 1, 1, 1], centre[:, ::-1, ::-1]),
    ):
        np.testing.assert_allclose(change(canvases[:1], [row]), wanted, atol=1e-4)


def test_rotation_turns_from_x_towards_y():
    canvas = np.zeros((1, 41, 41, 3), np.uint8)
    canvas[0, 30, 20] = 255  # 10 px from the centre along +y
    found = change(canvas, [[np.pi / 2, 0, 0, 1, 1, 1]], height=41, width=41)
    # The result at +x shows the canvas at +x turned towards +y.
    assert np.unravel_index(found[0, ..., 0].argmax(), (41, 41)) == (20, 30)


def test_brightness_is_a_factor_clipped_at_white(canvases):
    plain = change(canvases, [[0, 0, 0, 1, 1, 1.0]] * 4)
    bright = change(canvases, [[0, 0, 0, 1, 1, 1.3]] * 4)
    np.testing.assert_allclose(bright, np.minimum(1, 1.3 * plain), atol=1e-6)
    assert bright.max() == 1


COLOURS = PUBLISHED._replace(
    saturation_range=(0.0, 1.2), gamma_range=(0.5, 2.0), background_range=(0.02, 0.1)
)


def test_colours_change_as_plain_numpy(canvases):
    changes = draw_changes(COLOURS, 4, seed=7, epoch=2).numpy()
    plain = change(canvases, changes[:, :6]).astype(float)
    grey = plain @ [0.2989, 0.587, 0.114]
    saturation, gamma, background = changes[:, 6:, None, None, None].transpose(1, 0, 2, 3, 4)
    wanted = np.clip(grey[..., None] * (1 - saturation) + saturation * plain, 0, 1) ** gamma
    wanted = background + (1 - background) * wanted
    np.testing.assert_allclose(change(canvases, changes), wanted, atol=1e-5)


def test_colours_leave_the_other_changes_as_they_are():
    plain = draw_changes(PUBLISHED, 40, seed=7, epoch=2).numpy()
    coloured = draw_changes(COLOURS, 40, seed=7, epoch=2).numpy()
    np.testing.assert_array_equal(coloured[:, :6], plain)
    # One range alone leaves the others' columns without effect.
    grey = draw_changes(PUBLISHED._replace(saturation_range=(0, 0)), 4, seed=7, epoch=2).numpy()
    np.testing.assert_array_equal(grey[:, 6:], [[0, 1, 0]] * 4)


def test_grey_images_have_three_equal_planes(canvases):
    images = change(canvases, [[0, 0, 0, 1, 1, 1, 0, 1, 0]] * 4)
    np.testing.assert_allclose(images[..., 0], images[..., 2], atol=1e-6)


def test_draws_of_colours_are_in_their_ranges():
    saturation, gamma, background = draw_changes(COLOURS, 4000, seed=1, epoch=0).numpy()[:, 6:].T
    for values, low, high in (
        (saturation, 0, 1.2),
        (np.log(gamma), np.log(0.5), np.log(2)),
        (background, 0.02, 0.1),
    ):
        assert low - 1e-6 <= values.min() < low + 0.01 * (high - low)
        assert high - 0.01 * (high - low) < values.max() <= high + 1e-6
        assert values.mean() == pytest.approx((low + high) / 2, abs=0.03 * (high - low))
    assert np.abs(np.corrcoef([saturation, gamma, background]) - np.eye(3)).max() < 0.06


def test_draws_are_in_their_ranges():
    angle, shift_y, shift_x, flip_x, flip_y, brightness = (
        draw_changes(PUBLISHED, 4000, seed=1, epoch=0).numpy().T
    )
    for values, low, high in (
        (angle, -2 * np.pi, 2 * np.pi),
        (shift_y, -0.2, 0.2),
        (shift_x, -0.1, 0.1),
        (brightness, 0.7, 1.3),
    ):
        assert low <= values.min() < low + 0.01 * (high - low)
        assert high - 0.01 * (high - low) < values.max() <= high
        assert values.mean() == pytest.approx((low + high) / 2, abs=0.03 * (high - low))
    for flips in (flip_x, flip_y):
        assert set(flips) == {-1, 1}
        assert abs(flips.mean()) < 0.06
    assert abs(np.corrcoef(flip_x, flip_y)[0, 1]) < 0.06


def test_nothing_is_drawn_without_ranges():
    found = draw_changes(NOTHING, 5, seed=1, epoch=3).numpy()
    np.testing.assert_array_equal(found, [[0, 0, 0, 1, 1, 1]] * 5)


def test_draws_depend_on_seed_epoch_and_galaxy_only(canvases):
    first = draw_changes(PUBLISHED, 4, seed=5, epoch=1)
    np.testing.assert_array_equal(first, draw_changes(PUBLISHED, 4, seed=5, epoch=1))
    for seed, epoch in ((5, 2), (6, 1), (1, 5)):
        other = draw_changes(PUBLISHED, 4, seed=seed, epoch=epoch)
        assert not np.any(first.numpy()[:, 0] == other.numpy()[:, 0])
    assert len(np.unique(first.numpy()[:, 0])) == 4
    # One by one, in another order, or as a batch.
    together = change(canvases, first)
    for row in (3, 0, 2, 1):
        alone = change(canvases[row : row + 1], first[row : row + 1])
        np.testing.assert_array_equal(alone[0], together[row])


def test_unknown_fill_mode_is_refused(canvases):
    with pytest.raises(ValueError, match="fill_mode is 'mirror', expected one of reflect"):
        change(canvases, [[0, 0, 0, 1, 1, 1]] * 4, "mirror")
