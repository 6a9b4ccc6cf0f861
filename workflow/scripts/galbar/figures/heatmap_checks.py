"""Figures of the checks of heat maps: numbers with intervals, a network per row or column."""

import numpy as np
from matplotlib.lines import Line2D

from galbar.attribution.methods.map_sets import MapSet
from galbar.figures.style import CYCLE, TEXT_WIDTH, make_figure, readable_name, style_context
from galbar.heatmap_checks.checked_maps import HEATMAP
from galbar.heatmap_checks.verdicts import best_xinput, has_xinput

_KEYS = ["attribution", "smooth_noise", "kind"]
# Of a row of the table: the column that tells the series apart, its value, label and marker.
_CONTROLS = [
    ("map", HEATMAP, "heat map", "o"),
    ("map", "image", "the image", "s"),
    ("map", "disc", "disc of the galaxy's size", "D"),
    ("map", "random", "random map", "x"),
]
_ANSWER_MARKERS = "sD^v<>P*"
_PANELS = {
    "localisation": {
        "relevance_mass": "relevance on the bar",
        "rank_accuracy": "rank accuracy",
        "pointing": "peak on the bar",
        "iou": "IoU of the isolated bar",
    },
    "faithfulness": {"deletion": "area, deletion", "insertion": "area, insertion"},
    "other_answer": {
        "rank_correlation": "rank correlation with the map",
        "r_catalogue": "$r$ of lengths, catalogue",
        "r_truth": "$r$ of lengths, truth",
    },
}
_LINES = {
    "rank_correlation": "rank correlation\nwith the trained maps",
    "structural_similarity": "structural similarity\nto the trained maps",
    "r_catalogue": "$r$ of lengths,\ncatalogue",
    "r_truth": "$r$ of lengths,\ntruth",
}


def draw_check(table, check):
    """Draw one of the checks.

    Parameters
    ----------
    table : pandas.DataFrame, results/heatmap_checks.csv
    check : str, "localisation", "random_weights", "faithfulness", or "other_answer", which also
        shows the maps of other galaxies

    Returns
    -------
    matplotlib.figure.Figure
    """
    # Of two correlations, that of the lengths that the verdicts judge.
    judged = []
    for _, rows in table.groupby(["model", *_KEYS], sort=False, dropna=False):
        is_judged = has_xinput(rows, best_xinput(rows)[0]) | rows["xinput"].isna().to_numpy()
        judged.append(rows[is_judged].index)
    table = table.loc[np.concatenate(judged)]
    if check == "random_weights":
        return _draw_lines(table)
    checks = ["other_answer", "other_galaxy"] if check == "other_answer" else [check]
    table = table[table["check"].isin(checks)]
    series = _answers(table) if check == "other_answer" else _CONTROLS
    measures = _PANELS[check]
    return _draw_dots(
        table, {name: measures[name] for name in measures if name in set(table["measure"])}, series
    )


def _answers(table):
    """List the series of altered maps: the maps as they are, other answers, another galaxy."""
    answers = dict.fromkeys(table.loc[table["check"] == "other_answer", "altered"])
    labels = {"": "as they are", **{name: name for name in answers}, "galaxy": "another galaxy's"}
    cycled = [_ANSWER_MARKERS[n % len(_ANSWER_MARKERS)] for n in range(len(answers))]
    markers = ["o", *cycled, "x"]
    return [
        ("altered", altered, label, marker)
        for (altered, label), marker in zip(labels.items(), markers, strict=True)
    ]


def _is_named(rows, name):
    """Say of each row whether it is of a set of heat maps and kind; noise may be NaN."""
    is_named = np.ones(len(rows), dtype=bool)
    for key, value in name.items():
        is_named &= ((rows[key] == value) | (rows[key].isna() & (value != value))).to_numpy()
    return is_named


def _row_label(row, alone):
    """Name a kind of map, and its set where there are several."""
    kind = row["kind"].replace("_", " ")
    return kind if alone else f"{MapSet.of(row).label}, {kind}"


@style_context()
def _draw_dots(table, measures, series):
    """Draw a panel per network and measure, a line per set of heat maps and kind."""
    models = list(dict.fromkeys(table["model"]))
    names = table[_KEYS].drop_duplicates().to_dict("records")
    alone = len({MapSet.of(name) for name in names}) == 1
    height = len(models) * (0.2 * len(names) + 0.25) + 0.75
    figure = make_figure(TEXT_WIDTH, height)
    panels = figure.subplots(len(models), len(measures), sharex="col", sharey=True, squeeze=False)
    for model, axes_of_model in zip(models, panels, strict=True):
        rows_of_model = table[table["model"] == model]
        for axes, (measure, label) in zip(axes_of_model, measures.items(), strict=True):
            _show_dots(axes, rows_of_model[rows_of_model["measure"] == measure], names, series)
            if model == models[-1]:
                axes.set_xlabel(label)
        axes_of_model[0].set_title(readable_name(model), loc="left", fontsize=8)
    first = panels[0, 0]
    first.set_yticks(range(len(names)), [_row_label(name, alone) for name in names])
    first.set_ylim(len(names) - 0.4, -0.6)
    handles = [
        Line2D(
            [], [], marker=marker, linestyle="", color=_colour(number), label=label, markersize=4
        )
        for number, (_, _, label, marker) in enumerate(series)
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def _colour(number):
    """Return the colour of a series: the first stands out."""
    return CYCLE[0] if number == 0 else ("0.35", "0.5", "0.65", CYCLE[1], CYCLE[2])[number % 5 - 1]


def _show_dots(axes, rows, names, series):
    """Show the values of one measure of one network, series above each other."""
    for line, name in enumerate(names):
        is_name = _is_named(rows, name)
        for number, (column, value, _, marker) in enumerate(series):
            shown = rows[is_name & (rows[column] == value).to_numpy()]
            y = line + (number - (len(series) - 1) / 2) * 0.7 / len(series)
            for row in shown.itertuples():
                error = [[row.value - row.low], [row.high - row.value]]
                style = {"color": _colour(number), "markersize": 3, "elinewidth": 0.7}
                axes.errorbar(row.value, y, xerr=error, fmt=marker, **style)
    for line in range(1, len(names)):
        axes.axhline(line - 0.5, color="0.85", linewidth=0.5, zorder=0)
    axes.tick_params(axis="y", which="both", length=0)


@style_context()
def _draw_lines(table):
    """Draw what is left of maps and lengths against the share of layers with random weights."""
    random = table[table["check"] == "random_weights"]
    models = list(dict.fromkeys(random["model"]))
    measures = {name: label for name, label in _LINES.items() if name in set(random["measure"])}
    figure = make_figure(TEXT_WIDTH, 1.25 * len(measures) + 0.6)
    panels = figure.subplots(len(measures), len(models), sharex=True, sharey="row", squeeze=False)
    names = random[_KEYS].drop_duplicates().to_dict("records")
    alone = len({MapSet.of(name) for name in names}) == 1
    for axes_of_measure, (measure, label) in zip(panels, measures.items(), strict=True):
        axes_of_measure[0].set_ylabel(label)
        for axes, model in zip(axes_of_measure, models, strict=True):
            rows = table[(table["model"] == model) & (table["measure"] == measure)]
            _show_lines(axes, rows, names)
    for axes, model in zip(panels[0], models, strict=True):
        axes.set_title(readable_name(model))
    panels[-1, len(models) // 2].set_xlabel("layers with random weights, from the output on")
    handles = [
        Line2D(
            [],
            [],
            color=CYCLE[n % len(CYCLE)],
            marker="o",
            markersize=3,
            label=_row_label(name, alone),
        )
        for n, name in enumerate(names)
    ]
    handles.append(Line2D([], [], color="0.4", linestyle=":", label="another galaxy's maps"))
    figure.legend(handles=handles, loc="outside lower center", ncols=min(len(handles), 4))
    return figure


def _show_lines(axes, rows, names):
    """Show one measure of one network: trained, then along the cascade."""
    for number, name in enumerate(names):
        of_name = rows[_is_named(rows, name)]
        cascade = of_name[of_name["check"] == "random_weights"]
        trained = of_name[(of_name["check"] == "other_galaxy") & (of_name["altered"] == "")]
        x = [*[-0.2] * len(trained), *cascade["altered"].astype(float)]
        shown = [*trained.itertuples(), *cascade.itertuples()]
        value = np.array([row.value for row in shown])
        low, high = (np.array([getattr(row, end) for row in shown]) for end in ("low", "high"))
        colour = CYCLE[number % len(CYCLE)]
        shift = 0.012 * (number - (len(names) - 1) / 2)
        axes.errorbar(
            np.array(x) + shift,
            value,
            yerr=[value - low, high - value],
            fmt="o-",
            color=colour,
            markersize=2.5,
            elinewidth=0.6,
        )
        galaxy = of_name[(of_name["check"] == "other_galaxy") & (of_name["altered"] != "")]
        for row in galaxy.itertuples():
            axes.axhline(row.value, color=colour, linestyle=":", linewidth=0.8)
    axes.axhline(0, color="0.8", linewidth=0.6, zorder=0)
    axes.set_xticks([-0.2, 0, 0.25, 0.5, 0.75, 1], ["none", "output", "¼", "½", "¾", "all"])
