from functools import partial

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from galbar.scores.bootstrap import draw_resamples
from galbar.scores.correlation import pearson_r
from galbar.scores.regression import (
    bias,
    published_weights,
    rmse_origin,
    rmse_raw,
    rmse_regression,
    slope_origin,
)


@pytest.fixture
def lengths():
    """Measured and catalogue lengths of 60 galaxies [kpc/h]."""
    rng = np.random.default_rng(5)
    reference = rng.gamma(6, 1.5, 60)
    return 1.2 + 0.7 * reference + rng.normal(0, 1.5, 60), reference


def test_errors_of_an_exact_line_are_known():
    reference = np.array([1.0, 2.0, 3.0, 6.0])
    measured = 2 * reference + 1
    weights = np.ones(4)
    assert bias(measured, reference) == 4
    assert rmse_raw(measured, reference) == pytest.approx(np.sqrt((4 + 9 + 16 + 49) / 4))
    assert rmse_regression(measured, reference) == pytest.approx(0, abs=1e-7)
    # Sum of (2 x^2 + x) over sum of x^2.
    assert slope_origin(measured, reference, weights) == pytest.approx((2 * 50 + 12) / 50)
    assert rmse_origin(2 * reference, reference, weights) == pytest.approx(0, abs=1e-7)


def test_regression_error_equals_scikit_learn_and_its_formula(lengths):
    measured, reference = lengths
    line = LinearRegression().fit(measured[:, None], reference)
    residual = reference - line.predict(measured[:, None])
    expected = np.sqrt(np.mean(residual**2))
    assert rmse_regression(measured, reference) == pytest.approx(expected)
    r = pearson_r(measured, reference)
    assert expected == pytest.approx(reference.std() * np.sqrt(1 - r**2))
    # A calibration of the measured lengths does not change it, but does the raw one.
    assert rmse_regression(3 * measured + 1, reference) == pytest.approx(expected)
    assert rmse_raw(3 * measured + 1, reference) > 2 * rmse_raw(measured, reference)


def test_slope_equals_scikit_learn_with_the_published_weights(lengths):
    measured, reference = lengths
    sigma = np.linspace(0.2, 2, 60)
    weights = published_weights(reference, sigma)
    np.testing.assert_allclose(weights, 1 / (0.17 * reference + sigma))
    line = LinearRegression(fit_intercept=False)
    line.fit(reference[:, None], measured, sample_weight=weights)
    assert slope_origin(measured, reference, weights) == pytest.approx(line.coef_[0])
    residual = measured - line.predict(reference[:, None])
    expected = np.sqrt(np.mean(residual**2))
    assert rmse_origin(measured, reference, weights) == pytest.approx(expected)


def test_missing_error_model_leaves_the_catalogue_error():
    reference = np.array([1.0, 2.0])
    np.testing.assert_allclose(
        published_weights(reference, np.full(2, np.nan)), 1 / 0.17 / reference
    )
    with pytest.raises(ValueError, match="positive"):
        published_weights(np.array([1.0, 0.0]), 0.0)


def test_constant_lengths_leave_the_spread_of_the_reference(lengths):
    _, reference = lengths
    assert rmse_regression(np.full(60, 0.3), reference) == pytest.approx(reference.std())


def test_resampled_values_equal_those_of_each_resample_written_out(lengths):
    measured, reference = lengths
    weights = published_weights(reference, 1.0)
    counts = draw_resamples(60, 25, 2)
    members = [np.repeat(np.arange(60), count.astype(int)) for count in counts]
    for function in (bias, rmse_raw, rmse_regression):
        expected = [function(measured[m], reference[m]) for m in members]
        np.testing.assert_allclose(function(measured, reference, counts), expected, rtol=1e-9)
    for function in (slope_origin, rmse_origin):
        expected = [function(measured[m], reference[m], weights[m]) for m in members]
        resampled = partial(function, weights=weights)(measured, reference, counts=counts)
        np.testing.assert_allclose(resampled, expected, rtol=1e-9)


def test_many_rows_of_lengths(lengths):
    measured, reference = lengths
    weights = published_weights(reference, 1.0)
    rows = np.random.default_rng(1).permuted(np.tile(measured, (10, 1)), axis=1)
    for function in (bias, rmse_raw, rmse_regression):
        expected = [function(row, reference) for row in rows]
        np.testing.assert_allclose(function(rows, reference), expected, rtol=1e-9)
    for function in (slope_origin, rmse_origin):
        expected = [function(row, reference, weights) for row in rows]
        np.testing.assert_allclose(function(rows, reference, weights), expected, rtol=1e-9)
