"""Figure of where bars are missed and lengths fail, by properties of simulated galaxies."""

import numpy as np
from matplotlib.ticker import FormatStrFormatter, LogLocator, NullLocator

from galbar.figures.style import CYCLE, TEXT_WIDTH, annotate, make_figure, style_context
from galbar.scores.length_bias import MEASURED_PROPERTIES, TRUE_PROPERTIES

# Sample -> colour, and how it is called.
_SAMPLES = {
    "catalogue": (CYCLE[0], "barred as those of the catalogue"),
    "training": (CYCLE[1], "as the training set: barred"),
}
_UNBARRED = (CYCLE[2], "without a bar, taken for barred")
_LEVELS = {"coverage_68": 0.68, "coverage_95": 0.95}
_COLUMNS = 4
# Beside the outer points, over the range of all.
_MARGIN = 0.06
# Intervals beyond the range of all values, over that range.
_REACH = 1.0
# Properties that spread over decades.
_LOGARITHMIC = ("length_over_psf", "measured_length_over_psf", "bar_contrast", "bulge_to_total")
# The panels in the corner show intervals and scatter by this one.
_OF_CORNER = "length_over_psf"


@style_context()
def draw_length_bias(biases):
    """Draw shares of detected galaxies above biases of their lengths, by each property.

    Parameters
    ----------
    biases : pandas.DataFrame, of `galbar.scores.length_bias.bias_table`

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = make_figure(TEXT_WIDTH, 7.2)
    grid = figure.subplots(4, _COLUMNS)
    properties = {**TRUE_PROPERTIES, **MEASURED_PROPERTIES}
    limits = _bias_limits(biases)
    for number, (name, words) in enumerate(properties.items()):
        line, column = divmod(number, _COLUMNS)
        pair = grid[2 * line : 2 * line + 2, column]
        rows = biases[biases["property"] == name]
        _show_shares(pair[0], rows)
        _show_bias(pair[1], rows, limits)
        _finish(pair, rows, words, limits, is_first=column == 0)
    corner = grid[2:, -1]
    rows = biases[(biases["property"] == _OF_CORNER) & (biases["sample"] == "catalogue")]
    _show_coverage(corner[0], rows)
    _show_scatter(corner[1], rows, limits)
    _finish(corner, rows, properties[_OF_CORNER], limits, is_first=False)
    # Above all panels, as each has the same.
    figure.legend(
        *grid[0, 1].get_legend_handles_labels(), loc="outside upper center", ncols=len(_SAMPLES) + 1
    )
    return figure


def _bias_limits(biases):
    """Return the range of biases and scatter, with intervals and a margin; NaN do not count.

    Intervals reach further than the range of all values by `_REACH` of it at most; what is beyond
    is cut off, and `_mark_cut` says so.
    """
    in_bins = biases[biases["bin_median"].notna()]
    of_catalogue = in_bins[in_bins["sample"] == "catalogue"]
    drawn = [in_bins["bias"], of_catalogue["scatter"]]
    drawn += [of_catalogue["bias"] + sign * of_catalogue["scatter"] for sign in (-1, 1)]
    # Zero is always shown.
    values = np.concatenate([[0.0], *drawn])
    low, high = np.nanmin(values), np.nanmax(values)
    reach = _REACH * (high - low)
    ends = [in_bins[["bias_low", "bias_high"]], of_catalogue[["scatter_low", "scatter_high"]]]
    ends = np.concatenate([[low, high], *(each.to_numpy(dtype=float).ravel() for each in ends)])
    low, high = max(low - reach, np.nanmin(ends)), min(high + reach, np.nanmax(ends))
    margin = 0.07 * (high - low) + 1e-3
    return low - margin, high + margin


def _show_shares(axes, rows):
    for sample, (colour, label) in _SAMPLES.items():
        part = rows[rows["sample"] == sample]
        _show_points(axes, part, "completeness", colour, label)
    part = rows[(rows["sample"] == "training") & (rows["n_unbarred"] > 0)]
    _show_points(axes, part, "false_positives", *_UNBARRED, marker="s")


def _show_bias(axes, rows, limits):
    axes.axhline(0, color="0.6", linestyle="--", linewidth=0.7, zorder=0)
    for sample, (colour, label) in _SAMPLES.items():
        part = rows[rows["sample"] == sample]
        if sample == "catalogue":
            low, high = part["bias"] - part["scatter"], part["bias"] + part["scatter"]
            axes.fill_between(part["bin_median"], low, high, color=colour, alpha=0.15, linewidth=0)
        _show_points(axes, part, "bias", colour, label)
        _mark_cut(axes, part, "bias", colour, limits)


def _show_points(axes, rows, name, colour, label, marker="o"):
    """Show values at the bins' medians, joined, with their intervals; open where there is none."""
    values = rows[name].to_numpy(dtype=float)
    ends = rows[[f"{name}_low", f"{name}_high"]].to_numpy(dtype=float).T
    errors = np.abs(ends - values)
    axes.errorbar(
        rows["bin_median"], values, yerr=errors, fmt=f"{marker}-", color=colour, markersize=2.5,
        linewidth=0.8, elinewidth=0.8, label=label,
    )  # fmt: skip
    without = rows[np.isnan(errors).any(axis=0)]
    axes.plot(
        without["bin_median"], without[name], marker, color=colour, markersize=3.2,
        markerfacecolor="white", markeredgewidth=0.7, zorder=3,
    )  # fmt: skip


def _mark_cut(axes, rows, name, colour, limits):
    """Show an arrow at the end of a panel where an interval leaves it."""
    low, high = limits
    for marker, height, is_cut in (
        ("v", 0.02, rows[f"{name}_low"] < low),
        ("^", 0.98, rows[f"{name}_high"] > high),
    ):
        medians = rows.loc[is_cut, "bin_median"]
        at_end = np.full(len(medians), height)
        axes.plot(
            medians, at_end, marker, color=colour, markersize=3,
            transform=axes.get_xaxis_transform(),
        )  # fmt: skip


def _show_coverage(axes, rows):
    for colour, (name, level) in zip(("0.5", "0.0"), _LEVELS.items(), strict=True):
        axes.axhline(level, color=colour, linestyle="--", linewidth=0.7)
        axes.plot(rows["bin_median"], rows[name], "o-", color=colour, markersize=2.5, linewidth=0.8)
    annotate(axes, "within the 68 and 95 % intervals", loc="lower center", size=6)


def _show_scatter(axes, rows, limits):
    axes.axhline(0, color="0.6", linestyle="--", linewidth=0.7, zorder=0)
    _show_points(axes, rows, "scatter", "0.0", "scatter")
    _mark_cut(axes, rows, "scatter", "0.0", limits)
    annotate(axes, "scatter / length", loc="lower center", size=6)


def _finish(pair, rows, words, limits, *, is_first):
    """Give panels that stand above each other the same scale, and their labels."""
    above, below = pair
    above.set_ylim(-0.02, 1.02)
    below.set_ylim(*limits)
    medians = rows["bin_median"].dropna()
    for axes in pair:
        # By the bins, as a panel may have no value in any of them.
        if len(medians):
            _set_columns(axes, medians, rows["property"].isin(_LOGARITHMIC).all())
        axes.tick_params(labelleft=is_first)
    above.tick_params(labelbottom=False, which="both")
    below.set_xlabel(words)
    if is_first:
        above.set_ylabel("share said to be barred")
        below.set_ylabel("bias / length")


def _set_columns(axes, medians, is_logarithmic):
    """Set the scale of a property, and its range with a margin on both sides."""
    low, high = medians.min(), medians.max()
    if is_logarithmic:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter(FormatStrFormatter("%g"))
        axes.xaxis.set_minor_locator(NullLocator())
        margin = 1.02 * (high / low) ** _MARGIN
        axes.set_xlim(low / margin, high * margin)
    else:
        margin = _MARGIN * (high - low) + 0.01 * abs(high)
        axes.set_xlim(low - margin, high + margin)
