import numpy as np
import pytest
from barlengths_files import make_settings

from galbar import barlength_columns
from galbar.barlength_columns import read_columns
from galbar.barlengths import new_barlengths, open_barlengths
from galbar.joined_files import join_files

N = 50


@pytest.fixture
def joined(tmp_path):
    """Five files of ten galaxies, shown as one, and its path with the lengths (50, 22)."""
    settings = make_settings()
    lengths = np.random.default_rng(1).normal(60, 9, (N, len(settings))).astype(np.float32)
    paths = [tmp_path / "noise0.1" / f"{number}-of-5.h5" for number in range(1, 6)]
    for place, path in enumerate(paths):
        rows = slice(10 * place, 10 * place + 10)
        with new_barlengths(path, np.arange(N)[rows], settings) as writer:
            writer.add(lengths[rows], np.full((10, len(settings)), place), lengths[rows])
    join_files(paths, tmp_path / "noise0.1.h5")
    return tmp_path / "noise0.1.h5", lengths


@pytest.mark.parametrize("block", [1, 7, 4096])
def test_any_rows_and_columns_in_any_order(joined, block, monkeypatch):
    monkeypatch.setattr(barlength_columns, "_BLOCK", block)
    path, lengths = joined
    shuffled = np.random.default_rng(2).permutation(N)[:30]
    with open_barlengths(path) as (store, _):
        for rows in (np.arange(N), shuffled, np.array([49]), np.array([3, 3, 1])):
            for columns in (5, slice(2, 4), slice(20, 99)):
                found = read_columns(store, "length", rows, columns)
                np.testing.assert_array_equal(found, lengths[rows][:, columns])
        flags = read_columns(store, "flag", np.array([0, 10, 49]), 3)
        assert flags.tolist() == [0, 1, 4]
        assert flags.dtype == np.uint8
        assert read_columns(store, "length", np.array([], dtype=int), 3).shape == (0,)


class CountedArray:
    """An array that notes how many rows are read at a time."""

    def __init__(self, values):
        self.values, self.shape, self.dtype = values, values.shape, values.dtype
        self.reads = []

    def __getitem__(self, key):
        rows, columns = key
        self.reads.append(rows.stop - rows.start)
        return self.values[rows, columns]


def test_each_row_is_read_once_and_a_block_at_a_time(monkeypatch):
    monkeypatch.setattr(barlength_columns, "_BLOCK", 100)
    values = np.arange(2000.0).reshape(1000, 2)
    rows = np.arange(3, 1000, 3)
    for wanted in (rows, np.random.default_rng(1).permutation(rows)):
        dataset = CountedArray(values)
        found = read_columns({"length": dataset}, "length", wanted, 1)
        np.testing.assert_array_equal(found, values[wanted, 1])
        assert sum(dataset.reads) <= 1000
        assert max(dataset.reads) <= 100
