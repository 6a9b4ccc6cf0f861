"""The bias that lengths of a galaxy are expected to have: as simulated ones of the same length."""

import numpy as np
import pandas as pd

from galbar.io.result_tables import read_result_table

MEASURED_PROPERTY = "measured_length_over_psf"
"""Property of a table of biases by which they are looked up."""

SAMPLE = "catalogue"
"""Sample of simulated galaxies whose biases are looked up: barred as those of the catalogue."""

NOT_KNOWN = "no table of biases"
NO_LENGTH = "no length"
NO_PSF = "no psf_fwhm"
OUTSIDE = "outside the simulated lengths over PSF width"
EMPTY_BIN = "no measured galaxy in the bin of its length over PSF width"

_COLUMNS = ("sample", "property", "bin_low", "bin_high", "bias", "scatter")
# Those of galaxies in a bin, which may have none.
_LACKING = ("bias", "scatter")


def read_biases(path):
    """Read the biases of simulated galaxies by measured length over PSF width.

    Parameters
    ----------
    path : str or Path, results/length_bias.csv, of a run or of anyone's bundle

    Returns
    -------
    pandas.DataFrame
        bin_low, bin_high, bias, scatter; bins in ascending order, each beginning where the one
        before ends. Bias and scatter are NaN in a bin without a measured galaxy. No row where none
        was measured, or none is barred as those of the catalogue.

    Raises
    ------
    FileNotFoundError
    ValueError
        Naming the file: if a column is missing, a number is none, or bins are not in order.
    """
    table = read_result_table(path, columns=list(_COLUMNS))
    rows = table[(table["property"] == MEASURED_PROPERTY) & (table["sample"] == SAMPLE)]
    bins = rows[list(_COLUMNS[2:])].sort_values("bin_low").reset_index(drop=True)
    # Of no rows a column has no type.
    if bins.empty:
        return bins.astype(float)
    for name in bins:
        _check_numbers(path, bins[name], may_lack=name in _LACKING)
    low, high = bins["bin_low"].to_numpy(), bins["bin_high"].to_numpy()
    if not ((low < high).all() and np.array_equal(low[1:], high[:-1])):
        raise ValueError(
            f"{path}: found bins from {low.tolist()} to {high.tolist()}, expected each to begin "
            "where the one before ends"
        )
    return bins


def _check_numbers(path, column, *, may_lack):
    """Raise ValueError if a value is no finite number, or, where it may lack, not NaN either."""
    is_number = pd.api.types.is_numeric_dtype(column)
    if not is_number or not (np.isfinite(column) | (may_lack & column.isna())).all():
        raise ValueError(f"{path}, column {column.name}: found no number in a bin, expected one")


def add_expected_bias(table, biases=None):
    """Put the expected bias of each length behind the column recommended.

    Parameters
    ----------
    table : pandas.DataFrame, n rows
        With recommended, length_arcsec, and perhaps psf_fwhm, the full width at half maximum of
        the PSF of the galaxy's image [arcsec].
    biases : pandas.DataFrame, optional, of `read_biases`

    Returns
    -------
    pandas.DataFrame, n rows
        With expected_bias (median of measured over true length, less 1, of simulated galaxies of
        this measured length over PSF width: positive is too long), expected_bias_spread (half the
        range of 16 to 84 % of that ratio), and expected_bias_flag: "" or why both are NaN. Lengths
        stay as they are.
    """
    n = len(table)
    bias, spread = np.full(n, np.nan), np.full(n, np.nan)
    flag = np.full(n, NOT_KNOWN, dtype=object)
    if biases is not None and len(biases):
        length = table["length_arcsec"].to_numpy(dtype=float)
        psf = table["psf_fwhm"].to_numpy(dtype=float) if "psf_fwhm" in table else np.full(n, np.nan)
        edges = np.append(biases["bin_low"], biases["bin_high"].iloc[-1])
        ratio = length / psf
        # The last bin holds its upper end.
        row = np.searchsorted(edges, ratio, side="right") - 1
        row = np.where(ratio == edges[-1], len(biases) - 1, row)
        inside = (row >= 0) & (row < len(biases)) & np.isfinite(ratio)
        bias[inside], spread[inside] = biases[list(_LACKING)].to_numpy()[row[inside]].T
        has_numbers = np.isfinite(bias) & np.isfinite(spread)
        bias[~has_numbers], spread[~has_numbers] = np.nan, np.nan
        flag = np.where(inside, np.where(has_numbers, "", EMPTY_BIN), OUTSIDE).astype(object)
        flag[~np.isfinite(psf)] = NO_PSF
        flag[~np.isfinite(length)] = NO_LENGTH
    result = table.copy()
    first = result.columns.get_loc("recommended") + 1
    columns = {"expected_bias": bias, "expected_bias_spread": spread, "expected_bias_flag": flag}
    for number, (name, values) in enumerate(columns.items()):
        result.insert(first + number, name, values)
    return result
