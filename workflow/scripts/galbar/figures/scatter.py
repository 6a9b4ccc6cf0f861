"""Scatter plots of one length against another."""

from typing import NamedTuple

import numpy as np
from matplotlib.ticker import MaxNLocator

from galbar.figures.style import CYCLE, TEXT_WIDTH, make_figure, style_context

# Shares of the galaxies within the density contours.
ENCLOSED = (0.25, 0.5, 0.75, 0.9)

# Fewer galaxies have no density worth a contour; more would hide each other behind error bars.
_FEWEST_FOR_CONTOURS = 50
_MOST_WITH_BARS = 120


class LengthPanel(NamedTuple):
    """One panel: lengths of the same galaxies, measured and in a reference.

    ``reference``, ``measured`` and their standard errors have shape (n,) and no NaN, except that
    NaN in the errors means that they are unknown. ``slopes`` are those of the
    regressions of measured on reference and of reference on measured (NaN: none). ``text`` holds
    lines of scores, the first one the most important.
    """

    title: str
    reference: np.ndarray
    measured: np.ndarray
    sigma_reference: np.ndarray
    sigma_measured: np.ndarray
    slopes: tuple
    text: tuple


def _contours(axes, panel):
    """Draw density contours that enclose given shares of the galaxies."""
    import seaborn as sns

    if len(panel.reference) < _FEWEST_FOR_CONTOURS:
        return
    if not min(np.ptp(panel.reference), np.ptp(panel.measured)) > 0:
        return
    levels = sorted(1 - share for share in ENCLOSED)
    sns.kdeplot(
        x=panel.reference,
        y=panel.measured,
        ax=axes,
        levels=levels,
        colors=["0.25"],
        linewidths=0.6,
        zorder=3,
    )


def _error_bars(axes, panel, limit):
    """Draw each galaxy's error bars, or for a large sample a typical one in the corner."""
    errors = {"fmt": "none", "elinewidth": 0.4, "capsize": 0}
    x, y = panel.reference, panel.measured
    if len(x) <= _MOST_WITH_BARS:
        axes.errorbar(
            x,
            y,
            xerr=np.nan_to_num(panel.sigma_reference),
            yerr=np.nan_to_num(panel.sigma_measured),
            ecolor="0.75",
            zorder=1,
            **errors,
        )
        return
    typical = [
        np.median(sigma[np.isfinite(sigma)]) if np.isfinite(sigma).any() else 0.0
        for sigma in (panel.sigma_reference, panel.sigma_measured)
    ]
    x, y = 0.9 * limit, 0.27 * limit
    axes.errorbar(x, y, xerr=typical[0], yerr=typical[1], ecolor="black", **errors)
    axes.annotate(
        "median error",
        (0.98 * limit, y - typical[1]),
        xytext=(0, -2),
        textcoords="offset points",
        fontsize=6,
        ha="right",
        va="top",
    )


def show_lengths(axes, panel, limit, colour=CYCLE[0]):
    """Fill one panel, both axes from 0 to ``limit``; return the points.

    Raises ValueError if the panel's arrays differ in length or its lengths hold NaN.
    """
    sizes = {len(values) for values in panel[1:5]}
    if len(sizes) != 1 or not np.isfinite([panel.reference, panel.measured]).all():
        raise ValueError(f"{panel.title}: expected finite lengths of equal number, found {sizes}")
    crowded = len(panel.reference) > _MOST_WITH_BARS
    points = axes.scatter(
        panel.reference,
        panel.measured,
        s=4 if crowded else 8,
        alpha=0.45 if crowded else 0.8,
        color=colour,
        linewidths=0,
        zorder=2,
        # Thousands of points stay small in a PDF; lines and text stay vectors.
        rasterized=crowded,
    )
    _error_bars(axes, panel, limit)
    _contours(axes, panel)
    axes.plot([0, limit], [0, limit], color="black", linewidth=0.8, linestyle=":", label="1:1")
    _regressions(axes, panel, limit)
    axes.set(xlim=(0, limit), ylim=(0, limit), aspect="equal")
    # The same ticks on both axes.
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.legend(loc="lower right", handlelength=1.5)
    return points


def _regressions(axes, panel, limit):
    """Draw the lines of y on x and of x on y: a diluted length tilts the first only."""
    on_reference, on_measured = panel.slopes
    for name, slope, style in (
        ("y on x", on_reference, "-"),
        ("x on y", 1 / on_measured if on_measured else np.nan, "--"),
    ):
        if np.isfinite(slope):
            line = panel.measured.mean() + slope * (np.array([0, limit]) - panel.reference.mean())
            given = slope if style == "-" else on_measured
            label = f"{name}: slope {given:.2f}"
            axes.plot([0, limit], line, style, color=CYCLE[1], linewidth=1.1, label=label, zorder=4)


def length_limit(panels):
    """Return the end of the axes, just above the 99.5th percentile of lengths; 1 without any."""
    lengths = np.concatenate([values for panel in panels for values in panel[1:3]])
    return 1.08 * float(np.percentile(lengths, 99.5)) if len(lengths) else 1.0


def outside_text(panel, limit):
    """Return in words how many galaxies lie outside the axes; "" if there are none."""
    beyond = int(((panel.reference > limit) | (panel.measured > limit)).sum())
    return f" ({beyond} outside the axes)" if beyond else ""


@style_context()
def draw_lengths(panels, x_label, y_label, limit=None):
    """Draw measured lengths against a reference, panels side by side on equal axes.

    Parameters
    ----------
    panels : sequence of LengthPanel, one or two
    x_label, y_label : str, with units
    limit : float, optional
        End of the axes, by default `length_limit`. Galaxies outside are counted above the panel.

    Returns
    -------
    matplotlib.figure.Figure
    """
    if limit is None:
        limit = length_limit(panels)
    width = TEXT_WIDTH / 2 * len(panels)
    lines = max(len(panel.text) for panel in panels)
    figure = make_figure(width, TEXT_WIDTH / 2 + 0.35 + 0.14 * lines)
    grid = figure.subplots(1, len(panels), squeeze=False, sharey=True)[0]
    for axes, panel, colour in zip(grid, panels, (CYCLE[0], CYCLE[2]), strict=False):
        show_lengths(axes, panel, limit, colour)
        axes.set_xlabel(x_label)
        lines = [panel.title + outside_text(panel, limit), *panel.text]
        axes.set_title("\n".join(lines), loc="left", fontsize=7, pad=3)
    grid[0].set_ylabel(y_label)
    return figure
