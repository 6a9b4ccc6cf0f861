"""Tables of how well the lengths by each setting correlate with a reference."""

import numpy as np
import pandas as pd

from galbar.lengths.measure import COMMON_KEYS
from galbar.lengths.setting_files import mean_lengths
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
_MARKS = (
    *("chosen", "published_criterion", "best_of_model", "within_calibration", "sample", "note"),
)


def setting_columns(table):
    """Return the columns of a correlation table that name a setting.

    These are the keys of `galbar.lengths.measure.setting_keys`, in their order; the table may have
    marks and a round through a CSV file behind it.
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

    The settings have the same keys, None where one does not apply; noise is NaN for a method
    without it.
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
    """Correlate measured lengths with a catalogue of the same n galaxies, one row per setting.

    ``length_px`` is (n, s) [pixel of the 424 px image], NaN where unmeasurable; ``resamples`` is
    (samples, n), ``interval`` a level. ``correlation`` is r of length x petror90_r [arcsec] on both
    sides, as published, that is of angular sizes; the other scores are of lengths in units of the
    galaxy's size (the factor from pixels leaves r as it is). Only galaxies with a reference count.
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
    groups : dict, from `galbar.lengths.setting_files.group_barlengths`
    catalogue : pandas.DataFrame, n rows, with galaxy_id, length_scaled and petror90_r [arcsec]
    resamples : ndarray, shape (samples, n)
        From `galbar.scores.bootstrap.draw_resamples`, the same for all settings.
    interval : float, level of the intervals

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
    for (model, map_set), runs in groups.items():
        settings, length_px = mean_lengths(runs, catalogue["galaxy_id"].to_numpy())
        scores = correlate(length_px, catalogue, resamples, interval)
        table = setting_frame(model, map_set, settings)
        tables.append(order_columns(pd.concat([table, scores], axis=1)))
    return pd.concat(tables, ignore_index=True)
