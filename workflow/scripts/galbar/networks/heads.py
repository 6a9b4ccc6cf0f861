"""What follows the backbone of a network."""

import keras
import numpy as np

# A tenth of the usual weights: a network that is to start at a mean starts near it.
_SMALL_VARIANCE = 0.01


def append_head(features, dense, outputs, activation, output_mean):
    """Append a published head, up to the Dense layer ``output``, to features (batch, ny, nx, nc).

    ``dense`` are the units of layers with swish between Flatten and the outputs (batch, outputs);
    without any, global average pooling is in place of Flatten. For the rest see
    `galbar.networks.build.build_network`.
    """
    if dense:
        features = keras.layers.Flatten(name="head_flatten")(features)
        for number, units in enumerate(dense, start=1):
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
    """Return the argument at which the activation is ``value``, kept inside its range."""
    if activation == "sigmoid":
        value = np.clip(value, 1e-3, 1 - 1e-3)
        return np.log(value / (1 - value))
    if activation == "softplus":
        value = np.maximum(value, 1e-3)
        return value + np.log(-np.expm1(-value))
    raise ValueError(f"activation is {activation!r}, expected sigmoid or softplus")
