import numpy as np
import pytest
from scipy import stats

from galbar.scores.bootstrap import draw_resamples
from galbar.scores.correlation import (
    columnwise_pearson,
    columnwise_spearman,
    is_constant,
    pearson_r,
    percentile_interval,
    resampled_mean,
    spearman_r,
)


def draw_pairs(n, rho, seed):
    """Bivariate normal pairs of correlation rho, far from zero mean."""
    covariance = [[1, rho], [rho, 1]]
    return np.random.default_rng(seed).multivariate_normal([50, 9], covariance, size=n).T


def resample(values, count):
    """Write out the members of one resample, as a bootstrap is usually done."""
    return np.repeat(values, count.astype(int))


@pytest.mark.parametrize("rho", [-0.7, 0.0, 0.95])
def test_correlations_equal_scipy(rho):
    x, y = draw_pairs(60, rho, 1)
    assert pearson_r(x, y) == pytest.approx(stats.pearsonr(x, y).statistic, abs=1e-13)
    assert spearman_r(x, y) == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-13)


def test_resampled_correlations_equal_scipy_on_each_resample():
    x, y = draw_pairs(25, 0.6, 2)
    x = np.round(x)  # ties, also without resampling
    counts = draw_resamples(25, 40, 5)
    expected = [
        [function(resample(x, count), resample(y, count)).statistic for count in counts]
        for function in (stats.pearsonr, stats.spearmanr)
    ]
    np.testing.assert_allclose(pearson_r(x, y, counts), expected[0], atol=1e-12)
    np.testing.assert_allclose(spearman_r(x, y, counts), expected[1], atol=1e-12)


def test_many_rows_of_values():
    x, y = draw_pairs(25, 0.6, 3)
    rows = np.random.default_rng(1).permuted(np.tile(np.round(x), (30, 1)), axis=1)
    for function, scipy_function in ((pearson_r, stats.pearsonr), (spearman_r, stats.spearmanr)):
        expected = [scipy_function(row, y).statistic for row in rows]
        np.testing.assert_allclose(function(rows, y), expected, atol=1e-12)


def test_exact_lines_and_degenerate_samples():
    x = np.array([1.0, 2.0, 4.0, 8.0])
    assert pearson_r(x, 3 - 2 * x) == -1
    assert spearman_r(x, x**3) == 1
    # Equal values that differ in the last bit must not correlate.
    constant = np.array([0.3, 0.1 * 3, 0.3, 0.1 * 3, 0.1 * 3, 0.3, 0.3])
    assert np.ptp(constant) > 0
    assert is_constant(constant)
    assert np.isnan(pearson_r(constant, np.arange(7.0)))
    assert np.isnan(spearman_r(np.arange(7.0), constant))
    for number in (0, 1, 2):
        assert np.isnan(pearson_r(x[:number], x[:number]))
        assert np.isnan(spearman_r(x[:number], x[:number]))
        assert np.isnan(spearman_r(x[:number], x[:number], np.ones((5, number)))).all()
    with pytest.raises(ValueError, match="as many"):
        pearson_r(x, x[:3])


def test_a_resample_of_one_galaxy_has_no_correlation():
    x = np.array([0.3, 0.7, 0.11, 0.9])
    counts = np.array([[4.0, 0, 0, 0], [1, 1, 1, 1], [0, 0, 0, 0]])
    for function in (pearson_r, spearman_r):
        r = function(x, x**2, counts)
        assert np.isnan(r[0])
        assert r[1] == pytest.approx(function(x, x**2))
        assert np.isnan(r[2])
    np.testing.assert_allclose(resampled_mean(x, counts), [0.3, x.mean(), np.nan])


def test_columns_leave_out_what_cannot_be_measured():
    rng = np.random.default_rng(4)
    measured = rng.normal(60, 15, (50, 7))
    measured[rng.random(measured.shape) < 0.2] = np.nan
    measured[:, 5] = np.where(measured[:, 0] > 60, 0.3, 0.1 * 3)
    measured[:, 6] = np.nan
    measured[:2, 6] = 40, 50
    reference = np.nansum(measured[:, :3], axis=1) + rng.normal(0, 10, 50)
    reference[7] = np.nan
    counts = draw_resamples(50, 20, 8)
    pearson = columnwise_pearson(measured, reference)
    spearman = columnwise_spearman(measured, reference)
    resampled = columnwise_pearson(measured, reference, counts)
    for column in range(5):
        good = np.isfinite(measured[:, column]) & np.isfinite(reference)
        x, y = measured[good, column], reference[good]
        assert pearson[column] == pytest.approx(stats.pearsonr(x, y).statistic, abs=1e-12)
        assert spearman[column] == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)
        np.testing.assert_allclose(
            resampled[:, column], pearson_r(x, y, counts[:, good]), atol=1e-12
        )
    assert np.isnan(pearson[5:]).all()
    assert np.isnan(spearman[5:]).all()
    assert np.isnan(resampled[:, 5:]).all()


def test_interval_is_the_percentiles_and_skips_undefined_resamples():
    values = np.append(np.arange(1001.0), np.nan)
    assert percentile_interval(values, 0.9) == pytest.approx((50, 950))
    assert np.isnan(percentile_interval(np.full(5, np.nan), 0.9)).all()
    low, high = percentile_interval(np.column_stack([values, np.full(1002, np.nan)]), 0.9)
    np.testing.assert_allclose(low, [50, np.nan])
    np.testing.assert_allclose(high, [950, np.nan])


def test_interval_covers_the_true_correlation():
    # 95 % intervals of 300 experiments: 285 expected to hold rho, sd 3.8; the percentile
    # bootstrap of r is known to be a little narrow at n = 80.
    rho, hits = 0.7, 0
    for experiment in range(300):
        x, y = draw_pairs(80, rho, [11, experiment])
        resampled = pearson_r(x, y, draw_resamples(80, 600, [12, experiment]))
        low, high = percentile_interval(resampled, 0.95)
        hits += low <= rho <= high
    assert 265 <= hits <= 296
