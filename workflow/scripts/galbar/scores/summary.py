"""The main numbers of a finished run as plain text, for a terminal."""

import json
import textwrap

import pandas as pd

from galbar.io.result_tables import read_result_table

QUANTITIES = {
    "length_kpc_h": "length in kpc/h",
    "length_scaled": "length in units of the galaxy's size (length_scaled)",
}
SAMPLES = {
    "common": "test galaxies of both the heat maps and the control network",
    "test": "all test galaxies of the heat maps",
}
_SCORES = ("estimator", "sample", "quantity", "n", "n_unmeasurable", "description")
_STATISTICS = {"pearson_r": "Pearson r", "mae": "mean |error|", "rmse_raw": "RMSE"}


def summarise_results(results):
    """Summarise a run in tables of a terminal's width.

    Parameters
    ----------
    results : Path
        Directory with prediction_scores.csv, scores.csv and perhaps chosen_setting.json and
        scores_truth.csv (simulated survey).

    Returns
    -------
    str
        Networks' errors, the verdict on the best heat maps of each, then every estimator's
        Pearson r, mean absolute error and RMSE with their intervals on each sample and quantity,
        against the catalogue and against the truth.

    Raises
    ------
    FileNotFoundError, ValueError
        If a table is missing; if a column is, or a table of scores has no rows.
    """
    blocks = [_networks(_read(results / "prediction_scores.csv", ("model", "run", "set", "rmse")))]
    blocks.append(_choice(results / "chosen_setting.json"))
    blocks.append(_control(results / "control/run1/training_summary.json"))
    blocks.append(_verdicts(results / "heatmap_verdicts.csv"))
    scores = _read_scores(results / "scores.csv")
    blocks.append(_estimators(scores, "Bar lengths against the catalogue's"))
    truth = results / "scores_truth.csv"
    if truth.is_file():
        blocks.append(_estimators(_read_scores(truth), "Bar lengths against the true ones"))
    blocks.append(_descriptions(scores))
    return "\n\n".join(block for block in blocks if block)


def _read(path, columns):
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: has the workflow finished?")
    table = read_result_table(path)
    missing = [name for name in columns if name not in table]
    if missing:
        raise ValueError(f"{path}: columns {missing} are missing, found {list(table.columns)}")
    return table


def _read_scores(path):
    columns = (*_SCORES, *(f"{name}{end}" for name in _STATISTICS for end in ("", "_low", "_high")))
    scores = _read(path, columns)
    if scores.empty:
        raise ValueError(f"{path}: found no rows, expected one per estimator, sample and quantity")
    return scores


def _networks(scores):
    """Tabulate the RMSE of the predicted vote fractions, and warn of collapsed networks."""
    sets = [name for name in ("train", "validation") if name in set(scores["set"])]
    rows = [["network", "run", *sets]]
    for (model, run), group in scores.groupby(["model", "run"], sort=False):
        rmse = group.set_index("set")["rmse"]
        rows.append([model, str(run), *(_number(rmse.get(name)) for name in sets)])
    text = _align("Vote fractions: RMSE over the 37 columns", rows)
    if "collapsed" in scores:
        flags = scores["collapsed"].astype(str).str.lower() == "true"
        for model, run in scores.loc[flags, ["model", "run"]].drop_duplicates().to_numpy():
            text += f"\nWARNING: {model}, run {run}, is no better than the mean vote fractions"
    return text


def _choice(path):
    """Return a warning if the setting was chosen by few galaxies, otherwise ""."""
    warning = json.loads(path.read_text(encoding="utf-8"))["warning"] if path.is_file() else ""
    return f"WARNING: the setting was {warning}" if warning else ""


def _control(path):
    """Return a warning if the control is no better than a constant, otherwise ""."""
    if path.is_file() and json.loads(path.read_text(encoding="utf-8"))["collapsed"]:
        return "WARNING: the control is no better than the mean bar length"
    return ""


def _verdicts(path):
    """Return the verdicts on those maps of each network whose lengths are the best, or ""."""
    if not path.is_file():
        return ""
    table = _read(path, ("best_of_network", "verdict"))
    sentences = table.loc[table["best_of_network"].astype(bool), "verdict"]
    lines = [
        textwrap.fill(sentence, 100, initial_indent="  ", subsequent_indent="    ")
        for sentence in sentences
    ]
    return "\n".join(["Heat maps, by the checks", *lines])


def _estimators(scores, title):
    """Write one table per sample and quantity."""
    tables = [title]
    # Other quantities have the correlations of one of these.
    shown = scores[scores["quantity"].isin(list(QUANTITIES))]
    for (sample, quantity), group in shown.groupby(["sample", "quantity"], sort=False):
        headings = [f"{label} (interval)" for label in _STATISTICS.values()]
        rows = [["estimator", "n", "unmeasurable", *headings]]
        for row in group.to_dict("records"):
            counts = [str(row["n"]), str(row["n_unmeasurable"])]
            intervals = [_interval(row, name) for name in _STATISTICS]
            rows.append([row["estimator"], *counts, *intervals])
        subtitle = f"{QUANTITIES.get(quantity, quantity)}; {SAMPLES.get(sample, sample)}"
        tables.append(_align(subtitle, rows))
    return "\n\n".join(tables)


def _descriptions(scores):
    """List what the estimators' names stand for."""
    descriptions = scores.drop_duplicates("estimator")[["estimator", "description"]].to_numpy()
    width = max(len(estimator) for estimator, _ in descriptions)
    lines = [f"  {estimator:<{width}}  {text}" for estimator, text in descriptions]
    return "\n".join(["Estimators", *lines])


def _interval(row, name):
    if pd.isna(row[name]):
        return "-"
    return f"{row[name]:.2f} ({row[f'{name}_low']:.2f} to {row[f'{name}_high']:.2f})"


def _number(value):
    return "-" if value is None or pd.isna(value) else f"{value:.4f}"


def _align(title, rows):
    """Write a table with its first column left-aligned and the others right-aligned."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [title]
    for first, *others in rows:
        cells = [f"{text:>{width}}" for text, width in zip(others, widths[1:], strict=True)]
        lines.append("  ".join([f"  {first:<{widths[0]}}", *cells]))
    return "\n".join(lines)
