"""Lengths of one setting, from the files of all networks, runs and sets of heat maps.

The average of the networks' measurements has no file: it is made here, whenever it is read.
"""

import re

import numpy as np
import pandas as pd

from galbar.attribution.methods.map_sets import MapSet
from galbar.attribution.model_average import AVERAGE_HEATMAPS
from galbar.lengths.averages import average_errors, average_measurements, mean_length
from galbar.lengths.length_files import as_stored, open_barlengths, read_columns
from galbar.lengths.measure import Flag

AVERAGE_MEASUREMENTS = "averagemeasurements"
"""Name, among the models, of the average over the networks of what each of them measures."""

_MEASUREMENTS = ("length", "flag", "angle", "axis_ratio", "mc_error")
_PATH = re.compile(r"([^/]+)/run(\d+)/barlengths/[^/]+/([^/]+)\.h5$")


def group_barlengths(paths):
    """Group files of bar lengths by model and set of heat maps.

    Parameters
    ----------
    paths : iterable of str or Path, .../{model}/run{run}/barlengths/{catalogue}/{maps}.h5

    Returns
    -------
    dict of (str, MapSet) to list of tuple of str
        The file of each run, by model and set of heat maps, in order of appearance. Then, under
        "averagemeasurements", the files of all networks of each run, to be averaged when read.

    Raises
    ------
    ValueError
        If a path has another form, comes twice, or a run or the set of a network is missing.
    """
    runs = {}
    for path in paths:
        path_match = _PATH.search(str(path).replace("\\", "/"))
        if not path_match:
            raise ValueError(
                f"{path}: expected .../{{model}}/run{{run}}/barlengths/{{catalogue}}/{{maps}}.h5"
            )
        model, run, maps = path_match[1], int(path_match[2]), MapSet.parse(path_match[3])
        if run in runs.setdefault((model, maps), {}):
            raise ValueError(f"{path}: run {run} of {model} with {maps.label} is given twice")
        runs[model, maps][run] = str(path)
    expected = sorted(set().union(*runs.values()))
    for (model, maps), files in runs.items():
        if sorted(files) != expected:
            raise ValueError(
                f"bar lengths of {model} with {maps.label}: expected runs {expected}, "
                f"found {sorted(files)}"
            )
    groups = {key: [(files[run],) for run in expected] for key, files in runs.items()}
    return groups | _group_networks(groups)


def _group_networks(groups):
    """Group the files of all networks, for their average, by set of heat maps."""
    networks = dict.fromkeys(model for model, _ in groups if model != AVERAGE_HEATMAPS)
    averages = {}
    for map_set in dict.fromkeys(map_set for model, map_set in groups if model in networks):
        missing = [model for model in networks if (model, map_set) not in groups]
        if missing:
            raise ValueError(f"no bar lengths of {missing[0]} with {map_set.label}")
        of_networks = [groups[model, map_set] for model in networks]
        averages[AVERAGE_MEASUREMENTS, map_set] = [
            tuple(path for (path,) in files) for files in zip(*of_networks, strict=True)
        ]
    return averages


def rows_of(galaxy_id, wanted, path):
    """Return the rows of the wanted galaxies.

    Parameters
    ----------
    galaxy_id : ndarray of int64, shape (m,), ids in the file
    wanted : ndarray of int64, shape (n,), ids in the order of the catalogue
    path : str or Path, the file, for the message

    Returns
    -------
    ndarray of int, shape (n,)

    Raises
    ------
    ValueError : if an id is missing or comes twice
    """
    index = pd.Index(galaxy_id)
    if index.has_duplicates:
        twice = index[index.duplicated()][0]
        raise ValueError(f"{path}: galaxy {twice} comes more than once")
    rows = index.get_indexer(np.asarray(wanted))
    if (rows < 0).any():
        missing = np.asarray(wanted)[rows < 0]
        raise ValueError(
            f"{path}: {len(missing)} of {len(wanted)} galaxies of the catalogue are missing, "
            f"first {missing[0]}"
        )
    return rows


def mean_lengths(runs, galaxy_id, wanted=None):
    """Read the lengths by many settings, of one model and set of heat maps.

    Parameters
    ----------
    runs : list of tuple of str, the files of each run, from `group_barlengths`
    galaxy_id : ndarray of int64, shape (n,), the galaxies to be read, in this order
    wanted : callable, optional
        Says of a setting (dict) whether it is to be read; default: all are.

    Returns
    -------
    settings : list of dict, the s settings
    length_px : ndarray, shape (n, s) [pixel of the 424 px image]
        Mean over the runs that could measure it, NaN where none could.

    Raises
    ------
    ValueError : if the files differ in their settings, or a galaxy is missing or comes twice
    """
    settings, lengths = None, []

    def choose(settings):
        return [
            column for column, setting in enumerate(settings) if wanted is None or wanted(setting)
        ]

    for files in runs:
        settings_of_run, (length,) = _read_run(files, galaxy_id, ["length"], choose)
        settings = settings or settings_of_run
        _check_settings(settings_of_run, files[0], settings, runs[0][0])
        lengths.append(length)
    return [settings[column] for column in choose(settings)], mean_length(lengths)


def runs_of_setting(groups, choice, galaxy_id):
    """Read the lengths [pixel of the 424 px image] of one setting in every run, (runs, n).

    They are float64, NaN where unmeasurable; see `measurements_of_setting` for the rest.
    """
    (length,) = measurements_of_setting(groups, choice, galaxy_id, ["length"])
    return length.astype(float)


def measurements_of_setting(groups, choice, galaxy_id, names):
    """Read the measurements of one setting in every run, shape (runs, n) for each name.

    `groups` are from `group_barlengths`; `choice` has model, attribution, smooth_noise and setting;
    `galaxy_id` (n,) are read in this order; `names` are datasets of the files, whose units and
    types stay. ValueError if the model, the set of heat maps, the setting or a galaxy is missing.
    """

    def choose(settings):
        return find_setting(settings, choice["setting"])

    runs = [_read_run(files, galaxy_id, names, choose)[1] for files in _runs_of(groups, choice)]
    return [np.stack(values) for values in zip(*runs, strict=True)]


def is_measured(groups, choice):
    """Say whether the setting of a choice was measured, on its model and set of heat maps."""
    key = choice["model"], MapSet.of(choice)
    if key not in groups:
        return False
    with open_barlengths(groups[key][0][0]) as (_, settings):
        return any(is_setting(setting, choice["setting"]) for setting in settings)


def _read_run(files, galaxy_id, names, choose):
    """Read what one run measured, the average over the networks if there are several files.

    `choose` gives, of the settings, the column that is read, or several. Returns the settings of
    the files and an array for each name: (n,), or (n, c) of c columns.
    """
    settings, networks = None, []
    for path in files:
        with open_barlengths(path) as (store, settings_of_file):
            settings = settings or settings_of_file
            _check_settings(settings_of_file, path, settings, files[0])
            rows = rows_of(store["galaxy_id"][:], galaxy_id, path)
            columns = choose(settings)
            networks.append(
                {
                    name: read_columns(store, name, rows, columns)
                    for name in (names if len(files) == 1 else _MEASUREMENTS)
                }
            )
    measured = networks[0] if len(files) == 1 else _average_networks(networks)
    return settings, [measured[name] for name in names]


def _average_networks(networks):
    """Average the measurements of several networks: to the last bit what a file would hold."""
    length, flag, angle, axis_ratio, mc_error = (
        np.stack([measured[name] for measured in networks]) for name in _MEASUREMENTS
    )
    means = average_measurements(length, flag, angle, fewer=Flag.FEWER_MODELS)
    means = *means, mean_length(axis_ratio), average_errors(mc_error, length)
    return {name: as_stored(name, mean) for name, mean in zip(_MEASUREMENTS, means, strict=True)}


def _check_settings(settings, path, expected, first):
    """Raise ValueError unless the settings of a file are those of the first one."""
    if settings != expected:
        raise ValueError(f"{path}: its settings differ from those of {first}")


def is_setting(setting, wanted):
    """Say whether a measured setting is the wanted one, see `find_setting`."""
    return all(setting.get(name) == wanted.get(name) for name in setting)


def find_setting(settings, wanted):
    """Find the place of a setting in a list, as stored in a file of bar lengths.

    Keys of `wanted` that the others do not have do not count; a missing key is the same as None.
    ValueError if it is not there.
    """
    for index, setting in enumerate(settings):
        if is_setting(setting, wanted):
            return index
    raise ValueError(f"setting {wanted} is not among the {len(settings)} measured ones")


def _runs_of(groups, choice):
    """Return the files of a choice, a tuple per run."""
    key = choice["model"], MapSet.of(choice)
    if key not in groups:
        measured_maps = ", ".join(f"{model} with {maps.label}" for model, maps in groups)
        raise ValueError(f"no bar lengths of {key[0]} with {key[1].label}, found {measured_maps}")
    return groups[key]
