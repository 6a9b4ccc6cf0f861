"""Networks in mixed precision: weights and sums in float32, products in bfloat16."""

import keras

PRECISIONS = ("float32", "bfloat16")
"""Values of ``heatmaps.precision``."""


def in_precision(network, precision):
    """Return a network that computes in another precision.

    bfloat16 has the range of float32 and 8 bits of mantissa; CPUs and GPUs with units for it take
    half the time or less for the products of a convolution.

    Parameters
    ----------
    network : keras.Model, in float32
    precision : {"float32", "bfloat16"}

    Returns
    -------
    keras.Model
        The network itself for float32; else a copy with the same weights, whose input and gradient
        stay float32.

    Raises
    ------
    ValueError, if the precision is unknown
    """
    if precision not in PRECISIONS:
        raise ValueError(
            f"heatmaps.precision is {precision!r}, expected one of {', '.join(PRECISIONS)}"
        )
    if precision == "float32":
        return network
    copy = keras.models.clone_model(network, clone_function=_mixed)
    copy.set_weights(network.get_weights())
    return copy


def _mixed(operation):
    """Copy one layer for bfloat16; what only picks or subtracts outputs has no type of its own."""
    settings = operation.get_config()
    if isinstance(operation, keras.Layer) and not isinstance(operation, keras.layers.InputLayer):
        settings["dtype"] = "mixed_bfloat16"
    return operation.__class__.from_config(settings)
