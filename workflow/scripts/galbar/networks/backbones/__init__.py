"""Families of networks: what is known of each backbone, without TensorFlow.

Each family is one record (`Backbone`) in a module of its own and one line in
`registry.BACKBONES`; the configuration, the weights to be fetched, the names of layers to cut at
and the labels of figures follow from the record.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "record": ["Backbone"],
        "registry": ["BACKBONES"],
    },
)
