"""Figures that show tables of correlations and scores, with their intervals."""

from itertools import pairwise

import numpy as np
from matplotlib.lines import Line2D

from galbar.attribution.methods.map_sets import MapSet
from galbar.figures.style import CYCLE, KPC, TEXT_WIDTH, make_figure, readable_name, style_context
from galbar.scores.baselines import BASELINES
from galbar.scores.estimator_names import is_built_in

_ACROSS = 5
_SCORES = (
    ("length_scaled", "pearson_r", "$r$, scaled length"),
    ("length_kpc_h", "pearson_r", f"$r$, length in {KPC}"),
    ("length_kpc_h", "mae", f"mean abs. error [{KPC}]"),
    ("length_kpc_h", "rmse_raw", f"RMSE [{KPC}]"),
)
_NAMES = {
    "calibrated": "calibrated",
    "saliency_published": "published criterion",
    "control": "control network",
    "ellipse": "ellipses: maximum",
    "ellipse_drop": "ellipses: drop",
    "moments": "image for map",
    "human": "human measurements",
}


def setting_name(row):
    """Name the criterion and the map of one row of a correlation table."""
    image = r" $\times$ image" if row["xinput"] else ""
    kind = row["kind"].replace("gradient_input", r"grad. $\times$ input")
    return f"{row['criterion']}: {kind}{image}"


def best_settings(table):
    """Return the best row of each model, criterion, kind of map, xinput and set of heat maps.

    It has the highest r_scaled of all thresholds and smoothings; groups without any correlation are
    left out. The column ``tried`` counts each group's rows.
    """
    keys = ["model", "criterion", "kind", "xinput", "attribution", "smooth_noise"]
    # Not every method has noise: NaN is a group as well.
    groups = table.groupby(keys, sort=False, dropna=False)
    table = table.assign(tried=groups["model"].transform("size"))
    defined = table[np.isfinite(table["r_scaled"])]
    best = defined.groupby(keys, sort=False, dropna=False)["r_scaled"].idxmax()
    return defined.loc[best].reset_index(drop=True)


@style_context()
def draw_correlations(validation, test):
    """Draw the best correlations of each kind of setting, one panel per model.

    Parameters
    ----------
    validation, test : DataFrame
        Correlation tables of the validation set, with chosen and published_criterion, and of the
        test set, which holds only few settings.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If no setting has a correlation.
    """
    best = best_settings(validation)
    if best.empty:
        raise ValueError("no setting of the correlation table has a correlation")
    best["name"] = [setting_name(row) for _, row in best.iterrows()]
    names = sorted(best["name"].unique(), key=_order_of_name(best))
    models = list(dict.fromkeys(validation["model"]))
    map_sets = _list_map_sets(validation)
    across = min(len(models), _ACROSS)
    rows = -(-len(models) // across)
    figure = make_figure(TEXT_WIDTH, rows * (0.155 * len(names) + 0.35) + 0.6)
    grid = figure.subplots(rows, across, squeeze=False, sharex=True, sharey=True)
    for axes in grid.ravel()[len(models) :]:
        axes.set_visible(False)
    for axes, model in zip(grid.ravel(), models, strict=False):
        of_model = [table[table["model"] == model] for table in (best, validation, test)]
        _show_correlations(axes, *of_model, names, map_sets)
        axes.set_title(_wrapped(readable_name(model)), fontsize=7, pad=3)
    grid[0, 0].set_yticks(range(len(names)), names, fontsize=6.5)
    grid[0, 0].set_ylim(len(names) - 0.4, -0.6)
    _limit_correlations(grid[0, 0], best, test)
    # One label for all panels.
    label = "$r$ of the scaled length, validation set, best of all thresholds and smoothings"
    (note,) = validation.loc[validation["chosen"], "note"].fillna("")
    # Broken where the sentence has a semicolon: it is longer than the page is wide.
    figure.supxlabel("\n".join([label, *filter(None, note.split("; "))]), fontsize=8)
    _correlation_legend(figure, map_sets)
    return figure


def _list_map_sets(table):
    """List the sets of heat maps of a table, sorted by method and noise."""
    pairs = table[["attribution", "smooth_noise"]].drop_duplicates()
    ordered = pairs.sort_values(["attribution", "smooth_noise"])
    return [MapSet.of(row) for row in ordered.to_dict("records")]


def _rows_of(table, map_set):
    """Select the rows of a set of heat maps."""
    noise = table["smooth_noise"]
    same = noise.isna() if map_set.smooth_noise is None else noise == map_set.smooth_noise
    return table[same & (table["attribution"] == map_set.attribution)]


def _wrapped(name):
    """Break a long model name in two, so that it does not reach beyond its panel."""
    return name.replace("average of the ", "average of the\n")


def _order_of_name(best):
    """Return a key that sorts by criterion, kind and image, in the order of the table."""
    order = {name: line for line, name in enumerate(dict.fromkeys(best["name"]))}
    return order.get


def _limit_correlations(axes, best, test):
    """Limit the axis by the correlations, without letting one wide interval stretch it."""
    low = np.nanmin([best["r_scaled"].min(), test["r_scaled"].min(), 0.0])
    axes.set_xlim(max(low - 0.15, -1), 1)


def _show_correlations(axes, best, validation, test, names, map_sets):
    """Fill the panel of one model."""
    axes.axvline(0, color="0.8", linewidth=0.6, zorder=0)
    axes.tick_params(axis="y", which="both", length=0)
    criteria = [name.split(":")[0] for name in names]
    for line, (above, below) in enumerate(pairwise([*criteria, ""])):
        colour = "0.93" if above == below else "0.6"
        axes.axhline(line + 0.5, color=colour, linewidth=0.5, zorder=0)
    number = len(map_sets)
    shifts = (np.arange(number) - (number - 1) / 2) * min(0.3, 0.7 / number)
    for colour, map_set, shift in zip(_colours(number), map_sets, shifts, strict=True):
        rows = _rows_of(best, map_set)
        y = np.array([names.index(name) for name in rows["name"]]) + shift
        _dots(axes, rows, "r_scaled", y, color=colour, markersize=2.8)
        _mark(axes, *(_rows_of(table, map_set) for table in (validation, test)), names, shift)


def _colours(number):
    return [CYCLE[index % len(CYCLE)] for index in range(number)]


def _dots(axes, rows, name, y, **style):
    """Draw values with their intervals; return the errorbar artists."""
    value = rows[name].to_numpy()
    # A value outside its percentile interval is possible in a small sample.
    errors = [value - rows[f"{name}_low"], rows[f"{name}_high"] - value]
    errors = np.clip(np.nan_to_num(np.array(errors, dtype=float)), 0, None)
    style = {"fmt": "o", "elinewidth": 0.7, "capsize": 0, "zorder": 3, **style}
    return axes.errorbar(value, y, xerr=errors, **style)


def _mark(axes, validation, test, names, shift):
    """Mark the chosen and the published setting, and their values on the test set."""
    for column, marker, size in (("chosen", "o", 7), ("published_criterion", "s", 6)):
        rows = validation[validation[column].astype(bool)]
        for _, row in rows.iterrows():
            name = setting_name(row)
            if name in names and np.isfinite(row["r_scaled"]):
                axes.plot(
                    row["r_scaled"],
                    names.index(name) + shift,
                    marker,
                    markersize=size,
                    markerfacecolor="none",
                    markeredgecolor="black",
                    markeredgewidth=0.8,
                    zorder=4,
                )
    for _, row in test.iterrows():
        name = setting_name(row)
        if name in names and np.isfinite(row["r_scaled"]):
            y = names.index(name) + shift
            axes.plot(row["r_scaled"], y, "x", color="black", markersize=4, zorder=5)


def _correlation_legend(figure, map_sets):
    handles = [
        Line2D([], [], color=colour, marker="o", markersize=3, label=map_set.label)
        for colour, map_set in zip(_colours(len(map_sets)), map_sets, strict=True)
    ]
    black = {"color": "black", "linestyle": "", "markerfacecolor": "none", "markeredgewidth": 0.8}
    for marker, size, label in (
        ("o", 7, "chosen"),
        ("s", 6, "published criterion"),
        ("x", 4, "test set, settings fixed before"),
    ):
        handles.append(Line2D([], [], marker=marker, markersize=size, label=label, **black))
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles))


def score_name(estimator, model):
    """Name an estimator of the table of scores."""
    if estimator == "saliency":
        return f"chosen: {readable_name(model)}"
    if estimator in BASELINES:
        return BASELINES[estimator].label
    if estimator in _NAMES:
        return _NAMES[estimator]
    if estimator.startswith("calibrated_"):
        return f"calibrated: {readable_name(model)}"
    if not is_built_in(estimator):
        # Of a user's own table.
        return readable_name(estimator)
    return f"best: {readable_name(estimator.removeprefix('saliency_'))}"


@style_context()
def draw_scores(scores, truth=None):
    """Draw correlations and errors of all estimators, with their intervals.

    Parameters
    ----------
    scores : DataFrame, `galbar.scores.estimator_scores.SCORE_COLUMNS`, against the catalogue
    truth : DataFrame, optional
        The same against the truth of a simulated survey; a second row of panels.

    Returns
    -------
    matplotlib.figure.Figure
    """
    tables = [("catalogue", scores)] + ([] if truth is None else [("truth", truth)])
    counts = [table["estimator"].nunique() for _, table in tables]
    height = sum(0.19 * count + 0.5 for count in counts) + 0.35
    figure = make_figure(TEXT_WIDTH, height)
    grid = figure.subplots(
        len(tables), len(_SCORES), squeeze=False, gridspec_kw={"height_ratios": counts}
    )
    samples = list(dict.fromkeys(scores["sample"]))
    for line, (reference, table) in zip(grid, tables, strict=True):
        models = table["model"].fillna("")
        estimators = dict(zip(table["estimator"], models, strict=True))
        names = [score_name(estimator, model) for estimator, model in estimators.items()]
        for axes, (quantity, statistic, label) in zip(line, _SCORES, strict=True):
            rows = table[table["quantity"] == quantity]
            _show_scores(axes, rows, statistic, list(estimators), samples)
            axes.set_xlabel(f"{label}")
            axes.tick_params(labelleft=axes is line[0])
        line[0].set_yticks(range(len(names)), names, fontsize=7)
        line[0].set_ylabel(f"against the {reference}", fontsize=8)
    _score_legend(figure, samples, scores)
    return figure


def _show_scores(axes, scores, statistic, estimators, samples):
    """Fill one panel: estimators from top to bottom, samples side by side."""
    shifts = (np.arange(len(samples)) - (len(samples) - 1) / 2) * 0.3
    for line in range(len(estimators)):
        axes.axhline(line + 0.5, color="0.93", linewidth=0.5, zorder=0)
    for number, (sample, shift) in enumerate(zip(samples, shifts, strict=True)):
        rows = scores[(scores["sample"] == sample) & np.isfinite(scores[statistic])]
        y = np.array([estimators.index(name) for name in rows["estimator"]]) + shift
        face = CYCLE[number] if number == 0 else "white"
        _dots(axes, rows, statistic, y, color=CYCLE[number], markersize=3, mfc=face)
    # What knows nothing of the bars: everything must lie clearly on the better side of it.
    is_baseline = scores["estimator"].isin(list(BASELINES)) & (scores["sample"] == samples[0])
    baseline = scores.loc[is_baseline, statistic]
    if baseline.notna().any():
        best = baseline.max() if statistic == "pearson_r" else baseline.min()
        axes.axvline(best, color="0.6", linewidth=0.7, linestyle="--", zorder=1)
    axes.set_yticks(range(len(estimators)))
    axes.set_ylim(len(estimators) - 0.4, -0.6)
    axes.tick_params(axis="y", which="both", length=0)


def _score_legend(figure, samples, scores):
    labels = {"common": "common test set", "test": "test set of the heat maps"}
    handles = []
    for number, sample in enumerate(samples):
        largest = scores.loc[scores["sample"] == sample, "n"].max()
        handles.append(
            Line2D(
                [],
                [],
                color=CYCLE[number],
                marker="o",
                markersize=3,
                markerfacecolor=CYCLE[number] if number == 0 else "white",
                label=f"{labels.get(sample, sample)} ($n \\leq {largest:.0f}$)",
            )
        )
    handles.append(
        Line2D([], [], color="0.6", linestyle="--", linewidth=0.7, label="better of the baselines")
    )
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles))
