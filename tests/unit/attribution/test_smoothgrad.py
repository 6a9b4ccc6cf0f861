import hashlib
import json
import logging
import os
import signal

import h5py
import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from PIL import Image

import compute_class_heatmaps
import compute_heatmaps
import join_shards
import measure_lengths
from galbar.attribution.class_heatmaps import read_class_heatmaps
from galbar.attribution.heatmap_files import KINDS, normalise, open_heatmaps
from galbar.attribution.journal import HeatmapJournal
from galbar.attribution.methods.map_sets import MapSet
from galbar.attribution.methods.record import contradictions
from galbar.attribution.methods.registry import METHODS
from galbar.attribution.smoothgrad import (
    SmoothGrad,
    draw_noise,
    draw_shift,
    padded_window,
    turn,
    turn_back,
)
from galbar.catalogues.decision_tree import VOTE_COLUMNS
from galbar.io.decoded_images import write_decoded_images
from galbar.io.images import centre_crop, load_canvas, read_canvas
from galbar.jobs.sigterm import Interrupted, watch_for_interruption
from galbar.jobs.takeover import JobTakenOver, OutputOwnership
from galbar.networks.linear_output import load_for_saliency, load_linear, select_output
from tests.helpers.analytic_networks import linear_model

SHAPE = (12, 10, 3)
GALAXY = 587722981736120347
SETTINGS = {"smooth_samples": 7, "smooth_noise": 0.2, "seed": 42, "batch_size": 3}
# A mask of some pixels is found in any map, so that its length has an error.
WATCHED = {"criterion": "pearson", "kind": "absolute", "xinput": True, "smoothing": 0}
WATCHED |= {"corr_threshold": 0.85, "len_threshold": 10}
WATCHED |= {"elongation_threshold": None, "level_fraction": None}


def quadratic_model(shape=SHAPE):
    """f(x) = sum of x**2 / 2, whose gradient is the image itself."""
    image = keras.Input(shape)
    flat = keras.layers.Flatten()(image)
    return keras.Model(image, keras.ops.sum(keras.ops.square(flat), axis=1, keepdims=True) / 2)


def vote_model(path=None, shape=SHAPE, activation="sigmoid", outputs=37, seed=1):
    """Build a small network with a strided convolution and batch normalisation."""
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    network = keras.Sequential(
        [
            keras.Input(shape),
            layers.Conv2D(6, 3, strides=2, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("silu"),
            layers.Conv2D(8, 3, padding="same", activation="silu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(outputs, activation=activation),
        ]
    )
    if path is not None:
        network.save(path)
    return network


@pytest.fixture
def random():
    return np.random.default_rng(0)


@pytest.fixture
def canvas(random):
    return random.random((17, 20, 3)).astype(np.float32)


def plain_smoothgrad(network, canvas, galaxy, settings, jitter=0, antithetic=False):
    """Do the same sample by sample, in float64, with explicit loops over the pixels' places."""
    ny, nx, nc = network.input_shape[1:]
    region = padded_window(canvas, ny, nx, jitter)
    window = region[jitter : jitter + ny, jitter : jitter + nx]
    sigma = settings["smooth_noise"] * (window.max() - window.min())
    gradients = np.full((settings["smooth_samples"], ny, nx, nc), np.nan)
    for sample in range(settings["smooth_samples"]):
        key = (galaxy, settings["seed"], sample // 2 if antithetic else sample)
        sign = -1 if antithetic and sample % 2 else 1
        dy, dx = draw_shift(jitter, *key).numpy() if jitter else (0, 0)
        top, left = jitter + dy, jitter + dx
        noisy = region[top : top + ny, left : left + nx]
        noisy = noisy + sign * sigma * draw_noise((ny, nx, nc), *key)
        with tf.GradientTape() as tape:
            noisy = tf.constant(noisy)[tf.newaxis]
            tape.watch(noisy)
            output = network(noisy, training=False)
        gradient = tape.gradient(output, noisy)[0].numpy().astype(float)
        for y in range(ny):
            for x in range(nx):
                if 0 <= y + dy < ny and 0 <= x + dx < nx:
                    gradients[sample, y + dy, x + dx] = gradient[y, x]
    # NaN where a window did not cover a pixel.
    mean = np.nanmean(gradients, axis=0)
    return {
        "absolute": np.nanmean(np.abs(gradients), axis=0).max(axis=-1),
        "signed": mean.sum(axis=-1),
        "gradient_input": (mean * window).sum(axis=-1),
        "variance": np.nanvar(gradients, axis=0).max(axis=-1),
        "squared": np.nanmean(gradients**2, axis=0).max(axis=-1),
    }


def test_linear_network_gives_its_weights(random, canvas):
    weights = random.normal(size=SHAPE).astype(np.float32)
    maps = SmoothGrad(linear_model(weights), kinds=KINDS, **SETTINGS)(canvas, GALAXY)
    window = centre_crop(canvas, *SHAPE[:2])
    assert set(maps) == set(KINDS)
    assert all(image.dtype == np.float32 for image in maps.values())
    np.testing.assert_allclose(maps["absolute"], np.abs(weights).max(axis=-1), rtol=1e-6)
    np.testing.assert_allclose(maps["signed"], weights.sum(axis=-1), rtol=1e-5, atol=1e-6)
    expected = (weights * window).sum(axis=-1)
    np.testing.assert_allclose(maps["gradient_input"], expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(maps["squared"], (weights**2).max(axis=-1), rtol=1e-5)
    # Exactly: what is left of rounding would be measured as a bar.
    assert (maps["variance"] == 0).all()


@pytest.mark.parametrize("jitter", [0, 2])
def test_a_small_variance_beside_a_large_mean_is_kept(random, jitter):
    """The gradient of 1000 x + x**2 / 2 is 1000 + x: E[g^2] - E[g]^2 in float32 is off by 0.1."""
    image = keras.Input(SHAPE)
    flat = keras.layers.Flatten()(image)
    terms = 1000 * flat + keras.ops.square(flat) / 2
    network = keras.Model(image, keras.ops.sum(terms, axis=1, keepdims=True))
    settings = SETTINGS | {"smooth_samples": 40, "batch_size": 7, "jitter": jitter}
    canvas = random.random((12 + 2 * jitter, 10 + 2 * jitter, 3)).astype(np.float32)
    found = SmoothGrad(network, kinds=["variance"], **settings)(canvas, GALAXY)["variance"]
    expected = SmoothGrad(quadratic_model(), kinds=["variance"], **settings)(canvas, GALAXY)
    np.testing.assert_allclose(found, expected["variance"], rtol=0.01)


@pytest.mark.parametrize("added", [["variance"], ["squared"], ["squared", "variance"]])
def test_further_moments_change_no_bit_of_the_others(canvas, added):
    network = select_output(vote_model(activation="linear"), "Class3.1")
    kinds = ["absolute", "signed", "gradient_input"]
    few, many = (
        SmoothGrad(network, jitter=2, kinds=asked, **SETTINGS)(canvas, GALAXY)
        for asked in (kinds, [*added, *kinds])
    )
    assert list(many) == [*added, *kinds]
    for kind in kinds:
        np.testing.assert_array_equal(few[kind], many[kind], err_msg=kind)


def test_quadratic_network_gives_the_image_and_its_noise(canvas):
    maps = SmoothGrad(quadratic_model(), kinds=KINDS, **SETTINGS)(canvas, GALAXY)
    window = centre_crop(canvas, *SHAPE[:2])
    noise = np.stack([draw_noise(SHAPE, GALAXY, 42, sample) for sample in range(7)])
    inputs = window + 0.2 * (window.max() - window.min()) * noise
    expected = inputs.mean(axis=0).sum(axis=-1)
    np.testing.assert_allclose(maps["signed"], expected, rtol=1e-5, atol=1e-6)
    expected = np.abs(inputs).mean(axis=0).max(axis=-1)
    np.testing.assert_allclose(maps["absolute"], expected, rtol=1e-5)
    np.testing.assert_allclose(maps["variance"], inputs.var(axis=0).max(axis=-1), rtol=1e-4)


@pytest.mark.parametrize(("jitter", "batch_size"), [(0, 1), (0, 3), (0, 16), (2, 3), (2, 7)])
def test_equals_a_plain_loop(canvas, jitter, batch_size):
    network = select_output(vote_model(activation="linear"), "Class3.1")
    settings = SETTINGS | {"batch_size": batch_size}
    maps = SmoothGrad(network, jitter=jitter, kinds=KINDS, **settings)(canvas, GALAXY)
    expected = plain_smoothgrad(network, canvas, GALAXY, settings, jitter)
    for kind in KINDS:
        scale = np.abs(expected[kind]).max()
        np.testing.assert_allclose(maps[kind], expected[kind], atol=1e-5 * scale, err_msg=kind)


@pytest.mark.parametrize("jitter", [0, 2])
def test_antithetic_equals_a_plain_loop(canvas, jitter):
    network = select_output(vote_model(activation="linear"), "Class3.1")
    settings = SETTINGS | {"smooth_samples": 8}
    maps = SmoothGrad(network, jitter=jitter, antithetic=True, kinds=KINDS, **settings)
    expected = plain_smoothgrad(network, canvas, GALAXY, settings, jitter, antithetic=True)
    for kind, found in maps(canvas, GALAXY).items():
        scale = np.abs(expected[kind]).max()
        np.testing.assert_allclose(found, expected[kind], atol=1e-5 * scale, err_msg=kind)


def test_antithetic_noise_cancels_in_a_linear_gradient(canvas):
    """Of f = sum of x**2 / 2 the gradient is x + noise: a pair's mean is x itself."""
    settings = SETTINGS | {"smooth_samples": 2}
    maps = SmoothGrad(quadratic_model(), antithetic=True, kinds=["signed"], **settings)
    expected = centre_crop(canvas, *SHAPE[:2]).sum(axis=-1)
    np.testing.assert_allclose(maps(canvas, GALAXY)["signed"], expected, rtol=1e-5, atol=1e-6)
    with pytest.raises(ValueError, match="smooth_samples is 7, expected an even number"):
        SmoothGrad(quadratic_model(), antithetic=True, **SETTINGS)


def test_antithetic_samples_lie_in_each_orientation_twice(random):
    """A linear network shows its weights in each orientation: 16 samples are two cycles of 8."""
    weights = random.normal(size=(6, 6, 1)).astype(np.float32)
    settings = SETTINGS | {"smooth_samples": 16, "batch_size": 16}
    maps = SmoothGrad(
        linear_model(weights), antithetic=True, symmetries=True, kinds=["signed"], **settings
    )
    expected = np.mean([turn_back(weights, number)[..., 0] for number in range(8)], axis=0)
    found = maps(random.random((6, 6, 1)), GALAXY)["signed"]
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("jitter", [0, 2])
def test_map_depends_on_neither_order_nor_neighbours(random, jitter):
    network = select_output(vote_model(activation="linear"), "Class3.1")
    galaxies = {
        galaxy: random.random((14, 14, 3)).astype(np.float32)
        for galaxy in (GALAXY, GALAXY + 1, -5, 100008)
    }

    def maps_of(chosen, smoothgrad):
        return {galaxy: smoothgrad(galaxies[galaxy], galaxy) for galaxy in chosen}

    one, two = (SmoothGrad(network, jitter=jitter, kinds=KINDS, **SETTINGS) for _ in range(2))
    together = maps_of(galaxies, one)
    for other in (
        maps_of([100008], two),
        maps_of([100008, GALAXY + 1], two),
        maps_of(reversed(galaxies), one),
    ):
        for galaxy, maps in other.items():
            for kind, image in maps.items():
                np.testing.assert_array_equal(image, together[galaxy][kind])


def test_compiled_once_for_all_galaxies(canvas, monkeypatch):
    smoothgrad = SmoothGrad(quadratic_model(), **SETTINGS)
    smoothgrad(canvas, 2)
    monkeypatch.setattr(smoothgrad, "network", None)
    first = smoothgrad(canvas, 1)["absolute"]
    assert not np.array_equal(first, smoothgrad(canvas, np.int64(GALAXY))["absolute"])


def test_noise_differs_by_galaxy_seed_and_sample():
    # Ids that agree in 32 bits, or as floats; swapped numbers; sums that agree.
    keys = [(GALAXY, 42, 0), (GALAXY + 2**32, 42, 0), (GALAXY + 1, 42, 0), (-GALAXY, 42, 0)]
    keys += [(42, GALAXY % 2**31, 0), (GALAXY, 43, 0), (GALAXY, 42, 1), (0, 0, 42), (42, 0, 0)]
    keys += [(0, 0, 0), (0, 0, 2**24 - 1), (0, 1, 0), (1, 0, 0), (0, 2**31 - 1, 2**24 - 1)]
    draws = np.stack([draw_noise((6, 5, 3), *key) for key in keys]).reshape(len(keys), -1)
    assert len(np.unique(draws)) == draws.size
    shifts = np.stack([draw_shift(1000, *key) for key in keys if key[2] > 0])
    assert len(np.unique(shifts, axis=0)) == len(shifts)


def test_noise_is_normal_and_independent_between_samples():
    draws = np.stack([draw_noise((40, 40, 3), 100008, 42, sample) for sample in range(8)])
    assert draws.mean() == pytest.approx(0, abs=0.02)
    assert draws.std() == pytest.approx(1, abs=0.02)
    correlations = np.corrcoef(draws.reshape(8, -1))[np.triu_indices(8, 1)]
    assert np.abs(correlations).max() < 0.07


def test_shifts_are_uniform_and_the_first_is_none():
    shifts = np.stack([draw_shift(2, GALAXY, 42, sample) for sample in range(201)])
    assert tuple(shifts[0]) == (0, 0)
    values, counts = np.unique(shifts[1:], return_counts=True)
    assert list(values) == [-2, -1, 0, 1, 2]
    assert counts.min() > 50


def oriented(image, orientation):
    """One of the eight orientations, by numpy's rotations and a mirror."""
    turned = np.rot90(image, orientation % 4, axes=(0, 1))
    return turned[:, ::-1] if orientation >= 4 else turned


def test_turning_goes_through_the_eight_orientations_and_back(random):
    image = random.random((5, 5, 3)).astype(np.float32)
    turned = [turn(tf.constant(image), tf.constant(k, tf.int64)).numpy() for k in range(8)]
    expected = {oriented(image, k).tobytes() for k in range(8)}
    assert {one.tobytes() for one in turned} == expected
    for k, one in enumerate(turned):
        back = turn_back(tf.constant(one), tf.constant(k, tf.int64))
        np.testing.assert_array_equal(back, image)


def test_symmetries_keep_what_belongs_to_the_image(random):
    canvas = random.random((16, 16, 3)).astype(np.float32)
    smoothgrad = SmoothGrad(
        quadratic_model((16, 16, 3)),
        symmetries=True,
        jitter=2,
        kinds=KINDS,
        **(SETTINGS | {"smooth_noise": 0}),
    )
    maps = smoothgrad(canvas, GALAXY)
    np.testing.assert_allclose(maps["signed"], canvas.sum(axis=-1), rtol=1e-5)
    np.testing.assert_allclose(maps["absolute"], canvas.max(axis=-1), rtol=1e-5)


def test_symmetries_average_over_the_orientations_of_the_network(random):
    # A linear network's gradient is its weights, whichever way the image lies.
    weights = random.normal(size=(16, 16, 3)).astype(np.float32)
    settings = SETTINGS | {"smooth_samples": 16}
    smoothgrad = SmoothGrad(linear_model(weights), symmetries=True, **settings)
    canvas = random.random((16, 16, 3)).astype(np.float32)
    expected = np.mean([np.abs(oriented(weights, k)) for k in range(8)], axis=0).max(axis=-1)
    np.testing.assert_allclose(smoothgrad(canvas, GALAXY)["absolute"], expected, rtol=1e-5)


def test_symmetries_need_square_images():
    with pytest.raises(ValueError, match=r"symmetries need square images.*\(12, 10\)"):
        SmoothGrad(quadratic_model(), symmetries=True, **SETTINGS)


@pytest.mark.parametrize("side", [(22, 20), (13, 10), SHAPE[:2]])
def test_jitter_keeps_what_belongs_to_the_image(random, side):
    # The gradient of this network is the image, wherever the window lies.
    canvas = random.random((*side, 3)).astype(np.float32)
    smoothgrad = SmoothGrad(
        quadratic_model(), jitter=4, kinds=KINDS, **(SETTINGS | {"smooth_noise": 0})
    )
    window = centre_crop(canvas, *SHAPE[:2])
    np.testing.assert_allclose(smoothgrad(canvas, GALAXY)["signed"], window.sum(axis=-1), rtol=1e-5)


def test_jitter_keeps_a_gradient_that_is_everywhere_the_same(canvas):
    network = linear_model(np.full(SHAPE, 0.3, np.float32))
    maps = SmoothGrad(network, jitter=5, **SETTINGS)(canvas, GALAXY)
    np.testing.assert_allclose(maps["absolute"], 0.3, rtol=1e-6)


def test_jitter_averages_out_a_checkerboard():
    y, x = np.indices((32, 32))
    weights = np.repeat(((y + x) % 2.0)[..., np.newaxis], 3, axis=-1).astype(np.float32)
    settings = SETTINGS | {"smooth_samples": 64, "batch_size": 16}
    canvas = np.random.default_rng(1).random((40, 40, 3)).astype(np.float32)
    published = SmoothGrad(linear_model(weights), **settings)(canvas, GALAXY)["absolute"]
    jittered = SmoothGrad(linear_model(weights), jitter=4, **settings)(canvas, GALAXY)["absolute"]
    assert published.std() == pytest.approx(0.5)
    assert jittered[4:-4, 4:-4].std() < 0.1
    assert jittered.mean() == pytest.approx(0.5, abs=0.02)


def test_canvas_without_margin_is_continued_by_reflection(random):
    canvas = random.random((6, 7, 3)).astype(np.float32)
    window = padded_window(canvas, 6, 6, 3)
    assert window.shape == (12, 12, 3)
    np.testing.assert_array_equal(window[3:9, 3:10], canvas[:, :7])
    np.testing.assert_array_equal(window[2], window[4])


def test_equals_tf_keras_vis_on_the_same_noise(canvas, monkeypatch):
    network = select_output(vote_model(activation="linear"), "Class3.1")

    def same_noise(mean, sigma, shape):
        samples = [draw_noise(SHAPE, GALAXY, 42, sample) for sample in range(shape[0])]
        return mean + sigma * np.stack(samples)[:, np.newaxis]

    monkeypatch.setattr(np.random, "normal", same_noise)
    expected = METHODS["tf_keras_vis_smoothgrad"].make(network, **SETTINGS)(canvas, GALAXY)
    found = METHODS["smoothgrad"].make(network, **SETTINGS)(canvas, GALAXY)
    scale = expected["absolute"].max()
    np.testing.assert_allclose(found["absolute"], expected["absolute"], atol=1e-5 * scale)
    assert found["absolute"].std() > 1e-2 * scale


def test_tf_keras_vis_is_reproducible_and_leaves_the_global_generator_alone(canvas):
    smoothgrad = METHODS["tf_keras_vis_smoothgrad"].make(quadratic_model(), **SETTINGS)
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    first = smoothgrad(canvas, GALAXY)["absolute"]
    other = smoothgrad(canvas, GALAXY + 1)["absolute"]
    np.testing.assert_array_equal(first, smoothgrad(canvas, GALAXY)["absolute"])
    assert not np.array_equal(first, other)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("jitter", 1),
        ("antithetic", True),
        ("kinds", list(KINDS)),
        ("precision", "bfloat16"),
    ],
)
def test_what_a_method_does_not_have_is_refused_with_its_key(key, value):
    method = METHODS["tf_keras_vis_smoothgrad"]
    with pytest.raises(ValueError, match=rf"heatmaps\.{key}: found .*{method.name} has no other"):
        method.make(quadratic_model(), **(SETTINGS | {key: value}))
    both = [method, METHODS["smoothgrad"]]
    assert contradictions(both, {key: value}) == contradictions(both[1:], {key: value}) == []


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"smooth_samples": 0}, "smooth_samples is 0, expected 1"),
        ({"smooth_noise": float("nan")}, "smooth_noise is nan"),
        ({"seed": 2**31}, "seed is 2147483648"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"jitter": -1}, "jitter is -1"),
        ({"kinds": ["cubed"]}, "cubed"),
        ({"kinds": []}, "heatmaps.kinds"),
    ],
)
def test_settings_out_of_range_are_refused(asked, message):
    with pytest.raises(ValueError, match=message):
        SmoothGrad(quadratic_model(), **(SETTINGS | asked))


@pytest.mark.parametrize("activation", ["sigmoid", "softplus", "linear"])
def test_loaded_network_is_linear_and_has_one_output(tmp_path, random, activation):
    path = tmp_path / "model.keras"
    original = vote_model(path, activation=activation)
    # Saturated: the gradient of the original is zero.
    *kernel, bias = original.layers[-1].get_weights()
    original.layers[-1].set_weights([*kernel, bias - 200])
    original.save(path)
    network, digest = load_for_saliency(path, "Class3.1", SHAPE[:2])
    images = random.random((4, *SHAPE)).astype(np.float32)
    features = keras.Model(original.inputs[0], original.layers[-2].output)(images)
    logits = features @ kernel[0] + bias - 200
    column = VOTE_COLUMNS.index("Class3.1")
    np.testing.assert_allclose(network(images)[:, 0], logits[:, column], rtol=1e-5)
    assert digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert SmoothGrad(network, **SETTINGS)(images[0], 1)["absolute"].min() > 0


def test_difference_of_two_votes(tmp_path, random):
    vote_model(tmp_path / "model.keras")
    images = random.random((4, *SHAPE)).astype(np.float32)
    bar, none, both = (
        load_for_saliency(tmp_path / "model.keras", output, SHAPE[:2], against)[0](images).numpy()
        for output, against in (("Class3.1", None), ("Class3.2", None), ("Class3.1", "Class3.2"))
    )
    assert both.shape == (4, 1)
    assert np.abs(bar - none).max() > 1e-3
    np.testing.assert_allclose(both, bar - none, rtol=1e-4, atol=1e-6)


def test_network_of_one_output_needs_no_name(tmp_path):
    vote_model(tmp_path / "model.keras", activation="softplus", outputs=1)
    network, _ = load_for_saliency(tmp_path / "model.keras", "length_scaled")
    assert network.output_shape == (None, 1)


def test_wrong_networks_are_refused(tmp_path):
    path = tmp_path / "model.keras"
    with pytest.raises(FileNotFoundError, match=r"model\.keras"):
        load_linear(path)
    vote_model(path)
    with pytest.raises(ValueError, match=r"model\.keras.*12 x 10 px.*64 x 64 px"):
        load_for_saliency(path, "Class3.1", (64, 64))
    with pytest.raises(ValueError, match=r"heatmaps\.output is 'Class3\.3'"):
        load_for_saliency(path, "Class3.3")
    with pytest.raises(ValueError, match=r"heatmaps\.against is 'Class3\.3'"):
        load_for_saliency(path, "Class3.1", against="Class3.3")
    with pytest.raises(ValueError, match=r"against is 'Class3\.2', but the network has one output"):
        select_output(vote_model(outputs=1), "Class3.1", "Class3.2")
    with pytest.raises(ValueError, match="5 outputs, expected 37 or 1"):
        select_output(vote_model(outputs=5), "Class3.1")
    vote_model(path, activation="tanh")
    with pytest.raises(ValueError, match=r"model\.keras.*activation tanh"):
        load_linear(path)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ValueError, match=r"model\.keras"):
        load_linear(path)


GEOMETRY = {"height": 24, "width": 20, "crop": 0.5}
CONFIGURED = {
    **{key: value for key, value in SETTINGS.items() if key != "smooth_noise"},
    "jitter": 1,
    "symmetries": False,
    "antithetic": False,
    "precision": "float32",
    "kinds": ["absolute", "signed"],
}

OF_METHODS = {"integration_steps": 3, "occlusion_patch": 6, "occlusion_stride": 4}
OF_METHODS |= {"baseline_blur": 2.0}


@pytest.fixture
def devices(monkeypatch):
    """Record what scripts ask of `configure_devices`; it would stay set for all other tests."""
    asked = []
    for script in (compute_heatmaps, compute_class_heatmaps):
        monkeypatch.setattr(script, "configure_devices", lambda *a, **k: asked.append((a, k)))
    return asked


@pytest.fixture
def survey(tmp_path, random, devices):
    """Three galaxies, two networks, a catalogue."""
    ids = [GALAXY, GALAXY + 1, 7]
    for galaxy in ids:
        pixels = random.integers(0, 255, (53, 53, 3), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
        Image.fromarray(pixels).save(tmp_path / f"{galaxy}.jpg")
    table = pd.DataFrame({"galaxy_id": ids, "image": [f"{galaxy}.jpg" for galaxy in ids]})
    table.assign(redshift=0.1).to_csv(tmp_path / "catalogue.csv", index=False)
    for seed in (1, 2):
        vote_model(tmp_path / f"model{seed}.keras", (24, 20, 3), seed=seed)
    return tmp_path


def compute(
    folder,
    catalogue="catalogue.csv",
    name="maps.h5",
    shard="1-of-1",
    maps="noise0.2",
    watched=(),
    decoded=None,
    **changes,
):
    compute_heatmaps.main(
        folder / "model1.keras",
        folder / catalogue,
        folder / name,
        None,
        name="small",
        maps=maps,
        directory=folder,
        image=GEOMETRY,
        votes={"output": "Class3.1", "against": None},
        shard=shard,
        settings=CONFIGURED | changes,
        watched_lengths=watched,
        criteria=(),
        threads=1,
        decoded=decoded,
    )
    return folder / name


def test_decoded_images_give_the_same_bits_of_maps_and_lengths(survey, devices):
    table = pd.read_csv(survey / "catalogue.csv")
    paths = [survey / name for name in table["image"]]
    # In another order than that of the catalogue.
    ids = table["galaxy_id"][::-1]
    write_decoded_images(survey / "hoyle.h5", ids, paths[::-1], **GEOMETRY, threads=1)
    hidden = table.assign(image="none.jpg")
    hidden.to_csv(survey / "hidden.csv", index=False)
    decoded = survey / "hoyle.json"
    files = [compute(survey), compute(survey, "hidden.csv", "decoded.h5", decoded=decoded)]
    assert files[0].read_bytes() == files[1].read_bytes()
    grid = {"criteria": ["level"], "kinds": ["absolute"], "xinput": [True], "smoothing": [0]}
    grid["level_fraction"] = [0.5]
    how = {"directory": survey, "image": GEOMETRY, "grid": grid}
    lengths = [survey / "lengths1.h5", survey / "lengths2.h5"]
    measure_lengths.main("vgg16", files[:1], survey / "catalogue.csv", lengths[0], **how)
    how["decoded"] = decoded
    measure_lengths.main("vgg16", files[1:], survey / "hidden.csv", lengths[1], **how)
    assert lengths[0].read_bytes() == lengths[1].read_bytes()


def test_compute_heatmaps_writes_the_catalogue(survey, devices):
    network, digest = load_for_saliency(survey / "model1.keras", "Class3.1")
    expected = SmoothGrad(network, jitter=1, **SETTINGS)
    with open_heatmaps(compute(survey)) as maps:
        assert maps.ids.tolist() == [GALAXY, GALAXY + 1, 7]
        assert maps.kinds == ("absolute", "signed")
        assert maps.attributes["model_sha256"] == digest
        assert maps.attributes["attribution"] == "smoothgrad"
        assert maps.attributes["smooth_noise"] == 0.2
        for index, galaxy in enumerate(maps.ids):
            canvas = load_canvas(survey / f"{galaxy}.jpg", **GEOMETRY)
            image = maps.read(index, "absolute")
            np.testing.assert_array_equal(image, expected(canvas, galaxy)["absolute"])
    assert devices == [((1,), {"deterministic": True})]


class Killed(BaseException):
    """Stands for SIGKILL."""


def count_galaxies(monkeypatch, after=None, then=None):
    """Note the galaxies that are computed; do something after a number of them."""
    computed = []
    write = HeatmapJournal.write

    def noting(self, galaxy, *found):
        write(self, galaxy, *found)
        computed.append(int(galaxy))
        if len(computed) == after:
            then()

    monkeypatch.setattr(HeatmapJournal, "write", noting)
    return computed


def kill():
    raise Killed


def test_a_killed_job_goes_on_with_the_missing_galaxies(survey, monkeypatch):
    whole = compute(survey, name="whole.h5").read_bytes()
    with monkeypatch.context() as patch:
        count_galaxies(patch, 2, kill)
        with pytest.raises(Killed):
            compute(survey)
    assert not (survey / "maps.h5").exists()
    computed = count_galaxies(monkeypatch)
    assert compute(survey).read_bytes() == whole
    assert computed == [7]
    assert not list(survey.glob(".*.unfinished"))


def test_sigterm_keeps_what_is_computed(survey, monkeypatch):
    whole = compute(survey, name="whole.h5").read_bytes()
    before = signal.getsignal(signal.SIGTERM)
    watch_for_interruption()
    with monkeypatch.context() as patch:
        count_galaxies(patch, 1, lambda: os.kill(os.getpid(), signal.SIGTERM))
        with pytest.raises(Interrupted, match=r"SIGTERM.*: 1 of 3 galaxies are stored"):
            compute(survey)
    watch_for_interruption()
    computed = count_galaxies(monkeypatch)
    assert compute(survey).read_bytes() == whole
    assert computed == [GALAXY + 1, 7]
    signal.signal(signal.SIGTERM, before)


def test_an_older_copy_writes_nothing(survey, monkeypatch):
    """A second copy begins and ends its work while the first one is at its last galaxy."""
    with monkeypatch.context() as patch:
        count_galaxies(patch, 3, lambda: OutputOwnership(survey / "maps.h5").release())
        with pytest.raises(JobTakenOver, match="another copy of this job has finished"):
            compute(survey)
    assert not (survey / "maps.h5").exists()


def test_part_of_a_catalogue_gives_the_same_bits(survey):
    pd.read_csv(survey / "catalogue.csv").iloc[[2, 0]].to_csv(survey / "part.csv", index=False)
    whole, part = compute(survey), compute(survey, "part.csv", "part.h5")
    with h5py.File(whole) as whole, h5py.File(part) as part:
        for kind in ("absolute", "signed"):
            np.testing.assert_array_equal(part[kind], whole[kind][()][[2, 0]])


@pytest.mark.parametrize("shards", [1, 2, 3, 5])
def test_shards_give_the_same_bits(survey, shards):
    """Five shards of three galaxies: two of them are empty."""
    settings = {"watched": [WATCHED], "smooth_samples": 32, "batch_size": 8, "antithetic": True}
    whole = compute(survey, name="whole.h5", **settings)
    names = [f"{number}-of-{shards}" for number in range(1, shards + 1)]
    paths = [compute(survey, name=f"{s}.h5", shard=s, **settings) for s in names]
    join_shards.main(paths, survey / "joined" / "noise0.1.h5")
    with open_heatmaps(whole) as one, open_heatmaps(survey / "joined" / "noise0.1.h5") as other:
        assert other.ids.tolist() == one.ids.tolist()
        assert other.attributes == one.attributes
        np.testing.assert_array_equal(other.mc_error, one.mc_error)
        assert np.isfinite(one.mc_error).all()
        for index in range(3):
            for kind in ("absolute", "signed"):
                np.testing.assert_array_equal(other.read(index, kind), one.read(index, kind))


def test_empty_catalogue_gives_an_empty_file(survey):
    pd.read_csv(survey / "catalogue.csv").iloc[:0].to_csv(survey / "none.csv", index=False)
    with open_heatmaps(compute(survey, "none.csv")) as maps:
        assert len(maps) == 0


def test_broken_image_is_named_and_leaves_no_file(survey):
    image = survey / f"{GALAXY + 1}.jpg"
    image.write_bytes(image.read_bytes()[:2000])
    with pytest.raises(ValueError, match=f"{GALAXY + 1}.jpg"):
        compute(survey)
    assert not list(survey.glob("*.h5"))
    assert not list(survey.glob(".*.h5"))


def test_gradient_that_is_not_finite_is_stored_as_nan(survey, caplog):
    network = keras.models.load_model(survey / "model1.keras")
    network.layers[0].set_weights(
        [np.full_like(w, np.nan) for w in network.layers[0].get_weights()]
    )
    network.save(survey / "model1.keras")
    with caplog.at_level(logging.WARNING), open_heatmaps(compute(survey)) as maps:
        assert np.isnan(maps.read(0, "absolute")).all()
    assert f"galaxy {GALAXY}: the map absolute is not finite" in caplog.text


@pytest.mark.parametrize("planned", [False, True])
@pytest.mark.parametrize("method", METHODS)
def test_class_heatmaps_are_made_as_configured(survey, method, planned):
    """By the method of the first set of heat maps, in the plans' batches and precision."""
    models = [survey / "model1.keras", survey / "model2.keras"]
    columns = ["Class3.1", "Class11.3"]
    plans, batches = [], [CONFIGURED["batch_size"]] * 2
    if planned:
        plans, batches = [survey / "1.json", survey / "2.json"], [2, 5]
        for path, size in zip(plans, batches, strict=True):
            path.write_text(json.dumps({"batch_size": size, "precision": "float32"}))
    settings = CONFIGURED | OF_METHODS | ({"batch_size": "auto"} if planned else {})
    settings = METHODS[method].select(settings | {"jitter": 0})
    compute_class_heatmaps.main(
        models,
        plans,
        survey / "catalogue.csv",
        survey / "classes.h5",
        maps=MapSet(method, 0.2 if METHODS[method].has_noise else None).name,
        directory=survey,
        image=GEOMETRY,
        columns=columns,
        settings=settings,
        threads=1,
    )
    stored = read_class_heatmaps(survey / "classes.h5")
    assert stored.columns == tuple(columns)
    assert stored.galaxy_ids.tolist() == [GALAXY, GALAXY + 1, 7]
    assert stored.attributes["attribution"] == method
    path = survey / "7.jpg"
    np.testing.assert_array_equal(
        stored.images[2], centre_crop(read_canvas(path, **GEOMETRY), 24, 20)
    )
    maps = [
        normalise(
            METHODS[method].make(
                load_for_saliency(model, "Class11.3")[0],
                **(SETTINGS | OF_METHODS | {"batch_size": size}),
            )(load_canvas(path, **GEOMETRY), 7)["absolute"]
        ).astype(np.float32)
        for model, size in zip(models, batches, strict=True)
    ]
    expected = normalise(np.mean(maps, axis=0)).astype(np.float32)
    np.testing.assert_array_equal(stored.maps[2, 1], expected)


def compute_classes(survey, models):
    compute_class_heatmaps.main(
        models,
        [],
        survey / "catalogue.csv",
        survey / "classes.h5",
        maps="noise0.2",
        directory=survey,
        image=GEOMETRY,
        columns=["Class3.1", "Class11.3", "Class1.1"],
        settings=CONFIGURED | {"jitter": 0},
        threads=1,
    )


def test_class_heatmaps_load_each_network_once(survey, monkeypatch):
    loaded, load = [], keras.models.load_model

    def count(path, **options):
        loaded.append(path)
        return load(path, **options)

    monkeypatch.setattr(keras.models, "load_model", count)
    models = [survey / "model1.keras", survey / "model2.keras"]
    compute_classes(survey, models)
    assert loaded == models


def test_class_heatmaps_of_no_network_are_refused(survey):
    with pytest.raises(ValueError, match=r"classes\.h5: no networks whose heat maps"):
        compute_classes(survey, [])
    assert not (survey / "classes.h5").exists()
