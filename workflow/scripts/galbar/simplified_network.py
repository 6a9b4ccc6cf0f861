"""The same network in fewer passes over memory, for heat maps.

At inference batch normalisation multiplies each channel by a number and adds another. Where it
follows a convolution or a dense layer, both go into that layer's weights; elsewhere (in front of
the blocks of ResNet50V2) a layer does just that, in the precision of the network. Swish keeps
what its gradient needs, where TensorFlow's own computes the sigmoid twice. The same function and
the same gradient, up to rounding.
"""

import keras
import numpy as np
import tensorflow as tf

__all__ = ["simplify_network", "swish"]

# Layer -> which of its weights holds the output channels on its last axis.
_KERNEL = {keras.layers.Conv2D: 0, keras.layers.SeparableConv2D: 1, keras.layers.Dense: 0}


def simplify_network(network):
    """Return a network that computes the same with less.

    Parameters
    ----------
    network : keras.Model
        A graph of layers (functional), in float32.

    Returns
    -------
    keras.Model
        A copy for inference, equal up to the rounding of float32; the network itself if there is
        nothing to simplify. A normalisation is not merged with the layer before it where that one
        has an activation, serves another layer as well, or is no convolution.
    """
    pairs = _find_pairs(network)
    merged = {normalisation.name for normalisation in pairs.values()}
    alone = {
        layer.name: layer
        for layer in network.layers
        if _is_normalisation(layer) and layer.name not in merged
    }
    if not (pairs or alone or _swishes(network)):
        return network

    def copy_layer(layer):
        settings = layer.get_config()
        if layer.name in merged:
            return _PassedOn(name=layer.name)
        if layer.name in alone:
            return _Scaled(name=layer.name)
        if layer.name in pairs:
            settings["use_bias"] = True
        return layer.__class__.from_config(settings)

    copy = keras.models.clone_model(network, clone_function=copy_layer)
    for layer in network.layers:
        if layer.name in pairs:
            copy.get_layer(layer.name).set_weights(_merged(layer, pairs[layer.name]))
        elif layer.name in alone:
            copy.get_layer(layer.name).set_weights(_factor_and_offset(layer))
        elif layer.name not in merged and layer.weights:
            copy.get_layer(layer.name).set_weights(layer.get_weights())
    for layer in _swishes(copy):
        layer.activation = swish
    return copy


@keras.saving.register_keras_serializable("galbar")
def swish(inputs):
    """Swish, x sigmoid(x), with the gradient y' = s + y (1 - s) from the sigmoid s of the output y.

    Parameters
    ----------
    inputs : tensor, any shape, float32 or a shorter type

    Returns
    -------
    tensor of the same shape and type
    """

    @tf.custom_gradient
    def apply(inputs):
        # Never in bfloat16: on a processor its sigmoid takes four times as long.
        sigmoid = tf.cast(tf.sigmoid(tf.cast(inputs, tf.float32)), inputs.dtype)
        outputs = inputs * sigmoid
        return outputs, lambda upstream: upstream * (sigmoid + outputs * (1 - sigmoid))

    return apply(inputs)


class _PassedOn(keras.layers.Layer):
    """Stands where a normalisation was; takes the arguments of its call."""

    def call(self, inputs, training=None, mask=None):
        """Return the inputs."""
        return inputs


class _Scaled(keras.layers.Layer):
    """A factor and an offset for each channel, on the last axis."""

    def build(self, input_shape):
        """Make both, to be set."""
        shape = (input_shape[-1],)
        self.factor = self.add_weight(shape=shape, trainable=False, name="factor")
        self.offset = self.add_weight(shape=shape, trainable=False, name="offset")

    def call(self, inputs, training=None, mask=None):
        """Scale the inputs."""
        return inputs * self.factor + self.offset


def _is_normalisation(layer):
    """Whether a layer is a batch normalisation over the last axis."""
    if not isinstance(layer, keras.layers.BatchNormalization):
        return False
    return layer.axis in (-1, len(layer.input.shape) - 1)


def _swishes(network):
    """List the layers with swish, those of networks within the network too."""
    found = []
    for layer in network.layers:
        if isinstance(layer, keras.Model):
            found += _swishes(layer)
        elif getattr(layer, "activation", None) is keras.activations.silu:
            found.append(layer)
    return found


def _find_pairs(network):
    """Name of a layer -> the batch normalisation that alone takes its output."""
    # The nodes of this graph only: a layer that was called elsewhere too has more.
    nodes = [node for depth in network._nodes_by_depth.values() for node in depth]
    wanted = [id(tensor) for tensor in network.outputs]
    wanted += [id(tensor) for node in nodes for tensor in node.input_tensors]
    makers = {id(tensor): node.operation for node in nodes for tensor in node.output_tensors}
    calls = [node.operation for node in nodes]
    pairs = {}
    for node in nodes:
        if not _is_normalisation(node.operation):
            continue
        tensor = id(node.input_tensors[0])
        layer = makers[tensor]
        once = calls.count(layer) == calls.count(node.operation) == wanted.count(tensor) == 1
        if once and type(layer) in _KERNEL and layer.activation is keras.activations.linear:
            pairs[layer.name] = node.operation
    return pairs


def _factor_and_offset(normalisation):
    """Return what a normalisation does to each channel: float64, shape (channels,) each."""
    mean, variance = (
        np.asarray(value, dtype=np.float64)
        for value in (normalisation.moving_mean, normalisation.moving_variance)
    )
    factor = 1 / np.sqrt(variance + normalisation.epsilon)
    if normalisation.scale:
        factor = factor * np.asarray(normalisation.gamma, dtype=np.float64)
    offset = np.asarray(normalisation.beta, dtype=np.float64) if normalisation.center else 0.0
    return factor, offset - mean * factor


def _merged(layer, normalisation):
    """Weights of a layer that does the work of the normalisation behind it, too."""
    weights = [np.asarray(weight, dtype=np.float64) for weight in layer.get_weights()]
    factor, offset = _factor_and_offset(normalisation)
    bias = weights.pop() if layer.use_bias else np.zeros_like(factor)
    weights[_KERNEL[type(layer)]] = weights[_KERNEL[type(layer)]] * factor
    return [*weights, bias * factor + offset]
