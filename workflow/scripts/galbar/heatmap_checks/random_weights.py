"""Networks whose weights are lost, layer by layer (Adebayo et al. 2018, arXiv:1810.03292)."""

import keras
import numpy as np

# Part of the seeds of random weights.
_RANDOM_WEIGHTS = 0xC1


def layers_with_weights(network):
    """List the layers that have weights, from the input to the output."""
    return [layer for layer in network.layers if layer.weights]


class Cascade:
    """Loses the weights of a network from its output towards its input, in place.

    Random weights are drawn as those of an untrained network are: by the initialiser of each
    layer; batch normalisations forget what they saw. What is traced of the network sees the change:
    its variables stay the same ones.

    Parameters
    ----------
    network : keras.Model
    networks : int, 1 or more, random networks to be drawn
    seed : int
        Of all random weights. Sets the global seeds of Python, NumPy and TensorFlow.
    """

    def __init__(self, network, networks, seed):
        self._layers = layers_with_weights(network)
        self._trained = [layer.get_weights() for layer in self._layers]
        self._random = []
        for number in range(networks):
            entropy = np.random.SeedSequence([seed, number, _RANDOM_WEIGHTS])
            keras.utils.set_random_seed(int(entropy.generate_state(1)[0]))
            fresh = layers_with_weights(keras.models.clone_model(network))
            self._random.append([layer.get_weights() for layer in fresh])

    def randomise(self, share, number=0):
        """Lose the weights of the outputs' layer and of the last others, a ``share`` of them.

        ``share`` is 0 (the outputs' layer only) to 1 (all layers), ``number`` that of the random
        network; the layers that are left are as trained.
        """
        kept = round((1 - share) * (len(self._layers) - 1))
        self._set([*self._trained[:kept], *self._random[number][kept:]])

    def restore(self):
        """Give all layers the trained weights."""
        self._set(self._trained)

    def _set(self, weights_of_layers):
        for layer, weights in zip(self._layers, weights_of_layers, strict=True):
            layer.set_weights(weights)
