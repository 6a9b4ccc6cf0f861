"""What follows the backbone of a network."""

import keras
import numpy as np

__all__ = ["append_head"]

#: Units of the two dense layers of the published VGG16 head (16 x 37 and 8 x 37).
VGG16_HEAD = (592, 296)


# A tenth of the usual weights: a network that is to start at a mean starts near it.
_SMALL_VARIANCE = 0.01


def append_head(features, whole_vgg16, outputs, activation, output_mean):
    """Append a published head to a backbone.

    Parameters
    ----------
    features : keras.KerasTensor, shape (batch, ny, nx, nc)
    whole_vgg16 : bool
        Whether it is the head of VGG16: Flatten, Dense 592 swish, Dense 296 swish, Dense. Else
        global average pooling and Dense.
    outputs, activation, output_mean
        See `galbar.networks.build.build_network`.

    Returns
    -------
    keras.KerasTensor, shape (batch, outputs)
        Of the Dense layer ``output``.
    """
    if whole_vgg16:
        features = keras.layers.Flatten(name="head_flatten")(features)
        for number, units in enumerate(VGG16_HEAD, start=1):
            name = f"head_dense{number}"
            features = keras.layers.Dense(units, activation="silu", name=name)(features)
    else:
        features = keras.layers.GlobalAveragePooling2D(name="head_pool")(features)
    kernel = "glorot_uniform"
    if output_mean is not None:
        kernel = keras.initializers.VarianceScaling(_SMALL_VARIANCE)
    layer = keras.layers.Dense(
        outputs,
        activation=activation,
        kernel_initializer=kernel,
        name="output",
    )
    result = layer(features)
    if output_mean is not None:
        mean = np.broadcast_to(np.asarray(output_mean, dtype=float), (outputs,))
        layer.bias.assign(_invert_activation(activation, mean))
    return result


def _invert_activation(activation, value):
    """Argument at which the activation gives ``value`` (kept off the ends of its range)."""
    if activation == "sigmoid":
        value = np.clip(value, 1e-3, 1 - 1e-3)
        return np.log(value / (1 - value))
    if activation == "softplus":
        value = np.maximum(value, 1e-3)
        return value + np.log(-np.expm1(-value))
    raise ValueError(f"activation is {activation!r}, expected sigmoid or softplus")
