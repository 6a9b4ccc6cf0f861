"""Heat maps: which pixels of an image an output of a network depends on.

In come a network with one linear output, the canvas of a galaxy and its id; out go one map per
kind and galaxy, not normalised, in files that jobs fill galaxy by galaxy. Nothing here knows what
a length is: where one matters, the measuring function is passed in.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "class_heatmaps": [
            "ClassHeatmaps",
            "average_maps",
            "read_class_heatmaps",
            "write_class_heatmaps",
        ],
        "compute": ["compute_class_heatmaps", "compute_heatmaps", "make_method"],
        "half_sampling": ["choose_halves", "group_size", "length_mc_error", "maps_of_sums"],
        "heatmap_files": [
            "ATTRIBUTES",
            "DEFINITION",
            "KINDS",
            "HeatmapWriter",
            "Heatmaps",
            "checked_ids",
            "create_heatmaps",
            "normalise",
            "open_complete",
            "open_heatmaps",
            "read_watched",
        ],
        "journal": ["HeatmapJournal"],
        "keras_vis_smoothgrad": ["ReferenceSmoothGrad"],
        "model_average": ["average_heatmaps"],
        "monte_carlo_error": ["Attribution", "MonteCarloAttribution", "with_mc_error"],
        "plan": [
            "bytes_per_sample",
            "choose_batch_size",
            "compare_maps",
            "device_memory",
            "judge",
            "plan_heatmaps",
            "with_plan",
        ],
        "smoothgrad": [
            "SmoothGrad",
            "check_settings",
            "draw_noise",
            "draw_shift",
            "padded_window",
            "turn",
            "turn_back",
        ],
    },
)
