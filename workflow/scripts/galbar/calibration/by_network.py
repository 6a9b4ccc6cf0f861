"""Each network calibrated alone: what the others add to it."""

import json

import numpy as np
import pandas as pd

from galbar.calibration.estimator import ENOUGH_FOR_LINE, Calibration, compare_candidates
from galbar.calibration.fit import note_on
from galbar.calibration.intervals import interval_columns
from galbar.calibration.table import estimate_table

_COLUMNS = ("galaxy_id", "length_scaled", *interval_columns("length_scaled"))
_COLUMNS += ("calibration", "calibration_flag", "note")


def calibrate_network(calibration, names, model):
    """Calibrate on the settings of one network, as on all of them.

    Parameters
    ----------
    calibration : galbar.calibration.estimator.Calibration, of all networks
    names : list of str, its f settings
    model : str

    Returns
    -------
    calibration : Calibration or None
        By the candidate that was chosen for all networks together: another choice for each would
        cost as much again as that one. By a line where the network alone measures too few galaxies
        for that (`galbar.calibration.estimator.ENOUGH_FOR_REGRESSION`), None where too few for a
        line.
    names : list of str, its settings
    """
    members = [column for column, name in enumerate(names) if json.loads(name)["model"] == model]
    length_px = calibration.length_px[:, members]
    measured = np.isfinite(length_px).any(axis=1)
    own = [names[column] for column in members]
    if len(np.unique(calibration.galaxy_id[measured])) < ENOUGH_FOR_LINE:
        return None, own
    length_px, target = length_px[measured], calibration.target[measured]
    ids, seed = calibration.galaxy_id[measured], calibration.seed
    table, held_out = compare_candidates(
        length_px, target, ids, seed, candidates=[calibration.candidate]
    )
    (candidate,) = table["candidate"]
    return Calibration(length_px, target, ids, candidate, held_out, seed), own


def network_table(groups, galaxy_id, calibration):
    """Estimate the lengths of n galaxies by each network alone.

    Parameters
    ----------
    groups, galaxy_id, calibration : as for `galbar.calibration.table.estimate_table`

    Returns
    -------
    pandas.DataFrame
        model, then the columns of `estimate_table`; n rows for each network that can be calibrated,
        none without a calibration.
    """
    estimator, names, _ = calibration
    tables = [pd.DataFrame(columns=["model", *_COLUMNS])]
    if estimator is None:
        return tables[0]
    for model in dict.fromkeys(json.loads(name)["model"] for name in names):
        alone, own = calibrate_network(estimator, names, model)
        if alone is not None:
            of_model = {key: paths for key, paths in groups.items() if key[0] == model}
            alone_note = note_on(len(np.unique(alone.galaxy_id)))
            table = estimate_table(of_model, galaxy_id, (alone, own, alone_note), choice=None)
            table.insert(0, "model", model)
            tables.append(table)
    return pd.concat(tables[1:] or tables, ignore_index=True)
