"""Class activation maps by tf-keras-vis (Kubota 2020, MIT licence).

Maps of the features that the network's head sees, weighted and added: by the mean of their gradient
(Grad-CAM, Selvaraju et al. 2017, arXiv:1610.02391), by a mean weighted to count every instance
(Grad-CAM++, Chattopadhay et al. 2018, arXiv:1710.11063), pixel by pixel (LayerCAM, Jiang et al.
2021, IEEE TIP 30, 5875), or by the output for the image masked with them (Score-CAM, Wang et al.
2020, arXiv:1910.01279). All are rectified, and as coarse as the features: interpolated linearly to
the window. tf-keras-vis would stretch them to its corner pixels, which for features of 3 x 3 px
makes a bar half as long again; here the cells stay where they are.
"""

import keras
import numpy as np
from scipy import ndimage
from tf_keras_vis.gradcam import Gradcam
from tf_keras_vis.gradcam_plus_plus import GradcamPlusPlus
from tf_keras_vis.layercam import Layercam
from tf_keras_vis.scorecam import Scorecam

from galbar.attribution.network_passes import compile_features, compile_output
from galbar.attribution.window_method import WindowMethod


def last_features(network):
    """Return the last layer whose output is a stack of maps (n, ny, nx, nc): what the head sees.

    ValueError if no layer has such an output.
    """
    for layer in reversed(network.layers):
        if not isinstance(layer, keras.layers.InputLayer) and len(layer.output.shape) == 4:
            return layer
    raise ValueError(f"the network {network.name!r} has no layer of maps, expected a convolution")


class _ClassActivation(WindowMethod):
    """Class activation maps of a network with one output; the kind is ``absolute``.

    Parameters and errors are those of `galbar.attribution.window_method.WindowMethod`.
    """

    def __init__(self, network, kinds, symmetries):
        # A layer may be part of several graphs: in a copy its output is that of this one.
        copy = keras.models.clone_model(network)
        copy.set_weights(network.get_weights())
        super().__init__(copy, kinds, symmetries)

    def update_weights(self, network):
        """Take the weights of the network that the method was made of, after a change of them."""
        self.network.set_weights(network.get_weights())

    def interpolate(self, maps):
        """Bring coarse maps (n, ny, nx) to the window, linearly, each cell in its place."""
        factors = [1, *np.divide(self.shape[:2], maps.shape[1:])]
        return ndimage.zoom(maps, factors, order=1, mode="nearest", grid_mode=True)


class _GradientActivation(_ClassActivation):
    """Class activation maps that need a gradient: of the head alone."""

    visualiser = None

    def __init__(self, network, *, symmetries=False, kinds=("absolute",)):
        super().__init__(network, kinds, symmetries)
        features = last_features(self.network).output
        self._features = compile_features(self.network, features)
        # tf-keras-vis is not compiled: it gets no more layers than it needs.
        self._head = keras.Model([features], self.network.outputs[0])
        self._visualiser = self.visualiser(self._head, clone=False)

    def explain(self, windows, galaxy_id):
        """Compute maps, kind -> (n, ny, nx), of windows (n, ny, nx, nc)."""
        maps = self._visualiser(
            lambda outputs: outputs[:, 0],
            self._features(windows),
            penultimate_layer=self._head.layers[0],
            seek_penultimate_conv_layer=False,
            expand_cam=False,
            normalize_cam=False,
        )
        return {"absolute": self.interpolate(np.asarray(maps))}


class GradCam(_GradientActivation):
    """Grad-CAM, see the module."""

    visualiser = Gradcam


class GradCamPlusPlus(_GradientActivation):
    """Grad-CAM++, see the module."""

    visualiser = GradcamPlusPlus


class LayerCam(_GradientActivation):
    """LayerCAM, see the module."""

    visualiser = Layercam


class ScoreCam(_ClassActivation):
    """Score-CAM, see the module.

    tf-keras-vis weights by the softmax of the outputs, which of a single output is always 1. It is
    given a second one, 0: a weight is the sigmoid of the output.

    Parameters
    ----------
    network, symmetries, kinds : see `galbar.attribution.window_method.WindowMethod`
    batch_size : int, masked images per pass of the network
    """

    def __init__(self, network, *, batch_size, symmetries=False, kinds=("absolute",)):
        super().__init__(network, kinds, symmetries)
        self.batch_size = batch_size
        self._layer = last_features(self.network)
        model = _AgainstZero([self.network.inputs[0]], self.network.outputs[0])
        model.output_of = compile_output(self.network)
        self._visualiser = Scorecam(model, clone=False)

    def explain(self, windows, galaxy_id):
        """Compute maps, kind -> (n, ny, nx), of windows (n, ny, nx, nc)."""
        maps = self._visualiser(
            lambda outputs: outputs[:, 1],
            windows,
            penultimate_layer=self._layer,
            seek_penultimate_conv_layer=False,
            batch_size=self.batch_size,
            expand_cam=False,
            normalize_cam=False,
        )
        return {"absolute": self.interpolate(np.asarray(maps))}


class _AgainstZero(keras.Model):
    """A model of one output that predicts two, 0 and its own, in compiled passes."""

    def predict(self, images, batch_size):
        """Return the outputs (n, 2) for images, a list of one array (n, ny, nx, nc)."""
        (images,) = images
        batches = range(0, len(images), batch_size)
        output = np.concatenate(
            [self.output_of(images[begin : begin + batch_size]) for begin in batches]
        )
        return np.stack([np.zeros_like(output), output], axis=-1)
