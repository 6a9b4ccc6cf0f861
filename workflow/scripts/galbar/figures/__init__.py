"""Figures: the galaxies shown, and every panel of the paper and of the report.

In come the tables and heat maps of the other packages; out go matplotlib figures, saved as PNG
and PDF.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "galaxy_selection": [
            "FEATURES",
            "SMOOTH",
            "classify",
            "compare_classes",
            "order_of_showing",
            "select_by_id",
            "select_by_quantile",
            "select_misclassified",
            "share_misclassified",
            "shown_galaxies",
        ],
        "isolated_bars": ["isolate_bars", "mask_map"],
        "length_panels": [
            "control_panel",
            "heatmap_panel",
            "human_truth_panel",
            "read_lengths",
            "truth_panel",
        ],
        "maps": [
            "IsolatedBar",
            "MaskedMap",
            "arcsec_bar",
            "draw_class_heatmaps",
            "draw_isolated_bars",
            "draw_misclassified",
            "show_image",
            "show_isolated_bar",
            "show_map",
        ],
        "overview": ["draw_overview"],
        "scatter": ["LengthPanel", "draw_lengths", "length_limit", "outside_text", "show_lengths"],
        "score_tables": [
            "best_settings",
            "draw_correlations",
            "draw_scores",
            "score_name",
            "setting_name",
        ],
        "style": [
            "COLUMN_WIDTH",
            "CYCLE",
            "HEATMAP_COLOURS",
            "KPC",
            "SAVED_STYLE",
            "TEXT_WIDTH",
            "annotate",
            "draw_scale_bar",
            "interval_text",
            "make_figure",
            "nice_length",
            "readable_name",
            "save_figure",
            "style_context",
        ],
        "training_curves": ["LOG_COLUMNS", "draw_learning_curves", "draw_vote_predictions"],
    },
)
