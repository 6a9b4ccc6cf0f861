"""Attribution methods: what is known of each, without TensorFlow.

Each method is one record (`record.AttributionMethod`) in a module of its own and one line in
`registry.METHODS`; what the configuration accepts, paths, columns of tables and labels of figures
follow from the record.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "map_sets": ["MapSet", "list_map_sets"],
        "record": ["NEUTRAL", "contradictions"],
        "registry": ["METHODS"],
    },
)
