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

_COLUMNS = ("sample", "property", "bin_low", "bin_high", "bias", "scatter")


def read_biases(path):
    """Read the biases of simulated galaxies by measured length over PSF width.

    Parameters
    ----------
    path : str or Path, results/length_bias.csv, of a run or of anyone's bundle

    Returns
    -------
    pandas.DataFrame
        bin_low, bin_high, bias, scatter; bins in ascending order, each beginning where the one
        before ends.

    Raises
    ------
    FileNotFoundError
    ValueError
        Naming the file: if a column is missing, there is no such bin, a number is none, or bins
        are not in order.
    """
    table = read_result_table(path, columns=list(_COLUMNS))
    rows = table[(table["property"] == MEASURED_PROPERTY) & (table["sample"] == SAMPLE)]
    if rows.empty:
        raise ValueError(
            f"{path}: found no row of the property {MEASURED_PROPERTY} of the sample {SAMPLE}, "
            "expected its bins"
        )
    bins = rows[list(_COLUMNS[2:])].sort_values("bin_low").reset_index(drop=True)
    for name in bins:
        if not pd.api.types.is_numeric_dtype(bins[name]) or not np.isfinite(bins[name]).all():
            raise ValueError(f"{path}, column {name}: found no number in a bin, expected one")
    low, high = bins["bin_low"].to_numpy(), bins["bin_high"].to_numpy()
    if not ((low < high).all() and np.array_equal(low[1:], high[:-1])):
        raise ValueError(
            f"{path}: found bins from {low.tolist()} to {high.tolist()}, expected each to begin "
            "where the one before ends"
        )
    return bins


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
    if biases is not None:
        length = table["length_arcsec"].to_numpy(dtype=float)
        psf = table["psf_fwhm"].to_numpy(dtype=float) if "psf_fwhm" in table else np.full(n, np.nan)
        edges = np.append(biases["bin_low"], biases["bin_high"].iloc[-1])
        ratio = length / psf
        # The last bin holds its upper end.
        row = np.searchsorted(edges, ratio, side="right") - 1
        row = np.where(ratio == edges[-1], len(biases) - 1, row)
        inside = (row >= 0) & (row < len(biases)) & np.isfinite(ratio)
        bias[inside] = biases["bias"].to_numpy()[row[inside]]
        spread[inside] = biases["scatter"].to_numpy()[row[inside]]
        flag = np.where(inside, "", OUTSIDE).astype(object)
        flag[~np.isfinite(psf)] = NO_PSF
        flag[~np.isfinite(length)] = NO_LENGTH
    result = table.copy()
    first = result.columns.get_loc("recommended") + 1
    columns = {"expected_bias": bias, "expected_bias_spread": spread, "expected_bias_flag": flag}
    for number, (name, values) in enumerate(columns.items()):
        result.insert(first + number, name, values)
    return result
