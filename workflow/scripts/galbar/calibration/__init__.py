"""Calibration: one length with an interval from the lengths by selected settings of the networks.

In come files of bar lengths and the catalogue's lengths of the validation galaxies; out go the
estimator that was chosen among several by cross-validation, its lengths of any catalogue, and
intervals by conformal prediction.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "by_network": ["network_table"],
        "calibration_file": ["read_calibration", "write_calibration"],
        "candidates": ["CANDIDATES"],
        "estimator": ["compare_candidates", "usable_columns"],
        "features": ["choice_of_name", "is_selected", "read_features"],
        "fit": ["calibrate"],
        "groups": ["EVERYTHING"],
        "importance": ["importance_table"],
        "intervals": ["LEVELS", "interval_columns"],
        "table": ["estimate_table"],
    },
)
