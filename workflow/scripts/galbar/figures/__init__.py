"""Figures: the galaxies shown, and every panel of the paper and of the report.

In come the tables and heat maps of the other packages; out go matplotlib figures, saved as PNG
and PDF.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "bar_detection": ["draw_bar_detection"],
        "dilution": ["draw_dilution"],
        "examples": ["draw_examples"],
        "front_page": ["front_page"],
        "galaxy_selection": [
            "FEATURES",
            "SMOOTH",
            "compare_classes",
            "select_by_error",
            "select_by_id",
            "select_by_quantile",
            "select_misclassified",
            "share_misclassified",
            "shown_galaxies",
        ],
        "heatmap_checks": ["draw_check"],
        "importance": ["draw_importance"],
        "isolated_bars": ["isolate_bars"],
        "length_bias": ["draw_length_bias"],
        "length_panels": [
            "control_panel",
            "heatmap_panel",
            "human_truth_panel",
            "read_lengths",
            "truth_panel",
        ],
        "maps": ["draw_class_heatmaps", "draw_isolated_bars", "draw_misclassified"],
        "overview": ["draw_overview"],
        "scatter": ["draw_lengths"],
        "score_tables": ["draw_correlations", "draw_scores"],
        "style": ["HEATMAP_COLOURS", "KPC", "nice_length", "save_figure"],
        "training_curves": ["draw_learning_curves", "draw_vote_predictions"],
    },
)
