"""Table of calibrated lengths: one row per galaxy, in units of the galaxy's size."""

import numpy as np
import pandas as pd

from galbar.calibration.features import read_named
from galbar.calibration.intervals import interval_columns
from galbar.lengths.averages import mean_length
from galbar.lengths.setting_files import runs_of_setting
from galbar.lengths.units import scaled_from_pixels

# Galaxies of which all lengths are held in memory at once.
_BLOCK = 20_000
OUTSIDE = "outside the calibration"
"""Flag of a galaxy that is unlike those of the calibration."""


def estimate_table(groups, galaxy_id, calibration, choice):
    """Estimate the lengths of n galaxies.

    Parameters
    ----------
    groups : dict, from `galbar.lengths.setting_files.group_barlengths`
    galaxy_id : ndarray of int64, shape (n,)
    calibration : tuple, from `galbar.calibration.calibration_file.read_calibration`
    choice : dict, the best single setting, which stands in where there is no calibration

    Returns
    -------
    pandas.DataFrame
        galaxy_id, length_scaled, the columns of `interval_columns`, calibration (the candidate's
        name, "setting" without one), calibration_flag ("" or `OUTSIDE`), note.
    """
    estimator, names, note = calibration
    if estimator is None:
        pixels = mean_length(runs_of_setting(groups, choice, galaxy_id))
        table = pd.DataFrame({"galaxy_id": galaxy_id, "length_scaled": scaled_from_pixels(pixels)})
        table = table.assign(**dict.fromkeys(interval_columns("length_scaled"), np.nan))
        return table.assign(calibration="setting", calibration_flag="", note=note)
    blocks = [galaxy_id[begin : begin + _BLOCK] for begin in range(0, len(galaxy_id), _BLOCK)]
    tables = [_estimate_block(groups, block, estimator, names) for block in blocks or [galaxy_id]]
    table = pd.concat(tables, ignore_index=True)
    return table.assign(calibration=estimator.candidate, note=note)


def _estimate_block(groups, galaxy_id, estimator, names):
    lengths = estimator.estimate(read_named(groups, galaxy_id, names))
    ends = {"low": lengths.low, "high": lengths.high}
    columns = interval_columns("length_scaled").items()
    return pd.DataFrame(
        {
            "galaxy_id": galaxy_id,
            "length_scaled": lengths.length,
            **{name: ends[end][level] for name, (level, end) in columns},
            "calibration_flag": np.where(lengths.outside, OUTSIDE, ""),
        }
    )
