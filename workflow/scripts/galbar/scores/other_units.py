"""Scores in further units, from those that differ from them by one factor only.

Correlations, slopes and coverages are the same, and no resample is drawn anew. A galaxy's image is
scaled by its size, so that one factor makes pixels of lengths in units of it; kpc and kpc/h differ
by the Hubble constant.
"""

import pandas as pd

from galbar.lengths.units import scaled_from_pixels

_STATISTICS = ("mae", "rmse_raw", "rmse_regression", "rmse_origin", "bias")
_IN_UNIT_OF_LENGTH = {
    *(f"{name}{end}" for name in _STATISTICS for end in ("", "_low", "_high")),
    *("width_68", "reference", "measured"),
}


def add_pixels(table):
    """Append the rows of ``length_scaled`` in pixels.

    Parameters
    ----------
    table : pandas.DataFrame
        From `galbar.scores.estimator_scores.score_table` or
        `galbar.scores.dilution.dilution_table`.

    Returns
    -------
    pandas.DataFrame, the same columns; the rows added have the quantity "length_px" [pixel of the
    424 px image]
    """
    return _add(table, "length_scaled", "length_px", 1 / scaled_from_pixels(1.0))


def add_kpc(table, hubble_constant):
    """Append the rows of ``length_kpc_h`` in kpc, as other works give their errors.

    Parameters
    ----------
    table : pandas.DataFrame, as for `add_pixels`
    hubble_constant : float [km/s/Mpc]

    Returns
    -------
    pandas.DataFrame, the same columns; the rows added have the quantity "length_kpc" [kpc]
    """
    return _add(table, "length_kpc_h", "length_kpc", 100 / hubble_constant)


def _add(table, quantity, added, factor):
    rows = table[table["quantity"] == quantity].assign(quantity=added)
    columns = [name for name in table if name in _IN_UNIT_OF_LENGTH]
    rows[columns] = rows[columns] * factor
    return pd.concat([table, rows], ignore_index=True)
