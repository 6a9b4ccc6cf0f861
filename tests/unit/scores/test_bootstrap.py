import numpy as np
import pytest

from galbar.scores import bootstrap as resamples_module
from galbar.scores.bootstrap import draw_resamples, resample_groups
from galbar.scores.correlation import columnwise_pearson


def test_resamples_are_those_of_numpy():
    drawn = np.random.default_rng([7, 1]).integers(30, size=(150, 30))
    expected = [np.bincount(row, minlength=30) for row in drawn]
    np.testing.assert_array_equal(draw_resamples(30, 150, [7, 1]), expected)


def test_counts_are_multinomial_and_repeat_with_the_seed():
    counts = draw_resamples(40, 500, [3, 1])
    assert (counts.sum(axis=1) == 40).all()
    # Each count is binomial(40, 1/40): mean 1, variance 39/40.
    assert counts.var() == pytest.approx(39 / 40, abs=0.03)
    np.testing.assert_array_equal(counts, draw_resamples(40, 500, [3, 1]))
    assert (counts != draw_resamples(40, 500, [3, 2])).any(axis=1).all()


@pytest.mark.parametrize("group", [1, 100, 1 << 19])
def test_groups_are_all_resamples_of_the_wanted_galaxies(group, monkeypatch):
    monkeypatch.setattr(resamples_module, "_GROUP", group)
    resamples = draw_resamples(30, 70, 3)
    wanted = np.arange(30) % 3 > 0
    groups = list(resample_groups(resamples, wanted))
    np.testing.assert_array_equal(np.concatenate([few for _, few in groups]), resamples[:, wanted])
    np.testing.assert_array_equal(
        np.concatenate([np.arange(70)[rows] for rows, _ in groups]), np.arange(70)
    )
    assert all(counts.dtype == float for _, counts in groups)
    assert all(counts.size <= max(30, group) for _, counts in groups)


def test_the_interval_of_many_galaxies_has_the_width_of_theory():
    # Pairs of normal deviates: the standard error of r is (1 - rho^2) / sqrt(n).
    n = 9000
    x, y = np.random.default_rng(9).multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], n).T
    r = columnwise_pearson(x[:, np.newaxis], y, draw_resamples(n, 1000, 10))[:, 0]
    # The standard deviation of 1000 values has a relative error of 2.2 %.
    assert r.std() == pytest.approx((1 - 0.6**2) / np.sqrt(n), rel=0.09)
