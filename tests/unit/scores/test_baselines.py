import numpy as np
import pandas as pd
import pytest

from galbar.scores.baselines import galaxy_size, shuffled_lengths, size_only_lengths
from galbar.scores.correlation import pearson_r


def test_size_is_the_quotient_and_unknown_without_a_scaled_length():
    size = galaxy_size([6.0, 4.0, 3.0], [0.5, 0.0, np.nan])
    np.testing.assert_array_equal(size, [12, np.nan, np.nan])


def test_size_only_gives_all_galaxies_one_length():
    lengths = size_only_lengths(np.array([0.2, 0.6, np.nan]), 5)
    np.testing.assert_allclose(lengths, np.full(5, 0.4))


def test_every_permutation_keeps_the_lengths_and_repeats_with_the_seed():
    lengths = np.arange(1.0, 21.0)
    rows = np.concatenate(list(shuffled_lengths(lengths, 300, 4)))
    assert rows.shape == (300, 20)
    np.testing.assert_array_equal(np.sort(rows, axis=1), np.tile(lengths, (300, 1)))
    np.testing.assert_array_equal(rows, np.concatenate(list(shuffled_lengths(lengths, 300, 4))))
    # Every galaxy gets every length equally often: the mean of 300 has sd 0.33.
    assert np.abs(rows.mean(axis=0) - 10.5).max() < 1.5
    assert abs(np.mean(pearson_r(rows, lengths))) < 0.05


def test_real_catalogue_size_alone_correlates_with_bar_length(real_data):
    table = pd.read_csv(real_data / "hoyle" / "hoyle_barlengths.csv")
    length = table["length_avg"].to_numpy()
    scaled = table["length_scaled"].to_numpy()
    size = galaxy_size(length, scaled)
    lengths = size_only_lengths(scaled[:1050], len(table)) * size
    assert pearson_r(lengths, length) == pytest.approx(0.69, abs=0.01)
    # Even the catalogue's own lengths, shuffled between the galaxies, correlate.
    shuffled = np.concatenate(list(shuffled_lengths(scaled, 200, 1))) * size
    assert 0.49 < np.mean(pearson_r(shuffled, length)) < 0.67
