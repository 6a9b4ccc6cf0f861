"""Checks of heat maps: whether they show the bar, and whether lengths on them are the bar's.

Adebayo et al. (2018), Arras et al. (2022), Petsiuk et al. (2018). What needs a network is computed
once and stored (`compute`); all else is of stored maps. In come heat maps, masks of bars and known
lengths of some validation galaxies, out go the tables of checks and of verdicts.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "checked_maps": ["HEATMAP"],
        "compute": ["compute_checks"],
        "faithfulness": ["STEPS", "areas_under_curves", "without_bar"],
        "intervals": ["Resamples"],
        "mask_table": ["list_masks"],
        "read_inputs": ["read_checked_maps", "read_sample"],
        "table": ["check_table"],
        "verdicts": ["best_xinput", "has_xinput", "verdict_table"],
    },
)
