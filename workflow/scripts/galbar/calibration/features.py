"""What a galaxy is told by: its lengths by the selected settings of all networks and maps."""

import json
from functools import partial
from typing import NamedTuple

import numpy as np

from galbar.attribution.methods.map_sets import MapSet
from galbar.attribution.model_average import AVERAGE_HEATMAPS
from galbar.lengths.setting_files import AVERAGE_MEASUREMENTS, mean_lengths

# Key of the section `calibration` -> what a setting calls it.
_COLUMNS = {
    "kinds": "kind",
    "criteria": "criterion",
    "xinput": "xinput",
    "smoothing": "smoothing",
}

# Averages over networks hold nothing that the networks' own lengths do not.
_AVERAGES = (AVERAGE_HEATMAPS, AVERAGE_MEASUREMENTS)


class Features(NamedTuple):
    """Lengths of n galaxies by f settings.

    ``names`` are JSON texts of model, set of heat maps and setting, one per column; ``length_px``
    is (n, f) [pixel of the 424 px image], the mean over the runs, NaN where unmeasurable.
    """

    names: list
    length_px: np.ndarray


def is_selected(selection, model, map_set, setting=None):
    """Say whether a calibration is made of the lengths by a setting of a network.

    Parameters
    ----------
    selection : dict or None
        The section ``calibration`` of the configuration: lists of models, methods, smooth_noise,
        kinds, criteria, xinput and smoothing; all where a list is empty or missing.
    model : str, a network; averages over networks are never selected
    map_set : galbar.attribution.methods.map_sets.MapSet; without noise, at every level selected
    setting : dict or row of a table, optional, with kind, criterion, xinput and smoothing;
        None: is any setting?

    Returns
    -------
    bool
    """
    selection = selection or {}

    def takes(key, value):
        return not selection.get(key) or value in selection[key]

    noisy = map_set.smooth_noise is None or takes("smooth_noise", map_set.smooth_noise)
    of_method = takes("methods", map_set.attribution)
    if model in _AVERAGES or not (takes("models", model) and of_method and noisy):
        return False
    return setting is None or all(takes(key, setting[name]) for key, name in _COLUMNS.items())


def read_features(groups, galaxy_id, selection=None):
    """Read the lengths by the settings of every network.

    Parameters
    ----------
    groups : dict, from `galbar.lengths.setting_files.group_barlengths`
    galaxy_id : ndarray of int64, shape (n,), the galaxies, in this order
    selection : dict, optional, what is read, see `is_selected`

    Returns
    -------
    Features

    Raises
    ------
    ValueError
        If a galaxy is missing, the runs of a network differ in their settings, or nothing is left
        of what is selected.
    """
    names, columns = [], []
    for (model, map_set), runs in groups.items():
        if not is_selected(selection, model, map_set):
            continue
        wanted = partial(is_selected, selection, model, map_set)
        settings, length_px = mean_lengths(runs, galaxy_id, wanted)
        columns.append(length_px)
        names += [_name(model, map_set, setting) for setting in settings]
    if not names:
        raise ValueError(
            f"no bar lengths of a network are selected for the calibration: found {selection}, and "
            f"files of {', '.join(sorted({model for model, _ in groups}))}"
        )
    return Features(names, np.concatenate(columns, axis=1))


def _name(model, map_set, setting):
    """Name a column: a text that is the same whatever the order of the configuration."""
    given = {key: value for key, value in setting.items() if value is not None}
    return json.dumps({"model": model, "maps": map_set.name, **given}, sort_keys=True)


def choice_of_name(name):
    """Return the choice that a column stands for: model, attribution, smooth_noise and setting."""
    setting = json.loads(name)
    return {
        "model": setting.pop("model"),
        **MapSet.parse(setting.pop("maps"))._asdict(),
        "setting": setting,
    }


def read_named(groups, galaxy_id, names):
    """Read the lengths (n, f) by settings that were read before, in the order of their ``names``.

    ValueError if one was not measured.
    """
    wanted = set(names)
    read = []
    columns = {}
    for (model, map_set), runs in groups.items():
        if model in _AVERAGES:
            continue

        def is_wanted(setting, model=model, map_set=map_set):
            return _name(model, map_set, setting) in wanted

        settings, length_px = mean_lengths(runs, galaxy_id, is_wanted)
        for setting in settings:
            columns[_name(model, map_set, setting)] = len(columns)
        read.append(length_px)
    missing = [name for name in names if name not in columns]
    if missing:
        raise ValueError(
            f"{len(missing)} of the {len(names)} settings of the calibration were not measured, "
            f"first {missing[0]}"
        )
    return np.concatenate(read, axis=1)[:, [columns[name] for name in names]]
