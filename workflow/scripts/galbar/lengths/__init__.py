"""Bar lengths: masks on heat maps, the length of a mask, its units and its error.

In come heat maps and images; out go a length [pixel of the 424 px image], a flag and a position
angle per galaxy and setting, and tables of them in all units.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "averages": ["mean_length"],
        "bar_shape": ["FRAME"],
        "derived_columns": ["add_derived"],
        "error_model": ["assign_sigma", "error_table", "sigma_of_runs"],
        "expected_bias": ["MEASURED_PROPERTY", "read_biases"],
        "geometry": [
            "axis_angle",
            "axis_ratio_of",
            "elongation_of",
            "end_points",
            "largest_distance",
            "second_moments",
        ],
        "length_files": ["new_barlengths", "open_barlengths"],
        "measure": [
            "COMMON_KEYS",
            "Flag",
            "complete_settings",
            "find_mask",
            "length_function",
            "list_settings",
            "measure_map",
            "measure_stack",
        ],
        "measure_file": ["measure_heatmaps", "read_greys"],
        "preparation": ["smooth_positive"],
        "setting_files": [
            "AVERAGE_MEASUREMENTS",
            "group_barlengths",
            "mean_lengths",
            "rows_of",
            "runs_of_setting",
        ],
        "sky_ends": ["write_regions"],
        "table": [
            "add_calibrated",
            "add_votes",
            "read_choice",
            "read_published",
            "tabulate_lengths",
        ],
        "table_formats": ["write_table"],
        "units": [
            "PETROR90_PER_PIXEL",
            "arcsec_from_pixels",
            "kpc_h_from_arcsec",
            "scaled_from_pixels",
        ],
        "verdicts": ["add_verdicts"],
    },
)
