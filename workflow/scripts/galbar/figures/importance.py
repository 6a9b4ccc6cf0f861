"""Figure of what the calibrated lengths rest on."""

from galbar.attribution.methods.map_sets import MapSet
from galbar.calibration.features import choice_of_name
from galbar.calibration.groups import EVERYTHING
from galbar.figures.style import CYCLE, TEXT_WIDTH, make_figure, readable_name, style_context
from galbar.scores.estimators import describe_setting

_GROUPINGS = {
    "model": "network",
    "criterion": "criterion",
    "kind": "kind of map",
    "maps": "heat maps",
    "xinput": "map",
    "smoothing": "smoothing",
}
_YES_NO = {"true": "times image", "false": "alone"}


@style_context()
def draw_importance(table):
    """Draw how much the error grows without each group of settings.

    Parameters
    ----------
    table : pandas.DataFrame, from `galbar.calibration.importance.importance_table`

    Returns
    -------
    matplotlib.figure.Figure, without panels, but a sentence, if the table is empty
    """
    if table.empty:
        figure = make_figure(TEXT_WIDTH, 0.6)
        text = "No calibration: too few galaxies with known lengths."
        figure.text(0.5, 0.5, text, ha="center", va="center")
        return figure
    groups = table[table["grouping"] != EVERYTHING]
    everything = table[table["grouping"] == EVERYTHING].iloc[0]
    figure = make_figure(TEXT_WIDTH, 0.17 * max(len(groups), 1) + 1.0)
    axes = figure.subplots()
    axes.axvline(0, color="0.8", linewidth=0.6, zorder=0)
    axes.axvline(everything["importance"], color="0.5", linestyle="--", linewidth=0.8)
    axes.annotate(
        "all settings",
        (everything["importance"], 1),
        xycoords=("data", "axes fraction"),
        xytext=(-3, -3),
        textcoords="offset points",
        color="0.35",
        fontsize=7,
        ha="right",
        va="top",
    )
    _show_groups(axes, groups)
    axes.set_xlabel(
        f"increase of the rms error of ln(length), {everything['rms_log']:.3f} as it is "
        f"({everything['n']:.0f} galaxies)"
    )
    leading = describe_setting(choice_of_name(everything["leading_setting"]))
    r = f"$r$ = {everything['leading_r']:.2f}"
    # Below the whole figure: its text is as long as the page is wide.
    figure.supxlabel(
        f"setting that the calibrated length follows most closely ({r}):\n{leading}", fontsize=7
    )
    return figure


def _show_groups(axes, groups):
    """Show one line per group, groupings apart and in colours of their own."""
    lines = range(len(groups))
    names = [_group_name(row.grouping, row.group, row.settings) for row in groups.itertuples()]
    for colour, (_, part) in zip(CYCLE, groups.groupby("grouping", sort=False), strict=False):
        first = groups.index.get_loc(part.index[0])
        y = [first + number for number in range(len(part))]
        error = {"xerr": part["importance_std"], "elinewidth": 0.7}
        axes.errorbar(part["importance"], y, fmt="o", color=colour, markersize=3, **error)
        axes.axhline(first - 0.5, color="0.6", linewidth=0.5, zorder=0)
    axes.set_yticks(lines, names, fontsize=7)
    axes.set_ylim(len(groups) - 0.5, -0.5)
    axes.tick_params(axis="y", which="both", length=0)


def _group_name(grouping, group, settings):
    """Name a group in words, with how many settings it has."""
    group = str(group)
    if grouping == "model":
        name = readable_name(group)
    elif grouping == "maps":
        name = MapSet.parse(group).label
    elif grouping == "xinput":
        name = _YES_NO[group.lower()]
    elif grouping == "smoothing":
        name = f"{float(group):g} px"
    else:
        name = group.replace("_", " ")
    return f"{_GROUPINGS[grouping]}: {name} ({settings})"
