"""What is known of a family of networks before TensorFlow is imported."""

import importlib
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Backbone:
    """A convolutional network without its top.

    Attributes
    ----------
    name, label : str, in the configuration (``architecture``), and in figures
    constructor : str
        "module:function" that builds it, called as those of keras.applications are: with
        ``include_top=False``, ``weights=None`` and ``input_shape``.
    layers : tuple of str, names of the layers at which it can be cut, from the input on
    weights_file, weights_md5 : str
        ImageNet weights without the top, below ``weights.origin``, and their checksum, as in the
        source of keras.applications.
    stem : str, optional, the first convolution if it is strided: its stride can be changed
    unnamed : dict of str to tuple of str
        Class of the layers that Keras leaves to a counter of the process -> their names in
        ``layers``, in the order of depth. Without names of their own they could not be cut at.
    normalised : bool, whether it has batch normalisations of its own
    dense_head : tuple of int
        Units of the dense layers between the whole backbone and the outputs. Empty: global average
        pooling, as for all that are cut or have other widths.
    smallest_px : dict of str to int
        Layer -> side of the smallest image [px] that reaches it, where that is more than 16.
    input_scale : float
        Value that the backbone expects where an image is brightest (images are 0 to 1 here): 255
        for families that scale their input themselves.
    """

    name: str
    label: str
    constructor: str
    layers: tuple[str, ...]
    weights_file: str
    weights_md5: str
    stem: str | None = None
    unnamed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    normalised: bool = True
    dense_head: tuple[int, ...] = ()
    smallest_px: dict[str, int] = field(default_factory=dict)
    input_scale: float = 1.0

    def build(self):
        """Build the backbone with random weights, for images of any size; needs TensorFlow."""
        module, _, function = self.constructor.partition(":")
        make = getattr(importlib.import_module(module), function)
        return make(include_top=False, weights=None, input_shape=(None, None, 3))
