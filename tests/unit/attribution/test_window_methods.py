"""Methods without noise: against analytic networks and plain loops."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage

from galbar.attribution import smoothgrad
from galbar.attribution.baseline import blurred
from galbar.attribution.keras_vis_cam import last_features
from galbar.attribution.methods.registry import METHODS
from galbar.attribution.occlusion import patch_positions
from galbar.attribution.window_method import turn, turn_back
from galbar.io.images import centre_crop
from tests.helpers.analytic_networks import linear_model

SIDE = 12
SHAPE = (SIDE, SIDE, 3)
GALAXY = 587722981736120347
SETTINGS = {"integration_steps": 5, "occlusion_patch": 5, "occlusion_stride": 3}
SETTINGS |= {"baseline_blur": 1.5, "batch_size": 4}
# Those that draw nothing.
QUIET = [name for name, method in METHODS.items() if not method.has_noise]
CAMS = ["gradcam", "gradcam_plus_plus", "layercam", "scorecam"]


def make(name, network, **changes):
    """Make a method with all the kinds that it has."""
    return METHODS[name].make(network, kinds=METHODS[name].kinds, **SETTINGS | changes)


def quadratic_model():
    """f(x) = sum of x**2 / 2, whose gradient is the image itself."""
    image = keras.Input(SHAPE)
    flat = keras.layers.Flatten()(image)
    return keras.Model(image, keras.ops.sum(keras.ops.square(flat), axis=1, keepdims=True) / 2)


@pytest.fixture(scope="module")
def network():
    """Build a small network with curved responses, whose head sees 6 x 6 px."""
    keras.utils.set_random_seed(3)
    image = keras.Input(SHAPE)
    x = keras.layers.Conv2D(5, 3, strides=2, padding="same", activation="silu")(image)
    x = keras.layers.Conv2D(4, 3, padding="same")(x)
    x = keras.layers.Activation("silu")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, keras.layers.Dense(1)(keras.layers.Dense(6, "silu")(x)))


@pytest.fixture
def canvas():
    return np.random.default_rng(1).random((17, 15, 3)).astype(np.float32)


@pytest.fixture
def window(canvas):
    return centre_crop(canvas, SIDE, SIDE)


def gradient_of(network, image):
    """Take one gradient (ny, nx, nc)."""
    image = tf.constant(image[np.newaxis], tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(image)
        output = network(image, training=False)
    return tape.gradient(output, image)[0].numpy()


def output_of(network, image):
    return float(network(image[np.newaxis].astype(np.float32), training=False)[0, 0])


def test_gradient_of_a_quadratic_network_is_the_image(canvas, window):
    maps = make("gradient", quadratic_model())(canvas, GALAXY)
    np.testing.assert_allclose(maps["absolute"], window.max(axis=-1), rtol=1e-6)
    np.testing.assert_allclose(maps["signed"], window.sum(axis=-1), rtol=1e-6)
    np.testing.assert_allclose(maps["gradient_input"], (window**2).sum(axis=-1), rtol=1e-5)


def test_gradient_is_smoothgrad_of_one_sample_without_noise(network, canvas):
    sampled = {"smooth_samples": 1, "smooth_noise": 0.0, "seed": 1, "batch_size": 1}
    kinds = METHODS["gradient"].kinds
    expected = smoothgrad.SmoothGrad(network, kinds=kinds, **sampled)(canvas, GALAXY)
    for kind, heatmap in make("gradient", network)(canvas, GALAXY).items():
        np.testing.assert_allclose(heatmap, expected[kind], rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("steps", [1, 6])
def test_integrated_gradients_of_a_linear_network(canvas, window, steps):
    """Weight times difference from the baseline, whatever the number of steps."""
    weights = np.random.default_rng(2).normal(size=SHAPE).astype(np.float32)
    method = make("integrated_gradients", linear_model(weights), integration_steps=steps)
    maps = method(canvas, GALAXY)
    products = weights * (window - ndimage.gaussian_filter(window, (1.5, 1.5, 0), mode="nearest"))
    np.testing.assert_allclose(maps["gradient_input"], products.sum(axis=-1), atol=1e-5)
    np.testing.assert_allclose(maps["absolute"], np.abs(products).max(axis=-1), atol=1e-5)


@pytest.mark.parametrize("symmetries", [False, True])
def test_integrated_gradients_are_complete(network, canvas, window, symmetries):
    """The map adds up to the difference of the outputs: exactly where gradients are linear."""
    (baseline,) = blurred(window[np.newaxis], 1.5)
    for model, steps, tolerance in ((quadratic_model(), 2, 1e-5), (network, 50, 1e-3)):
        method = make("integrated_gradients", model, integration_steps=steps, symmetries=symmetries)
        orientations = range(8) if symmetries else [0]
        falls = [
            output_of(model, turn(window, way)) - output_of(model, turn(baseline, way))
            for way in orientations
        ]
        total = method(canvas, GALAXY)["gradient_input"].sum(dtype=float)
        assert total == pytest.approx(np.mean(falls), rel=tolerance)


@pytest.mark.parametrize("batch_size", [1, 4, 99])
def test_integrated_gradients_equal_a_plain_loop(network, canvas, window, batch_size):
    (baseline,) = blurred(window[np.newaxis], 1.5)
    shares = (np.arange(5) + 0.5) / 5
    path = [baseline + share * (window - baseline) for share in shares]
    mean = np.mean([gradient_of(network, image) for image in path], axis=0)
    maps = make("integrated_gradients", network, batch_size=batch_size)(canvas, GALAXY)
    expected = (mean * (window - baseline)).sum(axis=-1)
    np.testing.assert_allclose(maps["gradient_input"], expected, atol=1e-5 * np.ptp(expected))


@pytest.mark.parametrize("batch_size", [1, 4, 99])
def test_occlusion_equals_a_plain_loop(network, canvas, window, batch_size):
    """Pixel by pixel over the patches that cover it; the last ones lie at the edge."""
    (baseline,) = blurred(window[np.newaxis], 1.5)
    falls = [[[] for _ in range(SIDE)] for _ in range(SIDE)]
    for top in (0, 3, 6, 7):
        for left in (0, 3, 6, 7):
            image = window.copy()
            image[top : top + 5, left : left + 5] = baseline[top : top + 5, left : left + 5]
            fall = output_of(network, window) - output_of(network, image)
            for y in range(top, top + 5):
                for x in range(left, left + 5):
                    falls[y][x].append(fall)
    maps = make("occlusion", network, batch_size=batch_size)(canvas, GALAXY)
    signed = np.array([[np.mean(pixel) for pixel in row] for row in falls])
    absolute = np.array([[np.mean(np.abs(pixel)) for pixel in row] for row in falls])
    assert (signed < 0).any()
    np.testing.assert_allclose(maps["signed"], signed, atol=1e-5 * np.ptp(signed))
    np.testing.assert_allclose(maps["absolute"], absolute, atol=1e-5 * np.ptp(signed))


def test_occlusion_of_single_pixels_is_weight_times_difference(canvas, window):
    weights = np.random.default_rng(2).normal(size=SHAPE).astype(np.float32)
    pixels = {"occlusion_patch": 1, "occlusion_stride": 1}
    maps = make("occlusion", linear_model(weights), **pixels)(canvas, GALAXY)
    (baseline,) = blurred(window[np.newaxis], 1.5)
    expected = (weights * (window - baseline)).sum(axis=-1)
    np.testing.assert_allclose(maps["signed"], expected, atol=2e-5)


@pytest.mark.parametrize(
    ("side", "patch", "stride", "expected"),
    [(12, 5, 3, [0, 3, 6, 7]), (12, 4, 4, [0, 4, 8]), (5, 5, 2, [0]), (6, 1, 1, list(range(6)))],
)
def test_patches_cover_the_image(side, patch, stride, expected):
    assert patch_positions(side, patch, stride) == expected


def test_the_baseline_keeps_what_is_the_same_everywhere_and_each_channel(window):
    flat = np.full((2, *SHAPE), [0.1, 0.5, 0.9], np.float32)
    np.testing.assert_allclose(blurred(flat, 3.0), flat, rtol=1e-6)
    both = blurred(np.stack([window, window[::-1]]), 2.0)
    assert both.dtype == np.float32
    np.testing.assert_allclose(both[1], both[0][::-1], atol=1e-6)


def features_of(network, window):
    """Return the head's features (6, 6, 4) of the window, and their gradient."""
    inner = keras.Model(network.inputs[0], last_features(network).output)
    features = inner(window[np.newaxis])
    with tf.GradientTape() as tape:
        tape.watch(features)
        output = network_head(network, features)
    return features[0].numpy().astype(float), tape.gradient(output, features)[0].numpy()


def network_head(network, features):
    """Run the layers after the features."""
    for layer in network.layers[network.layers.index(last_features(network)) + 1 :]:
        features = layer(features)
    return features


def plain_cam(name, network, window):
    """Do the same as the formulae of the papers say, in numpy; coarse, as the features are."""
    features, gradients = features_of(network, window)
    if name == "gradcam":
        weights = gradients.mean(axis=(0, 1))
    elif name == "layercam":
        weights = np.maximum(gradients, 0)
    elif name == "gradcam_plus_plus":
        alpha = gradients**2 / (2 * gradients**2 + gradients**3 * features.sum(axis=(0, 1)))
        alpha /= alpha.sum(axis=(0, 1))
        score = np.exp(output_of(network, window))
        weights = (alpha * np.maximum(score * gradients, 0)).sum(axis=(0, 1))
    else:
        weights = []
        for channel in np.moveaxis(features.astype(np.float32), -1, 0):
            mask = ndimage.zoom(channel, SIDE / len(channel), order=1, mode="nearest")
            mask = (mask - mask.min()) / (mask.max() - mask.min() + 1e-7)
            output = output_of(network, window * mask[..., np.newaxis])
            weights.append(1 / (1 + np.exp(-output)))
    return np.maximum((features * weights).sum(axis=-1), 0)


@pytest.mark.parametrize("name", CAMS)
def test_class_activation_maps_are_those_of_the_papers(network, canvas, window, name):
    coarse = plain_cam(name, network, window)
    assert np.ptp(coarse) > 0
    found = make(name, network)(canvas, GALAXY)
    assert list(found) == ["absolute"]
    # Each cell of 2 x 2 px keeps its place: between the centres of cells the map is linear.
    y, x = (np.indices((SIDE, SIDE)) - 0.5) / 2
    expected = ndimage.map_coordinates(coarse, [y, x], order=1, mode="nearest")
    np.testing.assert_allclose(found["absolute"], expected, atol=1e-4 * coarse.max())


def test_a_pooled_cell_stays_where_it_is():
    """A bright spot in the corner cell of 4 x 4: stretched maps would have it elsewhere."""
    image = keras.Input((16, 16, 1))
    pooled = keras.layers.AveragePooling2D(4)(image)
    total = keras.layers.GlobalAveragePooling2D()(pooled)
    canvas = np.zeros((16, 16, 1), np.float32)
    canvas[4:8, 8:12] = 1
    heatmap = make("gradcam", keras.Model(image, total))(canvas, GALAXY)["absolute"]
    centre = [np.average(axis, weights=heatmap) for axis in np.indices((16, 16))]
    assert centre == pytest.approx([5.5, 9.5], abs=1e-4)


def test_networks_without_maps_have_no_class_activation_map():
    with pytest.raises(ValueError, match="has no layer of maps, expected a convolution"):
        make("gradcam", linear_model(np.ones(SHAPE, np.float32)))


@pytest.mark.parametrize("way", range(8))
def test_windows_are_turned_as_samples_of_smoothgrad_are(window, way):
    number = tf.constant(way, tf.int64)
    np.testing.assert_array_equal(turn(window, way), smoothgrad.turn(window, number))
    np.testing.assert_array_equal(turn_back(turn(window, way), way), window)
    heatmap = window[..., 0]
    np.testing.assert_array_equal(turn_back(turn(heatmap, way), way), heatmap)


@pytest.mark.parametrize("name", QUIET)
def test_symmetries_average_over_eight_orientations(network, canvas, window, name):
    plain = make(name, network)
    turned = [
        {kind: turn_back(heatmap, way) for kind, heatmap in plain(turn(window, way), 1).items()}
        for way in range(8)
    ]
    found = make(name, network, symmetries=True)(canvas, GALAXY)
    for kind, heatmap in found.items():
        expected = np.mean([maps[kind] for maps in turned], axis=0)
        np.testing.assert_allclose(heatmap, expected, atol=2e-5 * np.abs(expected).max())
    # The network is not symmetric itself.
    assert not np.allclose(found["absolute"], turned[0]["absolute"], rtol=1e-2)


@pytest.mark.parametrize("symmetries", [False, True])
@pytest.mark.parametrize("name", QUIET)
def test_maps_are_the_same_bits_whatever_came_before(network, canvas, name, symmetries):
    first = make(name, network, symmetries=symmetries)
    expected = first(canvas, GALAXY)
    again = make(name, network, symmetries=symmetries)
    again(canvas[::-1], GALAXY + 1)
    for maps in (again(canvas, GALAXY), first(canvas, GALAXY)):
        for kind in METHODS[name].kinds:
            assert maps[kind].dtype == np.float32
            assert maps[kind].shape == (SIDE, SIDE)
            np.testing.assert_array_equal(maps[kind], expected[kind])


@pytest.mark.parametrize("name", sorted({*METHODS} - {"smoothgrad"}))
def test_symmetries_need_square_images(name):
    image = keras.Input((12, 10, 3))
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(2, 3)(image))
    sampled = {"smooth_samples": 2, "smooth_noise": 0.1, "seed": 1}
    with pytest.raises(ValueError, match=r"symmetries need square images.*\(12, 10\)"):
        make(name, keras.Model(image, keras.layers.Dense(1)(x)), symmetries=True, **sampled)


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("integrated_gradients", {"integration_steps": 0}, "heatmaps.integration_steps is 0"),
        ("integrated_gradients", {"batch_size": 0}, "heatmaps.batch_size is 0, expected 1 or more"),
        ("occlusion", {"occlusion_patch": 13}, "occlusion_patch is 13, expected 1 to 12"),
        ("occlusion", {"occlusion_stride": 6}, "occlusion_stride is 6, expected 1 to 5"),
        ("gradcam", {"kinds": ["signed"]}, "found signed, expected some of absolute: gradcam has"),
    ],
)
def test_settings_out_of_range_are_refused(network, name, changes, message):
    with pytest.raises(ValueError, match=message):
        METHODS[name].make(network, **{"kinds": ["absolute"]} | SETTINGS | changes)
