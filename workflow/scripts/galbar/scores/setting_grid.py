"""Tables of how well each way of measuring correlates with a reference."""

import re

import numpy as np
import pandas as pd

from galbar.lengths.averages import mean_length
from galbar.lengths.length_files import open_barlengths, read_columns
from galbar.scores.correlation import columnwise_pearson, columnwise_spearman, percentile_interval

__all__ = [
    "COLUMNS",
    "SETTING_COLUMNS",
    "correlate",
    "correlation_table",
    "find_setting",
    "group_barlengths",
    "measurements_of_setting",
    "rows_of",
    "runs_of_setting",
    "setting_frame",
]

SETTING_COLUMNS = (
    "method",
    "kind",
    "xinput",
    "smoothing",
    "corr_threshold",
    "len_threshold",
    "elongation_threshold",
    "level_fraction",
)
# The columns of the released code come first, in its order.
COLUMNS = (
    "model",
    "smooth_noise",
    "corr_threshold",
    "len_threshold",
    "xinput",
    "correlation",
    "method",
    "kind",
    "smoothing",
    "elongation_threshold",
    "level_fraction",
    "r_scaled",
    "r_scaled_low",
    "r_scaled_high",
    "spearman",
    "n",
    "n_unmeasurable",
)
_PATH = re.compile(r"([^/]+)/run(\d+)/barlengths/[^/]+/noise([^/]+)\.h5$")


def group_barlengths(paths):
    """Group files of bar lengths by model and noise.

    Parameters
    ----------
    paths : iterable of str or Path
        .../{model}/run{run}/barlengths/{catalogue}/noise{noise}.h5

    Returns
    -------
    dict of (str, float) to list of str
        The files of all runs, by model and noise, in order of appearance.

    Raises
    ------
    ValueError
        If a path has another form, comes twice, or a run is missing somewhere.
    """
    runs = {}
    for path in paths:
        found = _PATH.search(str(path).replace("\\", "/"))
        if not found:
            raise ValueError(
                f"{path}: expected .../{{model}}/run{{run}}/barlengths/{{catalogue}}/noise*.h5"
            )
        model, run, noise = found[1], int(found[2]), float(found[3])
        if run in runs.setdefault((model, noise), {}):
            raise ValueError(f"{path}: run {run} of {model} at noise {noise:g} is given twice")
        runs[model, noise][run] = str(path)
    expected = sorted(set().union(*runs.values()))
    for (model, noise), files in runs.items():
        if sorted(files) != expected:
            raise ValueError(
                f"bar lengths of {model} at noise {noise:g}: expected runs {expected}, "
                f"found {sorted(files)}"
            )
    return {key: [files[run] for run in expected] for key, files in runs.items()}


def rows_of(galaxy_id, wanted, path):
    """Rows at which the wanted galaxies stand.

    Parameters
    ----------
    galaxy_id : ndarray of int64, shape (m,)
        Ids in the file.
    wanted : ndarray of int64, shape (n,)
        Ids in the order of the catalogue.
    path : str or Path
        The file, for the message.

    Returns
    -------
    ndarray of int, shape (n,)

    Raises
    ------
    ValueError
        If an id is missing or comes twice.
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


def runs_of_setting(groups, choice, galaxy_id):
    """Lengths of one setting in every run.

    Parameters
    ----------
    groups, choice, galaxy_id
        As for `measurements_of_setting`.

    Returns
    -------
    ndarray of float64, shape (runs, n)
        Pixels of the 424 px image, NaN where unmeasurable.
    """
    (length,) = measurements_of_setting(groups, choice, galaxy_id, ["length"])
    return length.astype(float)


def measurements_of_setting(groups, choice, galaxy_id, names):
    """Measurements of one setting in every run.

    Parameters
    ----------
    groups : dict
        From `group_barlengths`.
    choice : dict
        With model, smooth_noise and setting.
    galaxy_id : ndarray of int64, shape (n,)
        The galaxies to be read, in this order.
    names : sequence of str
        Datasets of the files.

    Returns
    -------
    list of ndarray, shape (runs, n)
        One per name, in the units and types of the files.

    Raises
    ------
    ValueError
        If the model, the noise, the setting or a galaxy is missing.
    """
    runs = []
    for path in _files_of(groups, choice):
        with open_barlengths(path) as (store, settings):
            rows = rows_of(store["galaxy_id"][:], galaxy_id, path)
            column = find_setting(settings, choice["setting"])
            runs.append([read_columns(store, name, rows, column) for name in names])
    return [np.stack(values) for values in zip(*runs, strict=True)]


def find_setting(settings, wanted):
    """Find the place of a setting in a list.

    Parameters
    ----------
    settings : list of dict
        As stored in a file of bar lengths.
    wanted : dict
        The setting; keys other than `SETTING_COLUMNS` do not count, and a missing key is
        the same as None.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If it is not there.
    """
    for place, setting in enumerate(settings):
        if all(setting.get(name) == wanted.get(name) for name in SETTING_COLUMNS):
            return place
    raise ValueError(f"setting {wanted} is not among the {len(settings)} measured ones")


def setting_frame(model, smooth_noise, settings):
    """One row per setting, with the columns that name it.

    Parameters
    ----------
    model : str
        Name of the model.
    smooth_noise : float
        Noise of the heat maps, as a share of the image's range.
    settings : list of dict
        With the keys of `SETTING_COLUMNS`, None where one does not apply.

    Returns
    -------
    pandas.DataFrame
    """
    frame = pd.DataFrame(
        {name: [setting.get(name) for setting in settings] for name in SETTING_COLUMNS}
    )
    for name in SETTING_COLUMNS[4:]:
        frame[name] = frame[name].astype(float)
    frame.insert(0, "smooth_noise", float(smooth_noise))
    frame.insert(0, "model", model)
    return frame


def correlate(length_px, catalogue, resamples, interval):
    """Correlate measured lengths with a catalogue of the same galaxies.

    Parameters
    ----------
    length_px : ndarray, shape (n, s)
        Measured lengths [pixel of the 424 px image], NaN where unmeasurable.
    catalogue : pandas.DataFrame, n rows
        With length_scaled and petror90_r [arcsec].
    resamples : ndarray, shape (samples, n)
        From `galbar.scores.bootstrap.draw_resamples`.
    interval : float
        Level of the intervals.

    Returns
    -------
    pandas.DataFrame, s rows
        correlation: r of length x petror90_r on both sides, as published, that is of
        angular sizes. r_scaled with its interval, and spearman: of the lengths in units of
        the galaxy's size (the factor from pixels to length_scaled does not change r).
        n: galaxies used for r_scaled. n_unmeasurable: galaxies with a reference only.
    """
    reference = catalogue["length_scaled"].to_numpy(dtype=float)
    size = catalogue["petror90_r"].to_numpy(dtype=float)
    low, high = percentile_interval(columnwise_pearson(length_px, reference, resamples), interval)
    known = np.isfinite(reference)
    used = np.isfinite(length_px[known]).sum(axis=0)
    return pd.DataFrame(
        {
            "correlation": columnwise_pearson(length_px * size[:, np.newaxis], reference * size),
            "r_scaled": columnwise_pearson(length_px, reference),
            "r_scaled_low": low,
            "r_scaled_high": high,
            "spearman": columnwise_spearman(length_px, reference),
            "n": used,
            "n_unmeasurable": known.sum() - used,
        }
    )


def correlation_table(groups, catalogue, resamples, interval):
    """Correlations of every model, noise and setting.

    Parameters
    ----------
    groups : dict
        From `group_barlengths`.
    catalogue : pandas.DataFrame, n rows
        The galaxies, with galaxy_id, length_scaled and petror90_r.
    resamples : ndarray, shape (samples, n)
        From `galbar.scores.bootstrap.draw_resamples`, the same for all settings.
    interval : float
        Level of the intervals.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`. A length is the mean over the runs that could measure it.

    Raises
    ------
    ValueError
        If the runs of a model differ in their settings, or a galaxy is missing or comes twice.
    """
    tables = []
    for (model, noise), paths in groups.items():
        settings, length_px = _mean_lengths(paths, catalogue["galaxy_id"].to_numpy())
        scores = correlate(length_px, catalogue, resamples, interval)
        table = setting_frame(model, noise, settings)
        tables.append(pd.concat([table, scores], axis=1)[list(COLUMNS)])
    return pd.concat(tables, ignore_index=True)


def _mean_lengths(paths, galaxy_id):
    """Read the settings of one model and noise, and the mean lengths (n, s) over its runs."""
    settings, lengths = None, []
    for path in paths:
        with open_barlengths(path) as (store, found):
            settings = found if settings is None else settings
            if found != settings:
                raise ValueError(f"{path}: its settings differ from those of {paths[0]}")
            rows = rows_of(store["galaxy_id"][:], galaxy_id, path)
            lengths.append(read_columns(store, "length", rows, slice(None)))
    return settings, mean_length(lengths)


def _files_of(groups, choice):
    """Files of a choice, one per run."""
    key = choice["model"], float(choice["smooth_noise"])
    if key not in groups:
        known = ", ".join(f"{model} at noise {noise:g}" for model, noise in groups)
        raise ValueError(f"no bar lengths of {key[0]} at noise {key[1]:g}, found {known}")
    return groups[key]
