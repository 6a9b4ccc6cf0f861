"""Figure of how lengths are drawn together, and of what intervals cover."""

import numpy as np

from galbar.figures.style import CYCLE, TEXT_WIDTH, annotate, make_figure, style_context

_NAMES = {
    "calibrated": "calibrated",
    "saliency": "best setting",
    "saliency_published": "published criterion",
    "control": "control network",
}
_LEVELS = {"coverage_68": 0.68, "coverage_95": 0.95}
_REFERENCES = {"catalogue": "human length", "truth": "true length"}


@style_context()
def draw_dilution(tables, scores, sample):
    """Draw measured against known lengths by decile, and the coverage of intervals.

    Parameters
    ----------
    tables : dict of str to pandas.DataFrame
        "catalogue" and perhaps "truth", from `galbar.scores.dilution.dilution_table`.
    scores : dict of str to pandas.DataFrame, the same keys: results/scores.csv, scores_truth.csv
    sample : {"common", "test"}

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = make_figure(TEXT_WIDTH, 2.9 * len(tables) + 0.3)
    grid = figure.subplots(len(tables), 2, squeeze=False)
    for line, (name, table) in zip(grid, tables.items(), strict=True):
        rows = table[(table["sample"] == sample) & (table["quantity"] == "length_scaled")]
        _show_lengths(line[0], rows, _REFERENCES[name])
        annotate(line[0], _slopes(scores[name], sample), loc="upper left")
        _show_coverage(line[1], rows[rows["estimator"] == "calibrated"], _REFERENCES[name])
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=4)
    return figure


def _show_lengths(axes, rows, reference):
    for colour, (estimator, label) in zip(CYCLE, _NAMES.items(), strict=False):
        part = rows[rows["estimator"] == estimator]
        if len(part):
            axes.plot(
                part["reference"], part["measured"], "o-", color=colour, markersize=3, label=label
            )
    ends = rows["reference"].min(), rows["reference"].max()
    axes.plot(ends, ends, color="0.6", linestyle="--", linewidth=0.7, zorder=0)
    axes.set_xlabel(f"{reference} [size of the galaxy], mean of a decile")
    axes.set_ylabel("measured length, mean")


def _slopes(scores, sample):
    """Return the slopes of the calibrated lengths, both ways."""
    row = scores[
        (scores["estimator"] == "calibrated")
        & (scores["sample"] == sample)
        & (scores["quantity"] == "length_scaled")
    ].iloc[0]
    return (
        f"slope of measured on known {row['slope_on_reference']:.2f}\n"
        f"slope of known on measured {row['slope_on_measured']:.2f}"
    )


def _show_coverage(axes, rows, reference):
    # Greys: the colours beside it tell estimators apart, and these are both of the calibrated one.
    for colour, (name, level) in zip(("0.5", "0.0"), _LEVELS.items(), strict=True):
        axes.axhline(level, color=colour, linestyle="--", linewidth=0.7)
        axes.plot(rows["decile"], rows[name], "o-", color=colour, markersize=3)
        # Beside the last point, where nothing else is.
        axes.annotate(f"{100 * level:.0f} %", (10.3, level), color=colour, fontsize=7, va="bottom")
    if not np.isfinite(rows[list(_LEVELS)].to_numpy(dtype=float)).any():
        annotate(axes, "no intervals: too few galaxies to calibrate", loc="center")
    axes.set_xlim(0.5, 11.2)
    axes.set_ylim(0, 1.05)
    axes.set_xticks(range(1, 11))
    axes.set_xlabel(f"decile of the {reference}")
    axes.set_ylabel("share within the interval")
