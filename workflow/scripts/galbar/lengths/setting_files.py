"""Lengths of one setting, from the files of all networks, runs and sets of heat maps."""

import re

import numpy as np
import pandas as pd

from galbar.attribution.methods.map_sets import MapSet
from galbar.lengths.averages import mean_length
from galbar.lengths.length_files import open_barlengths, read_columns

_PATH = re.compile(r"([^/]+)/run(\d+)/barlengths/[^/]+/([^/]+)\.h5$")


def group_barlengths(paths):
    """Group files of bar lengths by model and set of heat maps.

    Parameters
    ----------
    paths : iterable of str or Path, .../{model}/run{run}/barlengths/{catalogue}/{maps}.h5

    Returns
    -------
    dict of (str, MapSet) to list of str
        The files of all runs, by model and set of heat maps, in order of appearance.

    Raises
    ------
    ValueError : if a path has another form, comes twice, or a run is missing somewhere
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
    return {key: [files[run] for run in expected] for key, files in runs.items()}


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


def mean_lengths(paths, galaxy_id, wanted=None):
    """Read the lengths by many settings, of one model and set of heat maps.

    Parameters
    ----------
    paths : sequence of str or Path, the files of all runs
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
    ValueError : if the runs differ in their settings, or a galaxy is missing or comes twice
    """
    settings, lengths = None, []
    for path in paths:
        with open_barlengths(path) as (store, settings_of_file):
            settings = settings_of_file if settings is None else settings
            if settings_of_file != settings:
                raise ValueError(f"{path}: its settings differ from those of {paths[0]}")
            columns = [
                column
                for column, setting in enumerate(settings)
                if wanted is None or wanted(setting)
            ]
            rows = rows_of(store["galaxy_id"][:], galaxy_id, path)
            lengths.append(read_columns(store, "length", rows, columns))
    return [settings[column] for column in columns], mean_length(lengths)


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
    runs = []
    for path in _files_of(groups, choice):
        with open_barlengths(path) as (store, settings):
            rows = rows_of(store["galaxy_id"][:], galaxy_id, path)
            column = find_setting(settings, choice["setting"])
            runs.append([read_columns(store, name, rows, column) for name in names])
    return [np.stack(values) for values in zip(*runs, strict=True)]


def find_setting(settings, wanted):
    """Find the place of a setting in a list, as stored in a file of bar lengths.

    Keys of `wanted` that the others do not have do not count; a missing key is the same as None.
    ValueError if it is not there.
    """
    for index, setting in enumerate(settings):
        if all(setting.get(name) == wanted.get(name) for name in setting):
            return index
    raise ValueError(f"setting {wanted} is not among the {len(settings)} measured ones")


def _files_of(groups, choice):
    """Return the files of a choice, one per run."""
    key = choice["model"], MapSet.of(choice)
    if key not in groups:
        measured_maps = ", ".join(f"{model} with {maps.label}" for model, maps in groups)
        raise ValueError(f"no bar lengths of {key[0]} with {key[1].label}, found {measured_maps}")
    return groups[key]
