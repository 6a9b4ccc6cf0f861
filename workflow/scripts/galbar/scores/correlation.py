"""Correlations, and their intervals from resampling the galaxies.

A bootstrap resample of n galaxies is stored as how often it holds each of them, one row of
`galbar.scores.bootstrap.draw_resamples`. Every moment of every resample is then one matrix product,
and the same rows serve all estimators, so that differences between them are paired. The rows may be
some of the resamples only.
"""

import numpy as np

# Fewer galaxies than this have no correlation worth a number.
MIN_GALAXIES = 3
# A variance below this share of the mean square is rounding, not spread.
_ROUNDING = 1e-12
# Columns whose moments are summed at once (6 kB per galaxy), and resamples of one matrix product.
_COLUMNS = 128
_ROWS = 64


def resampled_mean(values, counts=None):
    """Return the mean of the values in each resample (samples,), NaN where it holds no galaxy.

    ``values`` is (n,) without NaN, or (samples, n) where it differs between resamples; without
    ``counts`` (samples, n) it is the mean over the last axis.
    """
    return resampled_means([values], counts)[0]


def resampled_means(values, counts=None):
    """Return `resampled_mean` of several quantities of one shape, in one pass over resamples."""
    if counts is None:
        return [quantity.mean(axis=-1) for quantity in values]
    ones = np.ones(counts.shape[1])
    if values[0].ndim == 1:
        *sums, totals = (counts @ np.stack([*values, ones], axis=1)).T
    else:
        sums = [np.einsum("bn,bn->b", counts, quantity) for quantity in values]
        totals = counts @ ones
    empty = np.full(len(counts), np.nan)
    return [np.divide(total, totals, out=empty.copy(), where=totals > 0) for total in sums]


def is_constant(values):
    """Return whether all values along the last axis are equal, up to rounding.

    ``values`` is (..., n) without NaN, n at least 1.
    """
    return np.ptp(values, axis=-1) <= _ROUNDING * np.abs(values).max(axis=-1)


def pearson_r(measured, reference, counts=None):
    """Return Pearson's correlation coefficient in each resample.

    Parameters
    ----------
    measured, reference : ndarray, shape (n,)
        No NaN. Without resamples ``measured`` may be (m, n), m rows of values.
    counts : ndarray, shape (samples, n), optional, from `galbar.scores.bootstrap`

    Returns
    -------
    float or ndarray, shape (samples,) or (m,)
        NaN where either side is constant or there are fewer than 3 galaxies.
    """
    measured, reference = _check_pair(measured, reference)
    if measured.shape[-1] < MIN_GALAXIES:
        rows = measured.shape[:-1] if counts is None else (len(counts),)
        return np.full(rows, np.nan)[()]
    x, y = _centred(measured), _centred(reference)
    moments = [x, y, x * x, y * y, x * y]
    mean_x, mean_y, square_x, square_y, product = resampled_means(moments, counts)
    covariance = product - mean_x * mean_y
    r = _ratio(covariance, square_x - mean_x**2, square_y - mean_y**2, square_x, square_y)
    return float(r) if r.ndim == 0 else r


def spearman_r(measured, reference, counts=None):
    """Return Spearman's rank correlation coefficient in each resample.

    Ties share the mean of their ranks, also those between the copies of one galaxy in a resample:
    the same as Pearson's coefficient of the ranks of the resampled values. Arguments and result as
    for `pearson_r`.
    """
    measured, reference = _check_pair(measured, reference)
    if measured.shape[-1] < MIN_GALAXIES:
        return pearson_r(measured, reference, counts)
    rank = dense_ranks(reference)
    if measured.ndim == 2:
        return np.array([spearman_of_ranks(dense_ranks(row), rank) for row in measured])
    return spearman_of_ranks(dense_ranks(measured), rank, counts)


def dense_ranks(values):
    """Return ranks (n,) from 0 without gaps, equal values sharing one, for `spearman_of_ranks`.

    ``values`` is (n,) without NaN; those that differ by rounding only are all equal.
    """
    return np.unique(_levelled(values), return_inverse=True)[1]


def spearman_of_ranks(measured, reference, counts=None):
    """Return Spearman's coefficient of values ranked before: resamples need no sorting.

    Both sides are (n,) from `dense_ranks`; ``counts`` and result as for `spearman_r`.
    """
    if counts is None:
        return pearson_r(_mid_ranks(measured), _mid_ranks(reference))
    ranks = (np.array([_mid_ranks(rank, row) for row in counts]) for rank in (measured, reference))
    return pearson_r(*(rank.reshape(counts.shape) for rank in ranks), counts)


def percentile_interval(values, level):
    """Return low and high, the central interval of the resampled values (percentile bootstrap).

    ``values`` is (samples,) or (samples, s), and either end then a float or (s,); ``level``, 0 to
    1, is the share of the resamples inside. Resamples that are NaN are left out; NaN where all are.
    """
    values = np.asarray(values, dtype=float)
    edges = [50 * (1 - level), 50 * (1 + level)]
    low, high = np.full((2, *values.shape[1:]), np.nan)
    is_defined = np.isfinite(values).any(axis=0)
    if values.ndim == 1:
        return tuple(np.nanpercentile(values, edges).tolist()) if is_defined else (np.nan, np.nan)
    if is_defined.any():
        low[is_defined], high[is_defined] = np.nanpercentile(values[:, is_defined], edges, axis=0)
    return low, high


def columnwise_pearson(measured, reference, resamples=None):
    """Return Pearson's coefficient of each column of measurements with one reference.

    ``measured`` is (n, s), one column per setting; NaN leaves a galaxy out of that column only, in
    ``reference`` (n,) out of every column. The result is (s,), or (samples, s) with ``resamples``
    (samples, n); NaN where a column is constant or holds fewer than 3 galaxies.
    """
    measured = np.asarray(measured, dtype=float)
    reference = np.asarray(reference, dtype=float)
    if measured.ndim != 2 or reference.shape != measured.shape[:1]:
        raise ValueError(
            f"expected measurements (n, s) and a reference (n,), found {measured.shape} "
            f"and {reference.shape}"
        )
    r = np.full((1 if resamples is None else len(resamples), measured.shape[1]), np.nan)
    # Of no galaxy there is nothing to sum.
    for begin in range(0, measured.shape[1] if len(measured) else 0, _COLUMNS):
        columns = slice(begin, begin + _COLUMNS)
        r[:, columns] = _pearson_of_columns(measured[:, columns], reference, resamples)
    return r[0] if resamples is None else r


def columnwise_spearman(measured, reference):
    """Return Spearman's coefficient (s,) of each column; arguments as for `columnwise_pearson`."""
    measured, reference = np.asarray(measured, dtype=float), np.asarray(reference, dtype=float)
    r = np.full(measured.shape[1], np.nan)
    for column, values in enumerate(measured.T):
        usable = np.isfinite(values) & np.isfinite(reference)
        if usable.sum() >= MIN_GALAXIES:
            r[column] = spearman_r(values[usable], reference[usable])
    return r


def _check_pair(measured, reference):
    measured, reference = np.asarray(measured, dtype=float), np.asarray(reference, dtype=float)
    if measured.shape[-1:] != reference.shape[-1:]:
        raise ValueError(
            f"as many measured values as reference values expected, found {measured.shape} "
            f"and {reference.shape}"
        )
    return measured, reference


def _centred(values):
    """Subtract the mean: r does not change, and sums of squares keep their digits."""
    values = _levelled(values)
    return values - values.mean(axis=-1, keepdims=True)


def _levelled(values):
    """Replace values that differ by rounding only by the first of them: that is no spread."""
    return np.where(is_constant(values)[..., np.newaxis], values[..., :1], values)


def _ratio(covariance, variance_x, variance_y, square_x, square_y):
    """Return the correlation from moments; NaN where a variance is only rounding error."""
    spread = (variance_x > _ROUNDING * square_x) & (variance_y > _ROUNDING * square_y)
    product = np.where(spread, variance_x * variance_y, 1.0)
    return np.where(spread, np.clip(covariance / np.sqrt(product), -1, 1), np.nan)


def _mid_ranks(dense, weights=None):
    """Return the ranks (from 1) of dense ranks, each counted by its weight; ties share the mean.

    ``scipy.stats.rankdata`` does without the weights, and sorts ten times as long.
    """
    copies = np.bincount(dense, weights)
    return (np.cumsum(copies) - (copies - 1) / 2)[dense]


def _sum_over(quantities, resamples):
    """Sum quantities (n, q) over all galaxies, (1, q), or over those of resamples, (samples, q)."""
    if resamples is None:
        return quantities.sum(axis=0, keepdims=True)
    sums = np.empty((len(resamples), quantities.shape[1]))
    for begin in range(0, len(resamples), _ROWS):
        rows = slice(begin, begin + _ROWS)
        sums[rows] = resamples[rows].astype(float) @ quantities
    return sums


def _pearson_of_columns(measured, reference, resamples):
    """Return `columnwise_pearson` of a few columns, shape (samples, s)."""
    usable = np.isfinite(measured) & np.isfinite(reference)[:, np.newaxis]
    members = usable.sum(axis=0)
    x = _standardised(np.where(usable, measured, 0.0), usable, members)
    y = _standardised(np.where(usable, reference[:, np.newaxis], 0.0), usable, members)
    moments = np.stack([usable.astype(float), x, y, x * x, y * y, x * y], axis=1)
    sums = _sum_over(moments.reshape(len(moments), -1), resamples)
    sums = sums.reshape(len(sums), 6, len(members))
    total = np.where(sums[:, 0] > 0, sums[:, 0], 1.0)
    mean_x, mean_y, square_x, square_y, product = np.moveaxis(sums[:, 1:] / total[:, None], 1, 0)
    r = _ratio(
        product - mean_x * mean_y, square_x - mean_x**2, square_y - mean_y**2, square_x, square_y
    )
    return np.where(members >= MIN_GALAXIES, r, np.nan)


def _standardised(values, usable, members):
    """Scale columns to mean 0 and variance 1 over their usable rows; 0 elsewhere."""
    members = np.maximum(members, 1)
    largest = np.abs(values).max(axis=0, initial=0.0)
    values = np.where(usable, values - values.sum(axis=0) / members, 0.0)
    spread = np.sqrt((values**2).sum(axis=0) / members)
    varied = spread > _ROUNDING * largest
    return np.where(varied, values / np.where(varied, spread, 1.0), 0.0)
