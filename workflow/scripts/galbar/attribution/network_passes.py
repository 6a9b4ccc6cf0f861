"""Compiled passes of a network with one output, for batches of any size."""

import keras
import tensorflow as tf


def compile_output(network):
    """Return a function: images (n, ny, nx, nc), float32, -> outputs (n,), ndarray of float32."""

    def output(images):
        return tf.cast(network(images, training=False)[:, 0], tf.float32)

    return _compile(output, network)


def compile_gradient(network):
    """Return a function: images (n, ny, nx, nc) -> gradients of the output, of the same shape.

    Both are float32, the gradients an ndarray; zero where the output does not depend on the image.
    """

    def gradient(images):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(images)
            output = network(images, training=False)
        # The images do not mix, so the gradient of the sum holds the gradient of each.
        return tape.gradient(output, images, unconnected_gradients=tf.UnconnectedGradients.ZERO)

    return _compile(gradient, network)


def compile_features(network, features):
    """Return a function: images (n, ny, nx, nc) -> the values of an inner tensor, as a tensor."""
    inner = keras.Model(network.inputs[0], features)
    return _compile(lambda images: inner(images, training=False), network, as_array=False)


def _compile(function, network, as_array=True):
    """Trace a function of images once, for batches of any size."""
    images = tf.TensorSpec((None, *network.input_shape[1:]), tf.float32)
    compiled = tf.function(function, autograph=False).get_concrete_function(images)

    def run(batch):
        values = compiled(tf.constant(batch, tf.float32))
        return values.numpy() if as_array else values

    return run
