"""Figure of how well the networks tell barred galaxies from others."""

import numpy as np
from astropy.stats import binom_conf_interval

from galbar.figures.style import COLUMN_WIDTH, CYCLE, make_figure, style_context

# Statistic -> the threshold that was chosen by it, and where its value is written from the point.
_CURVES = {"purity": ("yes", (4, -9)), "completeness": ("no", (4, 3))}
_LEVEL = 0.68


@style_context()
def draw_bar_detection(detection, thresholds):
    """Draw purity and completeness of the galaxies said to have a bar, and both thresholds.

    Parameters
    ----------
    detection : pandas.DataFrame, from `galbar.catalogues.bar_votes.measure_detection`
    thresholds : dict, from `galbar.catalogues.bar_votes.choose_thresholds`

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = make_figure(COLUMN_WIDTH, 2.6)
    axes = figure.subplots()
    trials = {
        "purity": detection["above"].to_numpy(),
        "completeness": detection["barred"].to_numpy(),
    }
    for colour, (name, (answer, offset)) in zip(CYCLE, _CURVES.items(), strict=False):
        _show_curve(axes, detection["threshold"], detection[name], trials[name], colour)
        threshold, value = thresholds[answer], thresholds[f"{answer}_{name}"]
        if threshold is not None:
            axes.plot(threshold, value, "o", color=colour, markersize=4, zorder=3)
            axes.annotate(
                f"{value:.2f}", (threshold, value), xytext=offset, textcoords="offset points",
                color=colour, fontsize=7,
            )  # fmt: skip
    _show_answers(axes, thresholds)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.12)
    axes.set_xlabel("threshold of $p_\\mathrm{bar}$")
    axes.set_ylabel("share of the galaxies")
    row = detection.iloc[0]
    title = f"{row['n']:.0f} galaxies, {row['barred']:.0f} of them barred"
    figure.legend(loc="outside upper center", ncols=2, title=title, title_fontsize=7)
    return figure


def _show_curve(axes, threshold, share, trials, colour):
    """Show a curve with its intervals; they are none where there are no galaxies."""
    has_galaxies = (trials > 0) & np.isfinite(share)
    counts = np.rint(share[has_galaxies] * trials[has_galaxies]).astype(int)
    low, high = binom_conf_interval(
        counts, trials[has_galaxies], confidence_level=_LEVEL, interval="wilson"
    )
    axes.fill_between(threshold[has_galaxies], low, high, color=colour, alpha=0.2, linewidth=0)
    axes.plot(threshold, share, color=colour, label=share.name)


def _show_answers(axes, thresholds):
    """Divide the axes at the thresholds, and name what is said on each side."""
    no, yes = thresholds["no"], thresholds["yes"]
    for threshold in (no, yes):
        if threshold is not None:
            axes.axvline(threshold, color="0.5", linestyle="--", linewidth=0.7, zorder=0)
    # Where the thresholds are the other way round, "yes" is said between them.
    yes = 1.0 if yes is None else yes
    no = min(no or 0.0, yes)
    for answer, left, right in (("no", 0, no), ("unsure", no, yes), ("yes", yes, 1)):
        if right > left:
            axes.annotate(answer, ((left + right) / 2, 1.05), fontsize=7, ha="center", color="0.35")
