"""Intervals on the figure of biases: within the panels, marked where cut off, open where none."""

import numpy as np
import pandas as pd
import pytest

from galbar.figures.length_bias import draw_length_bias

# The panel of biases by the first property, and its rows in the table.
PANEL = 4
PROPERTY = "length_over_psf"


@pytest.fixture
def biases(results):
    return pd.read_csv(results("length_bias.csv"))


def change(biases, column, value):
    """Change a column of the second bin of the catalogue; return its row before."""
    is_bin = (biases["property"] == PROPERTY) & (biases["sample"] == "catalogue")
    index = biases.index[is_bin][1]
    before = biases.loc[index].copy()
    biases.loc[index, column] = value
    return before


def lines_with(axes, marker):
    lines = [line for line in axes.lines if line.get_marker() == marker]
    return [line for line in lines if len(line.get_xdata())]


def test_panels_reach_to_the_ends_of_intervals(biases):
    _, before = draw_length_bias(biases).axes[PANEL].get_ylim()
    change(biases, "bias_high", before + 0.1)
    axes = draw_length_bias(biases).axes[PANEL]
    assert axes.get_ylim()[1] > before + 0.1
    assert lines_with(axes, "^") == lines_with(axes, "v") == []


def test_an_interval_that_dwarfs_all_is_cut_off_and_marked(biases):
    low, high = draw_length_bias(biases).axes[PANEL].get_ylim()
    row = change(biases, ["bias_low", "bias_high"], [-50.0, 50.0])
    axes = draw_length_bias(biases).axes[PANEL]
    assert np.ptp(axes.get_ylim()) < 3.5 * (high - low)
    for marker in "v^":
        (arrow,) = lines_with(axes, marker)
        assert arrow.get_xdata().tolist() == [row["bin_median"]]


def test_a_value_without_an_interval_is_open_and_has_no_bar(biases):
    row = change(biases, ["bias_low", "bias_high"], np.nan)
    axes = draw_length_bias(biases).axes[PANEL]
    lines = lines_with(axes, "o")
    (open_line,) = (line for line in lines if line.get_markerfacecolor() == "white")
    assert open_line.get_xydata().tolist() == [[row["bin_median"], row["bias"]]]
    # Behind the shaded scatter the bars of the catalogue: of two ends each.
    ends = [len(bar) for bar in axes.collections[1].get_segments()]
    assert ends == [2, 0, 2, 2, 2]
