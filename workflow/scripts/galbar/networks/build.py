"""The three convolutional networks of the paper, whole or compact, built on keras.applications.

Whole (``cut`` None, ``width`` 1) they are the published ones: the backbone without its top, every
ReLU swapped for swish, and the published head. A *compact* member is the same backbone, cut at a
named layer or with fewer filters. Pixels per bar against the stride at the cut decide whether its
heat maps can show a bar, so `output_stride` tells it.
"""

import math
from contextlib import contextmanager
from dataclasses import dataclass

import keras

from galbar.networks.backbones.record import Backbone
from galbar.networks.backbones.registry import BACKBONES
from galbar.networks.heads import append_head
from galbar.networks.initial_weights import load_backbone
from galbar.networks.pretrained_weights import find_weights

# How Keras names layers by a counter of the process.
_COUNTED = ("conv2d", "batch_normalization", "add", "max_pooling2d")

# Variance of the kernels of a VGG16 without normalisation from random weights, in units of 1 /
# fan-in. Swish halves small signals: with Keras's default (Glorot, about 1) the features of 24 real
# images were 1e-5 after 13 layers and the outputs differed by 4e-7, so nothing is learned. 3.2
# keeps them at 0.1 to 0.3; with 4 they grow to 5.
SWISH_GAIN = 3.2

NETWORK_KEYS = (
    "architecture",
    "cut",
    "width",
    "normalisation",
    "stem_stride",
    "batch_norm_momentum",
)
"""Keys of a model in the configuration that are arguments of `build_network`."""


def build_network(
    architecture,
    *,
    height,
    width_px,
    outputs=37,
    activation="sigmoid",
    cut=None,
    width=1.0,
    normalisation=False,
    stem_stride=2,
    batch_norm_momentum=0.99,
    weights=None,
    output_mean=None,
    seed,
):
    """Build one network; nothing of it is traced or compiled.

    Parameters
    ----------
    architecture : str, one of `galbar.networks.backbones.registry.BACKBONES`
    height, width_px : int
        Of the image [px]; the input is (batch, height, width_px, 3), values 0 to 1.
    outputs : int
    activation : {"sigmoid", "softplus"}
        Of the outputs: sigmoid for fractions, softplus for a quantity that can exceed 1.
    cut : str, optional, the backbone's layer whose output goes to the head (``Backbone.layers``)
    width : float, above 0, multiplies the number of filters of every convolution
    normalisation : bool
        Batch normalisation after each convolution of a family that has none of its own (VGG16).
    stem_stride : {2, 1}
        Of the first convolution where that is strided. 1 doubles the resolution all the way.
    batch_norm_momentum : float, of all batch normalisations; short trainings need about 0.9
    weights : str or Path, optional
        File with the weights of the whole backbone without its top: the published ImageNet file
        (legacy HDF5) or one written by Keras 3. None: random.
    output_mean : array_like, shape (outputs,) or scalar, optional
        What the untrained network shall give, roughly: sets the bias of the outputs. None: zero.
    seed : int, 0 to 2**32 - 1
        Of all random weights. Sets the global seeds of Python, NumPy and TensorFlow.

    Returns
    -------
    keras.Model
        Named as the architecture; its last layer is the Dense layer ``output``. The whole
        VGG16 has the published head Flatten, Dense 592 swish, Dense 296 swish, Dense; all others, a
        VGG16 that is cut or has other widths included, global average pooling and Dense: Flatten
        ties a head to its many positions, 64 times as many at stride 4 as at 32.

    Raises
    ------
    ValueError
        For an unknown architecture or layer, a setting that it does not have, or unfit weights.
    """
    _check(architecture, width, normalisation, stem_stride, weights)
    keras.utils.set_random_seed(seed)
    family = BACKBONES[architecture]
    backbone, names = _published_backbone(family)
    if weights is not None:
        load_backbone(backbone, weights)
    if cut is not None:
        layer = _find_layer(architecture, names, cut)
        backbone = keras.Model(backbone.input, backbone.get_layer(layer).output)
    image = keras.Input((height, width_px, 3), name="image")
    plain = not (family.normalised or normalisation)
    changes = _Changes(
        names=names,
        width=width,
        family=family,
        stem_stride=stem_stride,
        momentum=batch_norm_momentum,
        normalisation=normalisation,
        gain=SWISH_GAIN if plain and weights is None else None,
    )
    with _named_errors(architecture, height, width_px):
        features = keras.models.clone_model(
            backbone, image, clone_function=changes.make, call_function=changes.call
        )
    if weights is not None:
        for layer in backbone.layers[1:]:
            features.get_layer(names[layer.name]).set_weights(layer.get_weights())
    dense = family.dense_head if cut is None and width == 1 else ()
    result = append_head(features.output, dense, outputs, activation, output_mean)
    return keras.Model(image, result, name=architecture)


def build_configured(network, *, weights, output_mean, activation, **settings):
    """Build the network that a row of the configuration's models describes.

    Networks of votes start as published, with a bias of zero: started at the mean of the votes they
    learned bars more slowly (validation RMSE 0.114 against 0.103 after 16 epochs of the demo). A
    softplus output, whose targets have a scale, starts at their mean unless from given weights.

    Parameters
    ----------
    network : dict, keys `NETWORK_KEYS` (all but ``architecture`` may be missing), and others
    weights : str, Path or None, a file or directory of files; None: random
    output_mean : ndarray, shape (outputs,), mean of the training targets
    activation, **settings : see `build_network`

    Returns
    -------
    keras.Model
    """
    if weights is not None:
        weights = find_weights(weights, network["architecture"])
    return build_network(
        **{key: network[key] for key in NETWORK_KEYS if key in network},
        weights=weights,
        output_mean=output_mean if weights is None and activation == "softplus" else None,
        activation=activation,
        **settings,
    )


@dataclass(frozen=True)
class _Changes:
    """What a backbone's layers become; see `build_network`."""

    names: dict
    width: float
    family: Backbone
    stem_stride: int
    momentum: float
    normalisation: bool
    gain: float | None

    def make(self, layer):
        """Make the layer that stands for one of the published backbone; no weights yet."""
        convolution = isinstance(layer, keras.layers.Conv2D)
        config = layer.get_config()
        config["name"] = self.names[layer.name]
        if "filters" in config:
            config["filters"] = max(1, round(config["filters"] * self.width))
        if layer.name == self.family.stem:
            config["strides"] = (self.stem_stride, self.stem_stride)
        if "momentum" in config:
            config["momentum"] = self.momentum
        if config.get("activation") == "relu":
            config["activation"] = "silu"
        if convolution and self.gain is not None:
            config["kernel_initializer"] = keras.initializers.VarianceScaling(self.gain)
        if convolution and self.normalisation:
            config["activation"] = "linear"
        if isinstance(layer, keras.layers.ReLU):
            return keras.layers.Activation("silu", name=config["name"])
        return type(layer).from_config(config)

    def call(self, layer, *args, **kwargs):
        """Apply a layer, with what comes before the first and after a convolution."""
        if layer.name == self.family.layers[0] and self.family.input_scale != 1:
            scale = keras.layers.Rescaling(self.family.input_scale, name="input_scale")
            args = scale(args[0]), *args[1:]
        result = layer(*args, **kwargs)
        if self.normalisation and isinstance(layer, keras.layers.Conv2D):
            normalise = keras.layers.BatchNormalization(
                momentum=self.momentum, name=f"{layer.name}_bn"
            )
            swish = keras.layers.Activation("silu", name=f"{layer.name}_act")
            result = swish(normalise(result))
        return result


def _published_backbone(family):
    """Build a backbone with random weights for any image, with fixed names of layers.

    The names: as built, which may depend on what the process built before, -> stable.
    """
    model = family.build()
    waiting = {kind: list(names) for kind, names in family.unnamed.items()}
    names = {}
    for layer in model.layers[1:]:
        counted = layer.name.rstrip("0123456789").rstrip("_") in _COUNTED
        names[layer.name] = waiting[type(layer).__name__].pop(0) if counted else layer.name
    return model, names


def count_swish(model):
    """Count the layers of a model that apply swish, and those that still apply ReLU.

    Returns
    -------
    swish, relu : int
    """
    swish = relu = 0
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            inner_swish, inner_relu = count_swish(layer)
            swish, relu = swish + inner_swish, relu + inner_relu
            continue
        function = getattr(layer, "activation", None)
        swish += function is keras.activations.silu
        relu += function is keras.activations.relu or isinstance(layer, keras.layers.ReLU)
    return swish, relu


def output_stride(model):
    """Return the pixels of the input per pixel of the last feature map, along the rows.

    A power of two: networks that lose a margin (Xception without padding at its first
    convolutions) have a ratio of sizes a little above it.
    """
    maps = [layer.output.shape[1] for layer in model.layers if len(layer.output.shape) == 4]
    return 2 ** round(math.log2(model.input_shape[1] / maps[-1]))


def _check(architecture, width, normalisation, stem_stride, weights):
    """Raise ValueError if an architecture does not offer what is asked for."""
    if architecture not in BACKBONES:
        raise ValueError(
            f"architecture is {architecture!r}, expected one of {', '.join(BACKBONES)}"
        )
    family = BACKBONES[architecture]
    if not width > 0:
        raise ValueError(f"width is {width}, expected a factor above 0")
    if weights is not None and width != 1:
        raise ValueError(
            f"width is {width}, but the weights in {weights} belong to width 1: "
            "use weights: random, or width: 1"
        )
    if normalisation and family.normalised:
        raise ValueError(
            f"normalisation is true, expected false for {architecture}, which is normalised"
        )
    if stem_stride not in (1, 2):
        raise ValueError(f"stem_stride is {stem_stride}, expected 1 or 2")
    if stem_stride == 1 and family.stem is None:
        raise ValueError(
            f"stem_stride is 1, expected 2 for {architecture}, which has no strided convolution"
        )


def _find_layer(architecture, names, cut):
    """Return the name, as built, of the layer that a configuration calls ``cut``."""
    for built, name in names.items():
        if name == cut:
            return built
    valid = ", ".join(names.values())
    raise ValueError(f"{architecture} has no layer {cut!r} to cut at; it has {valid}")


@contextmanager
def _named_errors(architecture, height, width_px):
    """Name the size that is too small in errors, where Keras reports a negative dimension."""
    try:
        yield
    except ValueError as error:
        raise ValueError(
            f"{architecture} cannot be built for images of {height} x {width_px} px: {error}"
        ) from error
