"""The truth of a simulated survey, for reports only: no choice may depend on it."""

import numpy as np

from galbar.attribution.methods.map_sets import MapSet
from galbar.io.result_tables import read_result_table
from galbar.lengths.setting_files import rows_of
from galbar.scores.bootstrap import draw_resamples
from galbar.scores.setting_grid import correlation_table

_COLUMNS = {"length_kpc_h": "bar_length_kpc_h", "length_scaled": "length_scaled_true"}


def read_truth(path, galaxy_id):
    """Read the true lengths.

    Parameters
    ----------
    path : str or Path, the survey's truth.csv
    galaxy_id : ndarray of int64, shape (n,), the galaxies to be read, in this order

    Returns
    -------
    dict of str to ndarray, shape (n,)
        "length_kpc_h" [kpc/h] and "length_scaled"; NaN for a galaxy without a bar.

    Raises
    ------
    ValueError
        If a column or a galaxy is missing.
    """
    values = _read_columns(path, galaxy_id, list(_COLUMNS.values()))
    lengths = {name: values[column] for name, column in _COLUMNS.items()}
    return {name: np.where(length > 0, length, np.nan) for name, length in lengths.items()}


def read_true_angles(path, galaxy_id):
    """Read the true position angles of bars, (n,) [degree], from +x towards +y, 0 to 180.

    Parameters and errors as for `read_truth`; NaN for a galaxy without a bar.
    """
    return _read_columns(path, galaxy_id, ["position_angle"])["position_angle"]


def _read_columns(path, galaxy_id, columns):
    """Read columns of truth.csv, (n,) by name, for the galaxies in this order."""
    table = read_result_table(path)
    missing = [name for name in columns if name not in table]
    if missing:
        raise ValueError(f"{path}: columns {missing} are missing, found {list(table.columns)}")
    # Other roles of the survey need not have ids of their own.
    table = table[table["galaxy_id"].isin(galaxy_id)]
    rows = rows_of(table["galaxy_id"].to_numpy(), galaxy_id, path)
    return {name: table[name].to_numpy(dtype=float)[rows] for name in columns}


def truth_correlations(inputs, truth, resampling):
    """Correlate every model, set of heat maps and setting with the truth, on the validation set.

    Not on the test set: who saw there how every setting does would sooner or later choose by it.

    Parameters
    ----------
    inputs : galbar.scores.inputs.ScoreInputs
    truth : dict, from `read_truth`
    resampling : galbar.scores.estimator_scores.Resampling

    Returns
    -------
    pandas.DataFrame
        The columns of the correlation tables, with the truth for the catalogue, and chosen.
    """
    galaxies = inputs.catalogue.assign(length_scaled=truth["length_scaled"])
    validation = galaxies[galaxies["split"] == "validation"].reset_index(drop=True)
    resamples = draw_resamples(len(validation), resampling.samples, resampling.seed)
    table = correlation_table(inputs.groups, validation, resamples, resampling.level)
    return table.assign(chosen=_is_choice(table, inputs.choice))


def _is_choice(table, choice):
    values = {
        "model": choice["model"],
        **MapSet.of(choice)._asdict(),
        **choice["setting"],
    }
    is_choice = np.ones(len(table), dtype=bool)
    for column, value in values.items():
        equal = table[column].isna() if value is None else table[column] == value
        is_choice &= equal.to_numpy()
    return is_choice
