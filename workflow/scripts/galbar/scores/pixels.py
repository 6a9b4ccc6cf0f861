"""Scores in pixels, from those of lengths in units of the galaxy's size: the same but for a factor.

A galaxy's image is scaled by its size, so that one factor serves all galaxies: correlations, slopes
and coverages are the same, and no resample is drawn anew.
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
    rows = table[table["quantity"] == "length_scaled"].assign(quantity="length_px")
    columns = [name for name in table if name in _IN_UNIT_OF_LENGTH]
    rows[columns] = rows[columns] / scaled_from_pixels(1.0)
    return pd.concat([table, rows], ignore_index=True)
