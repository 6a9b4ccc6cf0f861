"""SmoothGrad by tf-keras-vis (Kubota 2020, MIT licence), as the released code uses it.

The reference that `galbar.attribution.smoothgrad` is compared with, behind the same interface. It
draws its noise from numpy's global generator, which is seeded here for each galaxy and put back
afterwards: maps can be reproduced, and do not depend on order or neighbours. Its noise is not the
one of `galbar.attribution.smoothgrad`; a test gives both the same.
"""

from contextlib import contextmanager

import keras
import numpy as np
from tf_keras_vis.saliency import Saliency

from galbar.attribution.smoothgrad import check_settings
from galbar.attribution.window_method import WindowMethod


class ReferenceSmoothGrad(WindowMethod):
    """SmoothGrad of a network with one output, by tf-keras-vis.

    The call is that of `galbar.attribution.smoothgrad.SmoothGrad`, and so are the parameters, as
    far as tf-keras-vis has them. It takes its samples one by one; ``symmetries`` takes all of them
    in each of the eight orientations.

    Raises
    ------
    ValueError
        On a setting out of range.
    """

    def __init__(
        self,
        network,
        *,
        smooth_samples,
        smooth_noise,
        seed,
        symmetries=False,
        kinds=("absolute",),
    ):
        check_settings(smooth_samples, smooth_noise, seed, 1, 0, kinds)
        super().__init__(network, kinds, symmetries)
        self.samples = smooth_samples
        self.noise = smooth_noise
        self.seed = seed
        # tf-keras-vis passes a list of inputs; Keras 3 wants a network that takes one. The network
        # is linear and has one output already, so there is nothing to modify.
        network = keras.Model([network.inputs[0]], network.outputs[0])
        self._saliency = Saliency(network, model_modifier=None, clone=False)

    def explain(self, windows, galaxy_id):
        """Compute maps, {"absolute": (n, ny, nx)}, of windows (n, ny, nx, nc) of one galaxy."""
        with _global_seed(self.seed, galaxy_id):
            maps = [self._explain_one(window[np.newaxis]) for window in windows]
        return {"absolute": np.stack(maps)}

    def _explain_one(self, window):
        """Compute the map (ny, nx) of one window (1, ny, nx, nc)."""
        maps = self._saliency(
            lambda outputs: outputs[:, 0],
            window,
            smooth_samples=self.samples,
            smooth_noise=self.noise,
            # Maps are stored as they are; its own normalisation also adds 1e-7 to the range.
            normalize_map=False,
        )
        return np.asarray(maps[0])


@contextmanager
def _global_seed(seed, galaxy_id):
    """Seed numpy's global generator, the only one that tf-keras-vis uses, within a context."""
    state = np.random.get_state()  # noqa: NPY002
    entropy = np.random.SeedSequence([seed, int(galaxy_id) % 2**64])
    np.random.seed(entropy.generate_state(8))  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(state)  # noqa: NPY002
