"""Tables of how well the lengths by each setting correlate with a reference."""

import numpy as np
import pandas as pd

from galbar.lengths.averages import mean_length
from galbar.lengths.length_files import open_barlengths, read_columns
from galbar.lengths.measure import COMMON_KEYS
from galbar.lengths.setting_files import rows_of
from galbar.scores.correlation import columnwise_pearson, columnwise_spearman, percentile_interval

# The columns of the released code come first, in its order.
_FIRST = (
    "model",
    "smooth_noise",
    "corr_threshold",
    "len_threshold",
    "xinput",
    "correlation",
    "attribution",
    "criterion",
    "kind",
    "smoothing",
)
_SCORES = ("r_scaled", "r_scaled_low", "r_scaled_high", "spearman", "n", "n_unmeasurable")
_MARKS = ("chosen", "published_criterion", "best_of_model", "sample")


def setting_columns(table):
    """Return the columns of a correlation table that name a setting.

    Parameters
    ----------
    table : pandas.DataFrame
        From `correlation_table`, also with marks and after a round through a CSV file.

    Returns
    -------
    list of str
        The keys of `galbar.lengths.measure.setting_keys`, in their order.
    """
    not_a_setting = {"model", "attribution", "smooth_noise", "correlation"}
    not_a_setting |= {*COMMON_KEYS, *_SCORES, *_MARKS}
    return [*COMMON_KEYS, *(name for name in table.columns if name not in not_a_setting)]


def order_columns(table):
    """Return a correlation table with its columns in order, those of the released code first."""
    scores = [name for name in (*_SCORES, *_MARKS) if name in table.columns]
    parameters = [name for name in setting_columns(table) if name not in _FIRST]
    return table[[*_FIRST, *parameters, *scores]]


def setting_frame(model, map_set, settings):
    """Return one row per setting, with the columns that name it.

    Parameters
    ----------
    model : str
        Name of the model.
    map_set : galbar.attribution.methods.map_sets.MapSet
        Method and noise of the heat maps; NaN for a method without noise.
    settings : list of dict
        With the same keys each, None where one does not apply.

    Returns
    -------
    pandas.DataFrame
    """
    frame = pd.DataFrame(settings)
    parameters = [name for name in frame.columns if name not in COMMON_KEYS]
    frame[parameters] = frame[parameters].astype(float)
    noise = np.nan if map_set.smooth_noise is None else map_set.smooth_noise
    frame.insert(0, "attribution", map_set.attribution)
    frame.insert(0, "smooth_noise", float(noise))
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
    has_reference = np.isfinite(reference)
    n_measured = np.isfinite(length_px[has_reference]).sum(axis=0)
    return pd.DataFrame(
        {
            "correlation": columnwise_pearson(length_px * size[:, np.newaxis], reference * size),
            "r_scaled": columnwise_pearson(length_px, reference),
            "r_scaled_low": low,
            "r_scaled_high": high,
            "spearman": columnwise_spearman(length_px, reference),
            "n": n_measured,
            "n_unmeasurable": has_reference.sum() - n_measured,
        }
    )


def correlation_table(groups, catalogue, resamples, interval):
    """Correlate the lengths of every model, set of heat maps and setting with the catalogue.

    Parameters
    ----------
    groups : dict
        From `galbar.lengths.setting_files.group_barlengths`.
    catalogue : pandas.DataFrame, n rows
        The galaxies, with galaxy_id, length_scaled and petror90_r.
    resamples : ndarray, shape (samples, n)
        From `galbar.scores.bootstrap.draw_resamples`, the same for all settings.
    interval : float
        Level of the intervals.

    Returns
    -------
    pandas.DataFrame
        Columns of `order_columns`. A length is the mean over the runs that could measure it.

    Raises
    ------
    ValueError
        If the runs of a model differ in their settings, or a galaxy is missing or comes twice.
    """
    tables = []
    for (model, map_set), paths in groups.items():
        settings, length_px = _mean_lengths(paths, catalogue["galaxy_id"].to_numpy())
        scores = correlate(length_px, catalogue, resamples, interval)
        table = setting_frame(model, map_set, settings)
        tables.append(order_columns(pd.concat([table, scores], axis=1)))
    return pd.concat(tables, ignore_index=True)


def _mean_lengths(paths, galaxy_id):
    """Read settings and mean lengths (n, s) over the runs, of one model and set of heat maps."""
    settings, lengths = None, []
    for path in paths:
        with open_barlengths(path) as (store, settings_of_file):
            settings = settings_of_file if settings is None else settings
            if settings_of_file != settings:
                raise ValueError(f"{path}: its settings differ from those of {paths[0]}")
            rows = rows_of(store["galaxy_id"][:], galaxy_id, path)
            lengths.append(read_columns(store, "length", rows, slice(None)))
    return settings, mean_length(lengths)
