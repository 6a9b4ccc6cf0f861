"""A folded network is the same function: outputs and gradients, against the one it was made of."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from galbar.folding import fold_normalisation
from galbar.linear_network import select_output
from galbar.networks import build_network

SIDE = 32


def randomise(network, seed=1):
    """Give every normalisation statistics and factors that differ from 0 and 1."""
    rng = np.random.default_rng(seed)
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in layer.get_weights()])
    return network


def compare(network, folded, rtol):
    images = tf.constant(np.random.default_rng(2).random((2, SIDE, SIDE, 3)), tf.float32)
    found = []
    for model in (network, folded):
        with tf.GradientTape() as tape:
            tape.watch(images)
            output = model(images, training=False)
        found.append((output.numpy(), tape.gradient(output, images).numpy()))
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(other, one, atol=rtol * np.abs(one).max())


def count(network, kind=keras.layers.BatchNormalization):
    return sum(isinstance(layer, kind) for layer in network.layers)


@pytest.mark.parametrize(
    ("architecture", "left", "extra"),
    [
        ("xception", 0, {}),
        # In front of each of the 16 blocks, and behind the last.
        ("resnet50v2", 17, {}),
        ("vgg16", 0, {"normalisation": True}),
    ],
)
def test_the_published_families(architecture, left, extra):
    network = build_network(
        architecture, height=SIDE, width_px=SIDE, width=0.25, activation="linear", seed=1, **extra
    )
    network = select_output(randomise(network), "Class3.1", "Class3.2")
    before = [weight.copy() for weight in network.get_weights()]
    folded = fold_normalisation(network)
    assert count(network) > left
    assert count(folded) == left
    compare(network, folded, 1e-4)
    for one, other in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_nothing_to_fold():
    network = build_network(
        "vgg16", height=SIDE, width_px=SIDE, activation="linear", seed=1, width=0.25
    )
    assert fold_normalisation(network) is network


def branched(kind):
    """Build a convolution whose output is wanted as it is, too, or that has an activation."""
    image = keras.Input((SIDE, SIDE, 3))
    activation = "relu" if kind == "activated" else None
    x = keras.layers.Conv2D(4, 3, activation=activation)(image)
    y = keras.layers.BatchNormalization()(x)
    z = keras.layers.Add()([x, y]) if kind == "branched" else y
    return randomise(keras.Model(image, [z, x] if kind == "output" else z))


@pytest.mark.parametrize("kind", ["branched", "activated", "output"])
def test_what_cannot_be_folded_stays(kind):
    network = branched(kind)
    assert fold_normalisation(network) is network


@pytest.mark.parametrize("flags", [{"scale": False}, {"center": False}, {"epsilon": 0.5}])
@pytest.mark.parametrize("bias", [True, False])
def test_every_form_of_normalisation(flags, bias):
    image = keras.Input((SIDE, SIDE, 3))
    x = keras.layers.SeparableConv2D(4, 3, use_bias=bias)(image)
    x = keras.layers.BatchNormalization(**flags)(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dense(3, use_bias=bias, bias_initializer="ones")(x)
    network = randomise(keras.Model(image, keras.layers.BatchNormalization(**flags)(x)))
    folded = fold_normalisation(network)
    assert count(folded) == 0
    compare(network, folded, 1e-5)
