"""The plain gradient of the output (Simonyan et al. 2014, arXiv:1312.6034), without noise."""

import numpy as np

from galbar.attribution.network_passes import compile_gradient
from galbar.attribution.window_method import WindowMethod


class Gradient(WindowMethod):
    """The gradient of a network with one output, and its product with the image.

    Kinds are ``absolute`` (max over channels of ``|gradient|``), ``signed`` (sum over channels) and
    ``gradient_input`` (sum over channels of gradient x image; Shrikumar et al. 2016,
    arXiv:1605.01713). Parameters and errors: `galbar.attribution.window_method.WindowMethod`.
    """

    def __init__(self, network, *, symmetries=False, kinds=("absolute",)):
        super().__init__(network, kinds, symmetries)
        self._gradient = compile_gradient(network)

    def explain(self, windows, galaxy_id):
        """Compute maps, kind -> (n, ny, nx), of windows (n, ny, nx, nc)."""
        gradients = self._gradient(windows)
        return {
            "absolute": np.abs(gradients).max(axis=-1),
            "signed": gradients.sum(axis=-1),
            "gradient_input": (gradients * windows).sum(axis=-1),
        }
