"""Scores: correlations with a catalogue, the choice of a setting, comparisons.

In come files of bar lengths and the catalogue with its splits; out go the table of all settings,
the one chosen on the validation set, and scores with intervals on the test set.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "baselines": ["BASELINES"],
        "bootstrap": ["draw_resamples"],
        "chosen_settings": ["chosen_table"],
        "correlation": ["pearson_r", "percentile_interval", "resampled_mean"],
        "dilution": ["dilution_table"],
        "estimator_scores": [
            "Resampling",
            "difference_table",
            "samples_of_catalogue",
            "score_table",
        ],
        "estimator_names": ["is_built_in"],
        "estimators": [
            "CONTROL_SIGMA",
            "catalogue_lengths",
            "control_lengths",
            "describe_setting",
            "human_lengths",
            "kpc_h_of_pixels",
            "lengths_of_estimators",
        ],
        "headline": ["headline_table"],
        "inputs": ["read_catalogue", "read_control", "read_inputs"],
        "length_bias": [
            "ALL",
            "MEASURED_PROPERTIES",
            "TRUE_PROPERTIES",
            "bias_table",
            "join_truth",
        ],
        "other_units": ["add_kpc", "add_pixels"],
        "regression": ["CATALOGUE_SIGMA_SHARE"],
        "selection": [
            "choice_of",
            "choose_without_network",
            "mark_choice",
            "summarise_choice",
        ],
        "setting_grid": ["correlation_table"],
        "summary": ["summarise_results"],
        "truth": ["read_true_angles", "read_truth", "truth_correlations"],
    },
)
