"""Scores: correlations with a catalogue, the choice of a setting, comparisons.

In come files of bar lengths and the catalogue with its splits; out go the table of all settings,
the one chosen on the validation set, and scores with intervals on the test set.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "baselines": [
            "BASELINES",
            "Baseline",
            "galaxy_size",
            "shuffled_lengths",
            "size_only_lengths",
        ],
        "bootstrap": ["draw_resamples", "resample_groups"],
        "chosen_settings": ["chosen_table", "list_choices"],
        "correlation": [
            "columnwise_pearson",
            "columnwise_spearman",
            "dense_ranks",
            "is_constant",
            "pearson_r",
            "percentile_interval",
            "resampled_mean",
            "resampled_means",
            "spearman_of_ranks",
            "spearman_r",
        ],
        "estimator_scores": [
            "DIFFERENCE_COLUMNS",
            "SCORE_COLUMNS",
            "STATISTICS",
            "Resampling",
            "difference_table",
            "evaluate",
            "samples_of_catalogue",
            "score_table",
        ],
        "estimators": [
            "CONTROL_SIGMA",
            "EstimatorLengths",
            "catalogue_lengths",
            "control_lengths",
            "describe_setting",
            "human_lengths",
            "kpc_h_of_pixels",
            "lengths_of_estimators",
            "setting_lengths",
        ],
        "inputs": ["ScoreInputs", "read_catalogue", "read_control", "read_inputs"],
        "regression": [
            "CATALOGUE_SIGMA_SHARE",
            "bias",
            "published_weights",
            "rmse_origin",
            "rmse_raw",
            "rmse_regression",
            "slope_origin",
        ],
        "selection": ["choice_of", "mark_choice", "summarise_choice"],
        "setting_grid": [
            "correlate",
            "correlation_table",
            "order_columns",
            "setting_columns",
            "setting_frame",
        ],
        "summary": ["summarise_results"],
        "truth": ["read_truth", "truth_correlations"],
    },
)
