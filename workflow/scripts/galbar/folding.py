"""Networks without the batch normalisations that a convolution before them can do as well.

At inference batch normalisation multiplies each channel by a number and adds another. Where it
follows a convolution or a dense layer, both go into that layer's weights: the same function up to
rounding, with two passes over memory less forward and one less backward.
"""

import keras
import numpy as np

__all__ = ["fold_normalisation"]

# Layer -> which of its weights holds the output channels on its last axis.
_KERNEL = {keras.layers.Conv2D: 0, keras.layers.SeparableConv2D: 1, keras.layers.Dense: 0}


def fold_normalisation(network):
    """Return a network in which batch normalisations are part of the layers before them.

    Parameters
    ----------
    network : keras.Model
        A graph of layers (functional), in float32.

    Returns
    -------
    keras.Model
        A copy for inference, equal up to the rounding of float32; the network itself if there is
        nothing to fold. A normalisation stays where the layer before it has an activation, serves
        another layer as well, or is no convolution.
    """
    pairs = _find_pairs(network)
    if not pairs:
        return network
    folded = {normalisation.name for normalisation in pairs.values()}

    def copy_layer(layer):
        settings = layer.get_config()
        if layer.name in folded:
            return _PassedOn(name=layer.name)
        if layer.name in pairs:
            settings["use_bias"] = True
        return layer.__class__.from_config(settings)

    copy = keras.models.clone_model(network, clone_function=copy_layer)
    for layer in network.layers:
        if layer.name in pairs:
            copy.get_layer(layer.name).set_weights(_merged(layer, pairs[layer.name]))
        elif layer.name not in folded and layer.weights:
            copy.get_layer(layer.name).set_weights(layer.get_weights())
    return copy


class _PassedOn(keras.layers.Layer):
    """Stands where a normalisation was; takes the arguments of its call."""

    def call(self, inputs, training=None, mask=None):
        """Return the inputs."""
        return inputs


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
        if not isinstance(node.operation, keras.layers.BatchNormalization):
            continue
        tensor = id(node.input_tensors[0])
        layer = makers[tensor]
        once = calls.count(layer) == calls.count(node.operation) == wanted.count(tensor) == 1
        if once and type(layer) in _KERNEL and layer.activation is keras.activations.linear:
            pairs[layer.name] = node.operation
    return pairs


def _merged(layer, normalisation):
    """Weights of a layer that does the work of the normalisation behind it, too."""
    weights = [np.asarray(weight, dtype=np.float64) for weight in layer.get_weights()]
    mean, variance = (
        np.asarray(value, dtype=np.float64)
        for value in (normalisation.moving_mean, normalisation.moving_variance)
    )
    factor = 1 / np.sqrt(variance + normalisation.epsilon)
    if normalisation.scale:
        factor = factor * np.asarray(normalisation.gamma, dtype=np.float64)
    offset = np.asarray(normalisation.beta, dtype=np.float64) if normalisation.center else 0.0
    bias = weights.pop() if layer.use_bias else np.zeros_like(mean)
    weights[_KERNEL[type(layer)]] = weights[_KERNEL[type(layer)]] * factor
    return [*weights, (bias - mean) * factor + offset]
