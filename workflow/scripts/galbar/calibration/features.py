"""What a galaxy is told by: its lengths by all settings of all networks and sets of heat maps."""

import json
from typing import NamedTuple

import numpy as np

from galbar.attribution.model_average import AVERAGE_HEATMAPS
from galbar.lengths.setting_files import AVERAGE_MEASUREMENTS, mean_lengths

# Averages over networks hold nothing that the networks' own lengths do not.
_AVERAGES = (AVERAGE_HEATMAPS, AVERAGE_MEASUREMENTS)


class Features(NamedTuple):
    """Lengths of n galaxies by f settings.

    ``names`` are JSON texts of model, set of heat maps and setting, one per column; ``length_px``
    is (n, f) [pixel of the 424 px image], the mean over the runs, NaN where unmeasurable.
    """

    names: list
    length_px: np.ndarray


def read_features(groups, galaxy_id):
    """Read the lengths by every setting of every network.

    Parameters
    ----------
    groups : dict, from `galbar.lengths.setting_files.group_barlengths`
    galaxy_id : ndarray of int64, shape (n,), the galaxies, in this order

    Returns
    -------
    Features

    Raises
    ------
    ValueError
        If a galaxy is missing, the runs of a network differ in their settings, or there is no
        network of its own.
    """
    names, columns = [], []
    for (model, map_set), runs in groups.items():
        if model in _AVERAGES:
            continue
        settings, length_px = mean_lengths(runs, galaxy_id)
        columns.append(length_px)
        names += [_name(model, map_set, setting) for setting in settings]
    if not columns:
        raise ValueError("no bar lengths of a network: there is nothing to calibrate")
    return Features(names, np.concatenate(columns, axis=1))


def _name(model, map_set, setting):
    """Name a column: a text that is the same whatever the order of the configuration."""
    given = {key: value for key, value in setting.items() if value is not None}
    return json.dumps({"model": model, "maps": map_set.name, **given}, sort_keys=True)


def in_order_of(features, names):
    """Return the columns (n, f) of ``names``; ValueError if one was not measured."""
    columns = {name: column for column, name in enumerate(features.names)}
    missing = [name for name in names if name not in columns]
    if missing:
        raise ValueError(
            f"{len(missing)} of the {len(names)} settings of the calibration were not measured, "
            f"first {missing[0]}"
        )
    return features.length_px[:, [columns[name] for name in names]]
