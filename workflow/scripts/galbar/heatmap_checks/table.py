"""The table of checks: every number of one network and set of heat maps, with its interval."""

import pandas as pd

from galbar.heatmap_checks.altered_maps import altered_rows, other_galaxy_rows
from galbar.heatmap_checks.checked_maps import CHECK_COLUMNS
from galbar.heatmap_checks.localisation import localisation_rows


def check_table(maps, sample, resamples):
    """Make all rows of one network and set of heat maps.

    Parameters
    ----------
    maps : CheckedMaps
    sample : CheckSample
    resamples : Resamples, of the galaxies of the sample

    Returns
    -------
    pandas.DataFrame, columns `CHECK_COLUMNS`
    """
    rows = []
    if sample.masks is not None:
        rows += localisation_rows(maps, sample, resamples)
    rows += other_galaxy_rows(maps, sample, resamples)
    if maps.checked is not None:
        rows += altered_rows(maps, sample, resamples)
        rows += faithfulness_rows(maps, resamples)
    return pd.DataFrame(rows, columns=list(CHECK_COLUMNS))


def faithfulness_rows(maps, resamples):
    """Describe the areas under the curves of deletion and insertion, beside the controls."""
    rows = []
    checked = maps.checked
    for measure in ("deletion", "insertion"):
        areas = dict(zip(checked.ranked, getattr(checked, measure), strict=True))
        controls = {name: values for name, values in areas.items() if name not in maps.trained}
        for kind in maps.trained:
            row = maps.named("faithfulness", kind) | {"measure": measure}
            rows.append(row | resamples.mean(areas[kind]))
            for control, values in controls.items():
                rows.append(row | {"map": control} | resamples.mean(values, areas[kind]))
    return rows
