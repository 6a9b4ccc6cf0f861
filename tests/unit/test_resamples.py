import numpy as np
import pytest
from whole_resamples import written_out

from galbar.resamples import WHOLE, Resamples
from galbar.statistics import columnwise_pearson, pearson_r

# Two whole blocks and a part of one.
MANY = 2 * WHOLE + 1000


def sums(resamples, values):
    """Sum one quantity over each resample."""
    return resamples.sums(lambda galaxies: values[galaxies, np.newaxis], 1)[:, 0]


def test_resamples_of_a_small_catalogue_are_those_of_numpy():
    drawn = np.random.default_rng([7, 1]).integers(30, size=(150, 30))
    expected = [np.bincount(row, minlength=30) for row in drawn]
    np.testing.assert_array_equal(written_out(Resamples(30, 150, [7, 1])), expected)


@pytest.mark.parametrize("n", [40, WHOLE, WHOLE + 1, MANY])
def test_both_walks_see_the_same_resamples(n):
    # 70 resamples: neither whole tiles nor whole products.
    resamples = Resamples(n, 70, 3)
    matrix = written_out(resamples)
    assert (matrix.sum(axis=1) == n).all()
    values = np.random.default_rng(1).normal(size=n)
    np.testing.assert_allclose(sums(resamples, values), matrix @ values, rtol=1e-12, atol=1e-10)
    some = values > 0
    np.testing.assert_array_equal(written_out(resamples, some), matrix[:, some])


def test_resamples_repeat_with_the_seed_and_differ_between_blocks_and_rows():
    matrix = written_out(Resamples(MANY, 40, [3, 1]))
    np.testing.assert_array_equal(matrix, written_out(Resamples(MANY, 40, [3, 1])))
    assert (matrix != written_out(Resamples(MANY, 40, [3, 2]))).any(axis=1).all()
    assert len(np.unique(matrix[:, :WHOLE], axis=0)) == 40
    assert (matrix[:, :WHOLE] != matrix[:, WHOLE : 2 * WHOLE]).any(axis=1).all()


def test_counts_of_many_galaxies_are_multinomial():
    samples = 400
    matrix = written_out(Resamples(MANY, samples, 5))
    # Each count is binomial(n, 1/n): mean 1, variance 1 - 1/n; 3.7 million counts.
    assert matrix.mean() == 1
    assert matrix.var() == pytest.approx(1 - 1 / MANY, abs=0.005)
    assert np.mean(matrix == 0) == pytest.approx((1 - 1 / MANY) ** MANY, abs=0.002)
    # Galaxies exclude each other a little, within a block and between blocks alike: the number
    # of members in a part of the galaxies is binomial(n, share).
    for part in (slice(0, WHOLE), slice(100, 1100), slice(WHOLE - 500, WHOLE + 500)):
        share = (part.stop - part.start) / MANY
        members = matrix[:, part].sum(axis=1)
        variance = MANY * share * (1 - share)
        assert members.mean() == pytest.approx(MANY * share, abs=4 * np.sqrt(variance / samples))
        # The variance of 400 values has a relative error of sqrt(2 / 400) = 7 %.
        assert members.var() == pytest.approx(variance, rel=0.28)


def test_the_mean_of_many_galaxies_varies_as_theory_says():
    # Differs most between the blocks, so that wrong shares of them would show.
    values = np.random.default_rng(2).normal(size=MANY) + np.linspace(0, 4, MANY)
    means = sums(Resamples(MANY, 4000, 6), values) / MANY
    error = values.std() / np.sqrt(MANY)
    assert means.mean() == pytest.approx(values.mean(), abs=4 * error / np.sqrt(4000))
    # The standard deviation of 4000 values has a relative error of 1.1 %.
    assert means.std() == pytest.approx(error, rel=0.045)


def test_correlations_by_blocks_equal_those_of_the_whole_matrix():
    rng = np.random.default_rng(4)
    reference = rng.normal(9, 1, MANY)
    measured = 50 + reference[:, np.newaxis] * [1, 2, -1] + rng.normal(0, 1, (MANY, 3))
    measured[rng.random(measured.shape) < 0.1] = np.nan
    resamples = Resamples(MANY, 50, 8)
    matrix = written_out(resamples)
    plain, resampled = (
        columnwise_pearson(measured, reference),
        columnwise_pearson(measured, reference, resamples),
    )
    for column in range(3):
        good = np.isfinite(measured[:, column])
        pair = measured[good, column], reference[good]
        assert plain[column] == pytest.approx(pearson_r(*pair), abs=1e-12)
        expected = pearson_r(*pair, matrix[:, good])
        np.testing.assert_allclose(resampled[:, column], expected, atol=1e-12)


def test_the_interval_of_many_galaxies_has_the_width_of_theory():
    # Pairs of normal deviates: the standard error of r is (1 - rho^2) / sqrt(n).
    x, y = np.random.default_rng(9).multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], MANY).T
    r = columnwise_pearson(x[:, np.newaxis], y, Resamples(MANY, 2000, 10))[:, 0]
    assert r.std() == pytest.approx((1 - 0.6**2) / np.sqrt(MANY), rel=0.08)
