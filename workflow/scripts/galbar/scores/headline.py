"""The few numbers that a report begins with, as text: the main estimators, each in one row."""

import numpy as np
import pandas as pd

from galbar.scores.baselines import BASELINES
from galbar.scores.estimator_names import is_built_in

_ESTIMATORS = {
    "calibrated": "calibrated",
    "saliency": "best single setting",
    "saliency_published": "published criterion",
    "control": "control network",
    "ellipse": "ellipses: maximum",
    "ellipse_drop": "ellipses: drop",
    "moments": "image in place of maps",
}
_TO_COMPARE_WITH = {
    "size_only": BASELINES["size_only"].label,
    "human": "human measurements",
}
_NONE = "\N{EN DASH}"
# Heading: quantity, statistic, digits.
_COLUMNS = {
    "r [size]": ("length_scaled", "pearson_r", 2),
    "r [kpc/h]": ("length_kpc_h", "pearson_r", 2),
    "MAE [px]": ("length_px", "mae", 1),
    "MAE [kpc/h]": ("length_kpc_h", "mae", 2),
    "MAE [kpc]": ("length_kpc", "mae", 2),
    "slope": ("length_scaled", "slope_on_reference", 2),
}
# Its interval is that in kpc/h but for a factor; the table has to fit the page.
_WITHOUT_INTERVAL = "MAE [kpc]"


def headline_table(scores):
    """Write the main scores of the main estimators as text.

    Parameters
    ----------
    scores : pandas.DataFrame, results/scores.csv or scores_truth.csv

    Returns
    -------
    pandas.DataFrame of str
        One row per estimator, those of a user's tables before the baselines, on the whole test set;
        the control, which was trained on a part of that, on the common sample, which its name then
        says. Columns: lengths (the estimator), n, Pearson's r of lengths in units of the galaxy's
        size and in kpc/h, mean absolute error, slope of measured on known lengths, each with its
        interval (but the error in kpc), and the shares of the galaxies within the estimator's own
        68 and 95 % intervals.

    Raises
    ------
    ValueError
        If there is no row of the calibrated lengths.
    """
    if "calibrated" not in set(scores["estimator"]):
        names = sorted(set(scores["estimator"]))
        raise ValueError(f"the scores hold no row of calibrated lengths, found {names}")
    external = [name for name in scores["estimator"].unique() if not is_built_in(name)]
    labels = {**_ESTIMATORS, **dict(zip(external, external, strict=True)), **_TO_COMPARE_WITH}
    rows = []
    for estimator, label in labels.items():
        of_estimator = scores[scores["estimator"] == estimator]
        samples = set(of_estimator["sample"])
        if not samples:
            continue
        sample = "test" if "test" in samples else "common"
        of_sample = of_estimator[of_estimator["sample"] == sample].set_index("quantity")
        name = label if sample == "test" else f"{label} ({sample} sample)"
        rows.append({"lengths": name, **_numbers(of_sample)})
    return pd.DataFrame(rows)


def _numbers(rows):
    """Return the texts of one estimator from its rows by quantity."""
    texts = {"n": f"{rows.loc['length_scaled', 'n']:.0f}"}
    for heading, (quantity, statistic, digits) in _COLUMNS.items():
        row = rows.loc[quantity]
        value, low, high = (row[f"{statistic}{end}"] for end in ("", "_low", "_high"))
        texts[heading] = _NONE
        if np.isfinite(value):
            interval = f" [{low:.{digits}f}, {high:.{digits}f}]"
            texts[heading] = f"{value:.{digits}f}"
            texts[heading] += "" if heading == _WITHOUT_INTERVAL else interval
    coverage = [rows.loc["length_scaled", f"coverage_{level}"] for level in (68, 95)]
    covers = " / ".join(f"{100 * share:.0f} %" for share in coverage)
    texts["within 68 / 95 %"] = covers if np.isfinite(coverage).all() else _NONE
    return texts
