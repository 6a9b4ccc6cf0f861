"""The cascade of random weights: which layers lose them, and that they come back."""

import keras
import numpy as np
import pytest

from galbar.attribution.compute import update_weights
from galbar.attribution.methods.registry import METHODS
from galbar.heatmap_checks.random_weights import Cascade, layers_with_weights


@pytest.fixture
def network():
    keras.utils.set_random_seed(3)
    image = keras.Input((8, 8, 3))
    x = image
    for filters in (4, 5, 6):
        x = keras.layers.Conv2D(filters, 3, padding="same", activation="silu")(x)
        x = keras.layers.BatchNormalization()(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    network = keras.Model(image, keras.layers.Dense(1)(x))
    for layer in layers_with_weights(network):
        layer.set_weights([values + 0.5 for values in layer.get_weights()])
    return network


def changed_layers(network, trained):
    """Return of each layer with weights whether they differ, from the input to the output."""
    return [
        any(not np.array_equal(*pair) for pair in zip(layer.get_weights(), before, strict=True))
        for layer, before in zip(layers_with_weights(network), trained, strict=True)
    ]


def test_layers_lose_their_weights_from_the_output_on(network):
    trained = [layer.get_weights() for layer in layers_with_weights(network)]
    cascade = Cascade(network, 1, seed=42)
    assert len(trained) == 7
    for share, lost in ((0, 1), (0.5, 4), (1, 7)):
        cascade.randomise(share)
        assert changed_layers(network, trained) == [False] * (7 - lost) + [True] * lost
    cascade.restore()
    assert not any(changed_layers(network, trained))


def test_weights_are_those_of_an_untrained_network(network):
    """Kernels as Glorot & Bengio (2010) draw them, no bias, batch normalisations forgotten."""
    Cascade(network, 1, seed=42).randomise(1)
    convolution, normalisation = layers_with_weights(network)[:2]
    kernel, bias = convolution.get_weights()
    limit = np.sqrt(6 / (9 * 3 + 9 * 4))
    assert np.abs(kernel).max() <= limit
    assert np.abs(kernel).max() > 0.8 * limit
    assert (bias == 0).all()
    for values, expected in zip(normalisation.get_weights(), (1, 0, 0, 1), strict=True):
        assert (values == expected).all()


def test_draws_differ_and_come_again(network):
    images = np.random.default_rng(0).random((2, 8, 8, 3), dtype=np.float32)
    cascade = Cascade(network, 3, seed=42)
    outputs = []
    for number in range(3):
        cascade.randomise(1, number)
        outputs.append(network(images).numpy())
    assert len({output.tobytes() for output in outputs}) == 3
    cascade.restore()
    again = Cascade(network, 3, seed=42)
    again.randomise(1, 2)
    np.testing.assert_array_equal(network(images), outputs[2])
    again.restore()
    Cascade(network, 1, seed=43).randomise(1)
    assert not np.array_equal(network(images), outputs[0])


@pytest.mark.parametrize("name", METHODS)
def test_maps_of_every_method_follow_a_change_of_the_weights(network, name):
    """A method is made once, before the weights are lost: it must not keep them."""
    # Features that no gradient or weight makes negative, so that no map is nothing.
    *_, features, outputs = layers_with_weights(network)
    features.set_weights([np.ones(6), np.full(6, 3), np.zeros(6), np.ones(6)])
    outputs.set_weights([np.linspace(0.1, 1, 6)[:, np.newaxis], np.zeros(1)])
    method = METHODS[name]
    settings = {"kinds": ["absolute"], "seed": 42, "smooth_samples": 2, "smooth_noise": 0.05}
    settings |= {"batch_size": 2, "integration_steps": 3, "occlusion_patch": 2}
    settings |= {"occlusion_stride": 2, "baseline_blur": 2.0}
    settings = method.select(settings)
    canvas = np.random.default_rng(0).random((8, 8, 3), dtype=np.float32)
    before = method.make(network, **settings)
    trained = before(canvas, 7)["absolute"]
    Cascade(network, 1, seed=42).randomise(0.9)
    # The last two as they are: with random ones a class activation map may be nothing.
    outputs.set_weights([np.linspace(0.1, 1, 6)[:, np.newaxis], np.zeros(1)])
    update_weights(before, network)
    random = before(canvas, 7)["absolute"]
    assert not np.allclose(trained, random)
    np.testing.assert_allclose(random, method.make(network, **settings)(canvas, 7)["absolute"])
