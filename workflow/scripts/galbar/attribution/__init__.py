"""Heat maps: which pixels of an image an output of a network depends on.

In come a network with one linear output, the canvas of a galaxy and its id; out go one map per
kind and galaxy, not normalised, in files that jobs fill galaxy by galaxy. Nothing here knows what
a length is: where one matters, the measuring function is passed in.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "baseline": ["blurred"],
        "class_heatmaps": ["read_class_heatmaps"],
        "compute": [
            "compute_class_heatmaps",
            "compute_heatmaps",
            "make_method",
            "update_weights",
        ],
        "half_sampling": ["SUMMED_KINDS", "group_size"],
        "heatmap_files": [
            "ATTRIBUTES",
            "KINDS",
            "METHOD_KEYS",
            "create_heatmaps",
            "normalise",
            "open_complete",
            "open_heatmaps",
            "without_partial_map",
        ],
        "keras_vis_smoothgrad": ["ReferenceSmoothGrad"],
        "model_average": ["AVERAGE_HEATMAPS", "AverageHeatmaps", "open_average"],
        "plan": ["plan_heatmaps", "with_plan"],
        "smoothgrad": ["SmoothGrad"],
    },
)
