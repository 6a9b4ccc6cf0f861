"""Error of measured lengths, from networks trained independently on the same galaxies.

The published model (Bhambra, Joachimi & Lahav 2022, MNRAS 511, 5032, section on errors, and its
released code): the length of a galaxy is the mean of two runs; the mean absolute difference of the
two, within each decile of that mean, is the standard error of all galaxies of the decile.
"""

from itertools import combinations

import numpy as np
import pandas as pd

from galbar.lengths.averages import mean_length

_DECILES = 10


def spread_between_runs(lengths):
    """Return the mean absolute difference between the runs, (runs, n), for each galaxy, (n,).

    ``|v1 - v2|`` for two runs, the mean over all pairs for more. NaN for a galaxy that some run
    could not measure, and for all galaxies with one run only.
    """
    lengths = np.asarray(lengths, dtype=float)
    pairs = [np.abs(first - second) for first, second in combinations(lengths, 2)]
    return np.mean(pairs, axis=0) if pairs else np.full(lengths.shape[1], np.nan)


def sigma_by_decile(measured, spread):
    """Average the spread within each decile of the measured length, both (n,) in one unit.

    Columns decile (1 to 10), decile_low, decile_high, n, sigma. A bin holds low < length <= high,
    the first one also its lower edge; ``pandas.qcut`` bins alike. Lengths are means over the runs,
    NaN where unmeasurable. Bins that ties leave empty have sigma NaN, as all have with one run.
    """
    measured, spread = np.asarray(measured, dtype=float), np.asarray(spread, dtype=float)
    is_measured = np.isfinite(measured)
    edges = np.full(_DECILES + 1, np.nan)
    if is_measured.any():
        edges = np.quantile(measured[is_measured], np.linspace(0, 1, _DECILES + 1))
    table = pd.DataFrame(
        {"decile": np.arange(1, _DECILES + 1), "decile_low": edges[:-1], "decile_high": edges[1:]}
    )
    both = is_measured & np.isfinite(spread)
    decile_of_galaxy = _bins(measured[both], edges)
    pairs = np.bincount(decile_of_galaxy, minlength=_DECILES)
    total = np.bincount(decile_of_galaxy, weights=spread[both], minlength=_DECILES)
    table["n"] = np.bincount(_bins(measured[is_measured], edges), minlength=_DECILES)
    table["sigma"] = np.divide(total, pairs, out=np.full(_DECILES, np.nan), where=pairs > 0)
    return table


def sigma_of_runs(lengths):
    """Return the error model of one quantity: spread between runs, by decile of their mean.

    Parameters
    ----------
    lengths : ndarray, shape (runs, n)
        One row per independent run, of the galaxies of the test set; NaN where unmeasurable.

    Returns
    -------
    pandas.DataFrame, see `sigma_by_decile`
    """
    return sigma_by_decile(mean_length(lengths), spread_between_runs(lengths))


def assign_sigma(measured, table):
    """Look up the standard error of each length by its decile.

    Parameters
    ----------
    measured : ndarray, shape (n,), in the unit of the table; NaN where unmeasurable
    table : pandas.DataFrame, from `sigma_of_runs`

    Returns
    -------
    ndarray, shape (n,), NaN for NaN; lengths beyond the table take its first or last decile
    """
    measured = np.asarray(measured, dtype=float)
    sigma = np.full(len(measured), np.nan)
    is_measured = np.isfinite(measured)
    edges = np.append(table["decile_low"].to_numpy(), table["decile_high"].iloc[-1])
    sigma[is_measured] = table["sigma"].to_numpy()[_bins(measured[is_measured], edges)]
    return sigma


def error_table(runs):
    """Tabulate the error models of several quantities.

    Parameters
    ----------
    runs : dict of str to ndarray, shape (runs, n), lengths by the name of the quantity

    Returns
    -------
    pandas.DataFrame, column quantity, then those of `sigma_by_decile`
    """
    tables = []
    for quantity, lengths in runs.items():
        table = sigma_of_runs(lengths)
        table.insert(0, "quantity", quantity)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def _bins(measured, edges):
    """Return the index of the bin, low < length <= high, of each length."""
    return np.searchsorted(edges[1:-1], measured, side="left")
