"""Convolutional networks: the three families, their heads, weights and precision.

In come the settings of a model; out goes a Keras network that predicts votes or a length, and the
linear network with one output that attribution needs.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "build": [
            "NETWORK_KEYS",
            "build_configured",
            "build_network",
            "count_swish",
            "output_stride",
        ],
        "linear_output": ["load_for_saliency", "load_linear", "select_output"],
        "mixed_precision": ["in_precision"],
        "pretrained_weights": ["fetch_weights", "find_weights"],
    },
)
