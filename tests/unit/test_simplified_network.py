"""A simplified network is the same function: outputs and gradients against its original."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from galbar.linear_network import select_output
from galbar.networks import build_network
from galbar.precision import in_precision
from galbar.simplified_network import simplify_network, swish

SIDE = 32


def randomise(network, seed=1):
    """Give every normalisation statistics and factors that differ from 0 and 1."""
    rng = np.random.default_rng(seed)
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in layer.get_weights()])
    return network


def output_and_gradient(network):
    images = tf.constant(np.random.default_rng(2).random((2, SIDE, SIDE, 3)), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(images)
        output = network(images, training=False)
    return output.numpy(), tape.gradient(output, images).numpy()


def compare(network, simplified, rtol):
    both = (output_and_gradient(model) for model in (network, simplified))
    for one, other in zip(*both, strict=True):
        np.testing.assert_allclose(other, one, atol=rtol * np.abs(one).max())


def count(network, kind=keras.layers.BatchNormalization):
    return sum(isinstance(layer, kind) for layer in network.layers)


def small(architecture, **extra):
    network = build_network(
        architecture, height=SIDE, width_px=SIDE, width=0.25, activation="linear", seed=1, **extra
    )
    return select_output(randomise(network), "Class3.1", "Class3.2")


@pytest.mark.parametrize(
    ("architecture", "extra"),
    [("xception", {}), ("resnet50v2", {}), ("vgg16", {}), ("vgg16", {"normalisation": True})],
)
def test_the_published_families(architecture, extra):
    network = small(architecture, **extra)
    before = [weight.copy() for weight in network.get_weights()]
    simplified = simplify_network(network)
    assert simplified is not network
    assert count(simplified) == 0
    activations = [getattr(layer, "activation", None) for layer in simplified.layers]
    assert swish in activations
    assert keras.activations.silu not in activations
    compare(network, simplified, 1e-4)
    for one, other in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_only_what_follows_a_convolution_alone_is_merged_with_it():
    """ResNet50V2 has normalisations in front of each of its 16 blocks, and behind the last."""
    network = small("resnet50v2")
    parameters = simplify_network(network).count_params()
    alone = [
        layer
        for layer in network.layers
        if isinstance(layer, keras.layers.BatchNormalization)
        and ("preact" in layer.name or layer.name == "post_bn")
    ]
    merged = count(network) - len(alone)
    assert (len(alone), merged) == (17, 32)
    channels = sum(layer.output.shape[-1] for layer in alone)
    others = sum(
        layer.output.shape[-1]
        for layer in network.layers
        if isinstance(layer, keras.layers.BatchNormalization) and layer not in alone
    )
    # Of four numbers for each channel two are left, one (a bias) where they are merged.
    assert network.count_params() - parameters == 2 * channels + 3 * others


def test_nothing_to_simplify():
    image = keras.Input((SIDE, SIDE, 3))
    network = keras.Model(image, keras.layers.Conv2D(4, 3, activation="relu")(image))
    assert simplify_network(network) is network


def branched(kind):
    """Build a convolution whose output is wanted as it is, too, or that has an activation."""
    image = keras.Input((SIDE, SIDE, 3))
    activation = "relu" if kind == "activated" else None
    x = keras.layers.Conv2D(4, 3, activation=activation)(image)
    y = keras.layers.BatchNormalization()(x)
    z = keras.layers.Add()([x, y]) if kind == "branched" else y
    return randomise(keras.Model(image, [z, x] if kind == "output" else z))


@pytest.mark.parametrize("kind", ["branched", "activated", "output"])
def test_a_convolution_whose_output_is_used_elsewhere_keeps_its_weights(kind):
    network = branched(kind)
    simplified = simplify_network(network)
    for one, other in zip(
        network.layers[1].get_weights(), simplified.layers[1].get_weights(), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    images = np.random.default_rng(2).random((2, SIDE, SIDE, 3)).astype(np.float32)
    for one, other in zip(
        tf.nest.flatten(network(images)), tf.nest.flatten(simplified(images)), strict=True
    ):
        np.testing.assert_allclose(other, one, rtol=1e-5, atol=1e-5)


def test_a_normalisation_over_another_axis_stays():
    image = keras.Input((SIDE, SIDE, 3))
    network = randomise(keras.Model(image, keras.layers.BatchNormalization(axis=1)(image)))
    assert simplify_network(network) is network


@pytest.mark.parametrize("flags", [{"scale": False}, {"center": False}, {"epsilon": 0.5}])
@pytest.mark.parametrize("bias", [True, False])
def test_every_form_of_normalisation(flags, bias):
    image = keras.Input((SIDE, SIDE, 3))
    x = keras.layers.BatchNormalization(**flags)(image)
    x = keras.layers.SeparableConv2D(4, 3, use_bias=bias)(x)
    x = keras.layers.BatchNormalization(**flags)(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dense(3, use_bias=bias, bias_initializer="ones")(x)
    network = randomise(keras.Model(image, keras.layers.BatchNormalization(**flags)(x)))
    simplified = simplify_network(network)
    assert count(simplified) == 0
    compare(network, simplified, 1e-5)


@pytest.mark.parametrize("within", [False, True])
def test_swish_in_every_kind_of_layer(within):
    image = keras.Input((SIDE, SIDE, 3))
    x = keras.layers.Conv2D(4, 3, activation="silu", kernel_initializer="he_normal")(image)
    x = keras.layers.Activation("silu")(x)
    network = keras.Model(image, keras.layers.Dense(2, activation="silu")(x))
    if within:
        network = keras.Model(image, network(image))
    simplified = simplify_network(network)
    compare(network, simplified, 1e-6)
    for model, function in ((network, keras.activations.silu), (simplified, swish)):
        layers = (model.layers[1] if within else model).layers
        activations = [getattr(layer, "activation", None) for layer in layers]
        assert activations.count(function) == 3


def test_swish_against_its_definition():
    """Values and slopes in float64 by hand, far into both tails."""
    x = np.array([-1000, -90, -20, -1.278, -1e-4, 0, 1e-4, 0.5, 3, 20, 1000])
    sigmoid = np.where(x > -700, 1 / (1 + np.exp(-np.maximum(x, -700))), 0)
    inputs = tf.constant(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = swish(inputs)
    slopes = tape.gradient(outputs, inputs, output_gradients=tf.fill(x.shape, 2.0))
    np.testing.assert_allclose(outputs, x * sigmoid, rtol=1e-6, atol=1e-30)
    expected = 2 * sigmoid * (1 + x * (1 - sigmoid))
    np.testing.assert_allclose(slopes, expected, rtol=1e-6, atol=2e-7)


def test_in_bfloat16():
    """Nearer to the float32 gradient than 1 %, and as a copy that computes in bfloat16."""
    network = small("resnet50v2")
    mixed = in_precision(simplify_network(network), "bfloat16")
    (_, expected), (_, found) = (output_and_gradient(model) for model in (network, mixed))
    assert np.corrcoef(expected.ravel(), found.ravel())[0, 1] > 0.99
    assert {layer.compute_dtype for layer in mixed.layers[1:-3]} == {"bfloat16"}
    assert swish in [getattr(layer, "activation", None) for layer in mixed.layers]
