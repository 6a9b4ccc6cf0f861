"""Numbers of single maps against cases that are known, and against straightforward loops."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from galbar.heatmap_checks.measures import (
    intersection_over_union,
    pointing,
    rank_accuracy,
    rank_correlation,
    relevance_mass,
    structural_similarity,
)

SHAPE = (12, 9)


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def box(rows, columns, value=1.0):
    mask = np.zeros(SHAPE)
    mask[rows, columns] = value
    return mask


def test_a_map_that_is_the_mask_lies_on_it():
    mask = box(slice(3, 6), slice(2, 7))
    assert relevance_mass(7 * mask, mask) == rank_accuracy(7 * mask, mask) == 1
    assert pointing(7 * mask, mask) == 1
    assert intersection_over_union(mask > 0, mask) == 1


def test_a_map_elsewhere_does_not():
    mask, corner = box(slice(3, 6), slice(2, 7)), box(slice(9, 12), slice(0, 2))
    assert relevance_mass(corner, mask) == pointing(corner, mask) == 0
    assert intersection_over_union(corner > 0, mask) == 0
    # 6 pixels are of the corner; of the 102 others 9 are drawn, 15 of which are the bar's.
    assert rank_accuracy(corner, mask) == pytest.approx(9 * 15 / 102 / 15)


def test_a_flat_map_is_at_chance():
    mask = box(slice(0, 4), slice(0, 3))
    share = 12 / 108
    assert relevance_mass(np.ones(SHAPE), mask) == pytest.approx(share)
    assert rank_accuracy(np.ones(SHAPE), mask) == pytest.approx(share)
    assert np.isnan(pointing(np.ones(SHAPE), mask))


def test_half_pixels_count_by_their_share_in_the_mass():
    mask = box(slice(0, 2), slice(0, 2), 0.5)
    heatmap = box(slice(0, 2), slice(0, 4))
    assert relevance_mass(heatmap, mask) == pytest.approx(0.25)


@pytest.mark.parametrize("function", [relevance_mass, rank_accuracy, pointing])
def test_a_map_that_is_not_finite_is_nan(function):
    mask = box(slice(3, 6), slice(2, 7))
    assert np.isnan(function(np.full(SHAPE, np.nan), mask))
    # A galaxy without a mask is no miss.
    assert np.isnan(function(mask, np.full(SHAPE, np.nan)))
    assert np.isnan(relevance_mass(np.zeros(SHAPE), mask))


def test_rank_correlation_is_scipys(rng):
    first, second = rng.random(SHAPE), rng.integers(0, 5, SHAPE)
    expected = spearmanr(first.ravel(), second.ravel()).statistic
    assert rank_correlation(first, second) == pytest.approx(expected, abs=1e-12)
    assert rank_correlation(first, -first) == pytest.approx(-1)
    assert np.isnan(rank_correlation(first, np.ones(SHAPE)))


def similarity_by_loops(first, second, sigma=1.5):
    """Equation 13 of Wang et al. (2004), pixel by pixel, with windows cut at 3.5 sigma."""
    reach = int(3.5 * sigma + 0.5)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    window = np.exp(-(x**2 + y**2) / (2 * sigma**2))
    window /= window.sum()
    padded = [np.pad(image, reach, mode="symmetric") for image in (first, second)]
    values = []
    for row, column in np.ndindex(first.shape):
        part = np.s_[row : row + 2 * reach + 1, column : column + 2 * reach + 1]
        a, b = (image[part] for image in padded)
        mean_a, mean_b = (window * a).sum(), (window * b).sum()
        var_a = (window * (a - mean_a) ** 2).sum()
        var_b = (window * (b - mean_b) ** 2).sum()
        covariance = (window * (a - mean_a) * (b - mean_b)).sum()
        values.append(
            (2 * mean_a * mean_b + 1e-4)
            * (2 * covariance + 9e-4)
            / ((mean_a**2 + mean_b**2 + 1e-4) * (var_a + var_b + 9e-4))
        )
    return np.mean(values)


def test_structural_similarity_is_that_of_the_paper(rng):
    first = rng.random((20, 17))
    second = 0.6 * first + 0.4 * rng.random((20, 17))
    expected = similarity_by_loops(first, second)
    assert 0.2 < expected < 0.95
    assert structural_similarity(first, second) == pytest.approx(expected, abs=1e-9)
    assert structural_similarity(first, first) == pytest.approx(1)
    assert np.isnan(structural_similarity(first, np.full((20, 17), np.nan)))
