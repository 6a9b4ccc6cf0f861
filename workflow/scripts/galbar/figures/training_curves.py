"""Figures on the training: learning curves and predicted vote fractions."""

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from galbar.figures.style import (
    CYCLE,
    TEXT_WIDTH,
    annotate,
    make_figure,
    readable_name,
    style_context,
)
from galbar.scores.correlation import pearson_r

LOG_COLUMNS = ("epoch", "root_mean_squared_error", "val_root_mean_squared_error")
"""Columns of training_log.csv that the figure needs."""

_ACROSS = 4
_MOST_POINTS = 1000


def _panels(number, height=None, **shared):
    """Make a figure with ``number`` panels, at most four in a row; return it and the panels.

    Without a height [inch] of the rows, the panels are about square.
    """
    across = min(number, _ACROSS)
    rows = -(-number // across)
    width = TEXT_WIDTH if across > 2 else TEXT_WIDTH * across / 2.5
    figure = make_figure(width, (height or width / across + 0.1) * rows)
    grid = figure.subplots(rows, across, squeeze=False, **shared).ravel()
    for axes in grid[number:]:
        axes.set_visible(False)
    return figure, grid[:number]


def _check_log(name, log):
    missing = [column for column in LOG_COLUMNS if column not in log]
    if missing or log.empty:
        raise ValueError(
            f"training log of {name}: expected rows with the columns {list(LOG_COLUMNS)}, "
            f"found {len(log)} rows with {list(log.columns)}"
        )


@style_context()
def draw_learning_curves(logs, control=None, mean_rmse=None):
    """Draw the RMSE of the training and the validation set against the epoch.

    Parameters
    ----------
    logs : dict of (str, str) to DataFrame
        (model, run) -> table with `LOG_COLUMNS`; one panel per model, one colour per run.
    control : DataFrame, optional
        The same for the network that learns lengths directly; a panel with its own axis.
    mean_rmse : float, optional
        RMSE of predicting the mean vote fractions for every galaxy of the validation set: what
        a network that learned nothing reaches.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If there is no log, or one lacks a column or has no row.
    """
    if not logs and control is None:
        raise ValueError("no training log to draw")
    for (model, run), log in logs.items():
        _check_log(f"{model} {run}", log)
    models = list(dict.fromkeys(model for model, _ in logs))
    figure, grid = _panels(len(models) + (control is not None), 1.75)
    for axes, model in zip(grid, models, strict=False):
        runs = [(run, log) for (name, run), log in logs.items() if name == model]
        for colour, (run, log) in zip(_cycle(len(runs)), runs, strict=True):
            _curves(axes, log, colour, run.replace("run", "run "))
        annotate(axes, readable_name(model), loc="upper right")
        if mean_rmse is not None and np.isfinite(mean_rmse):
            axes.axhline(mean_rmse, color="0.5", linewidth=0.8, linestyle=(0, (1, 1)), zorder=0)
    _share_limits(grid[: len(models)])
    for axes in grid:
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    if models:
        grid[0].set_ylabel("RMSE of the vote fractions")
    if control is not None:
        _check_log("the control", control)
        _curves(grid[-1], control, CYCLE[2], "run 1")
        annotate(grid[-1], readable_name("control"), loc="upper right")
        grid[-1].set_ylabel("RMSE of the scaled length")
    _legend(figure, logs, mean_rmse)
    return figure


def _cycle(number):
    """Return the colours of the runs; they start again after the last one."""
    return [CYCLE[index % len(CYCLE)] for index in range(number)]


def _curves(axes, log, colour, label):
    """Draw both curves of one training and mark the epoch whose weights were kept."""
    _, train, validation = LOG_COLUMNS
    axes.plot(log["epoch"], log[train], color=colour, linestyle="--", linewidth=0.8)
    axes.plot(log["epoch"], log[validation], color=colour, label=label)
    if log[validation].notna().any():
        best = log.loc[log[validation].idxmin()]
        axes.plot(
            best["epoch"], best[validation], "o", color=colour, markersize=3.5, zorder=3, label="_"
        )


def _share_limits(panels):
    """Give all panels the same y axis, labelled only once per row."""
    if not len(panels):
        return
    low = min(axes.get_ylim()[0] for axes in panels)
    high = max(axes.get_ylim()[1] for axes in panels)
    for number, axes in enumerate(panels):
        # A little room above the curves for the name of the network.
        axes.set_ylim(low, high + 0.12 * (high - low))
        if number % _ACROSS:
            axes.tick_params(labelleft=False)


def _legend(figure, logs, mean_rmse):
    """Draw one legend for all panels: line styles in black, runs in their colours."""
    handles = [
        Line2D([], [], color="black", linestyle="--", linewidth=0.8, label="training set"),
        Line2D([], [], color="black", label="validation set"),
        Line2D(
            [], [], color="black", marker="o", markersize=3.5, linestyle="", label="weights kept"
        ),
    ]
    if mean_rmse is not None and np.isfinite(mean_rmse):
        dotted = (0, (1, 1))
        handles.append(
            Line2D([], [], color="0.5", linestyle=dotted, linewidth=0.8, label="mean of the votes")
        )
    runs = list(dict.fromkeys(run for _, run in logs))
    for colour, run in zip(_cycle(len(runs)), runs, strict=True):
        handles.append(Line2D([], [], color=colour, label=run.replace("run", "run ")))
    figure.legend(
        handles=handles, loc="outside upper center", ncols=6 if len(figure.axes) > 2 else 3
    )


@style_context()
def draw_vote_predictions(votes, predictions, name):
    """Draw predicted against voted fractions, one panel per network.

    Parameters
    ----------
    votes : ndarray, shape (n,), vote fractions of the volunteers
    predictions : dict of str to ndarray, shape (n,), model -> fractions, same galaxies and order
    name : str, what was voted on, for the axes

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If a model predicts another number of galaxies.
    """
    votes = np.asarray(votes, dtype=float)
    figure, grid = _panels(len(predictions), sharex=True, sharey=True)
    for axes, (model, predicted) in zip(grid, predictions.items(), strict=True):
        if len(predicted) != len(votes):
            raise ValueError(f"{model}: {len(predicted)} predictions for {len(votes)} galaxies")
        _show_votes(axes, votes, np.asarray(predicted, dtype=float))
        axes.plot([0, 1], [0, 1], color="black", linewidth=0.7, linestyle=":")
        r = pearson_r(predicted, votes)
        annotate(axes, f"{readable_name(model)}\n$r$ = {r:.2f}, $n$ = {len(votes)}")
        axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", xlabel=f"voted: {name}")
        axes.set(xticks=[0, 0.5, 1], yticks=[0, 0.5, 1])
    grid[0].set_ylabel(f"predicted: {name}")
    return figure


def _show_votes(axes, votes, predicted):
    """Draw galaxies as points, or as counts per cell where points would overlap."""
    if len(votes) <= _MOST_POINTS:
        axes.scatter(votes, predicted, s=4, alpha=0.5, linewidths=0, rasterized=True)
        return
    axes.hexbin(
        votes,
        predicted,
        gridsize=35,
        extent=(0, 1, 0, 1),
        bins="log",
        mincnt=1,
        cmap="viridis",
        linewidths=0.1,
    )
