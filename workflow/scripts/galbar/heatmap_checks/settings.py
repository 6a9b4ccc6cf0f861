"""The settings whose lengths are checked: of each kind of map the best, with the image and without.

They were found on the validation set, against the catalogue (`galbar.scores.selection`).
"""

import logging

import numpy as np

from galbar.attribution.methods.map_sets import MapSet
from galbar.scores.selection import choice_of

logger = logging.getLogger(__name__)


def best_settings(correlations, model, map_set, min_measured_share):
    """Return the best setting of each kind of map, with the image and without.

    Parameters
    ----------
    correlations : pandas.DataFrame, results/barlength_correlations_val.csv
    model : str, a network
    map_set : galbar.attribution.methods.map_sets.MapSet
    min_measured_share : float, of the galaxies; settings that measure fewer do not count

    Returns
    -------
    dict of (str, bool) to dict
        (kind, xinput) -> a choice as `galbar.scores.selection.choice_of` makes it; nothing where no
        setting measures enough galaxies with a defined correlation.
    """
    is_of_maps = [
        row.model == model
        and MapSet.of({"attribution": row.attribution, "smooth_noise": row.smooth_noise}) == map_set
        for row in correlations[["model", "attribution", "smooth_noise"]].itertuples()
    ]
    table = correlations[is_of_maps]
    share = table["n"] / (table["n"] + table["n_unmeasurable"]).clip(lower=1)
    table = table[(share >= min_measured_share) & np.isfinite(table["r_scaled"])]
    if table.empty:
        logger.warning("%s, %s: no setting measures enough galaxies", model, map_set.label)
    return {
        (str(kind), bool(xinput)): choice_of(rows.loc[rows["r_scaled"].idxmax()])
        for (kind, xinput), rows in table.groupby(["kind", "xinput"], sort=False)
    }
