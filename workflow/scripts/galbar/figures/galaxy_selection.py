"""Which galaxies the figures show, by stated rules, and which ones are misclassified."""

import logging

import numpy as np
import pandas as pd
from astropy.stats import binom_conf_interval

from galbar.lengths.measure import Flag

logger = logging.getLogger(__name__)

SMOOTH = "Class1.1"
"""Column of the answer "smooth and rounded"."""

FEATURES = "Class1.2"
"""Column of the answer "features or disk"."""


def require_columns(table, columns, name):
    """Raise ValueError if a table lacks one of the columns."""
    missing = [column for column in columns if column not in table]
    if missing:
        raise ValueError(f"{name} lacks the column(s) {missing}; found {list(table.columns)}")


def order_of_showing(quantiles):
    """Return the order in which to show galaxies: the middle one, then from the ends inwards.

    A figure of one galaxy thus shows the middle one, a figure of three also both ends.
    ``quantiles`` (n,) increase; the result holds their places (n,).
    """
    middle = len(quantiles) // 2
    inwards = np.argsort(-np.abs(quantiles - 0.5), kind="stable")
    return np.concatenate([[middle], inwards[inwards != middle]]).astype(int)


def shown_galaxies(selected, number):
    """Take the galaxies of one figure from a selection.

    Parameters
    ----------
    selected : DataFrame, from `select_by_id` or `select_by_quantile`, or read back from a CSV file
    number : int, how many, from the first one on; all if there are not more

    Returns
    -------
    DataFrame, galaxies named in the configuration in its order, others by increasing length

    Raises
    ------
    ValueError
        If there is none.
    """
    shown = selected.head(number)
    if shown.empty:
        raise ValueError("no galaxy is selected for the figures")
    return shown.sort_values("quantile", kind="stable").reset_index(drop=True)


def select_by_id(catalogue, galaxies):
    """Take the galaxies that the configuration names, in its order.

    Parameters
    ----------
    catalogue : DataFrame, with galaxy_id (int64) and image
    galaxies : sequence of int, the ids

    Returns
    -------
    DataFrame, with galaxy_id, image, reason, quantile (NaN)

    Raises
    ------
    ValueError
        If an id is not in the catalogue or given twice.
    """
    require_columns(catalogue, ["galaxy_id", "image"], "the catalogue")
    galaxies = np.asarray(galaxies, dtype=np.int64)
    if len(set(galaxies.tolist())) != len(galaxies):
        raise ValueError(f"figures.galaxies names a galaxy twice: {galaxies.tolist()}")
    unknown = np.setdiff1d(galaxies, catalogue["galaxy_id"].to_numpy()).tolist()
    if unknown:
        raise ValueError(f"figures.galaxies: no galaxy {unknown} in the catalogue")
    chosen = catalogue.set_index("galaxy_id").loc[galaxies, ["image"]].reset_index()
    return chosen.assign(reason="named in the configuration", quantile=np.nan)


def select_by_quantile(table, catalogue, column, number):
    """Take galaxies evenly spaced in the ranks of a length.

    Eligible are the galaxies of the test sample (of all, if the table has no column split) whose
    bar was measured (flag "ok") and whose ``column`` is known; if none was measured, all whose
    ``column`` is known. Of them, sorted by ``column`` and then by id, the ones at the quantiles
    0.5 / number, 1.5 / number, ... are taken. Neither the image nor how well the measurement
    agrees plays a part.

    Parameters
    ----------
    table : DataFrame, with galaxy_id, flag, ``column`` and perhaps split
    catalogue : DataFrame, with galaxy_id and image
    column : str, the length by which galaxies are ranked
    number : int, galaxies wanted

    Returns
    -------
    DataFrame, with galaxy_id, image, reason, quantile; see `order_of_showing` for the order

    Raises
    ------
    ValueError
        If a column is missing or ``column`` is known for no galaxy.
    """
    require_columns(table, ["galaxy_id", "flag", column], "the table of bar lengths")
    is_eligible = np.isfinite(table[column])
    if "split" in table:
        is_eligible &= table["split"] == "test"
    is_measured = is_eligible & (table["flag"] == Flag.OK.text)
    if not is_measured.any():
        logger.warning("no bar is measured without a flag: unmeasured galaxies are shown")
    else:
        is_eligible = is_measured
    ranked = table[is_eligible].sort_values([column, "galaxy_id"])
    if ranked.empty:
        raise ValueError(f"no galaxy to show: none of {len(table)} has a known {column}")
    if len(ranked) < number:
        logger.warning("only %d galaxies can be shown, %d were asked for", len(ranked), number)
    number = min(number, len(ranked))
    quantiles = (np.arange(number) + 0.5) / number
    quantiles = quantiles[order_of_showing(quantiles)]
    rows = np.floor(quantiles * len(ranked)).astype(int)
    chosen = select_by_id(catalogue, ranked["galaxy_id"].to_numpy()[rows])
    reasons = [f"quantile {quantile:.3g} of {column}" for quantile in quantiles]
    return chosen.assign(reason=reasons, quantile=quantiles)


def select_by_error(table, quantiles):
    """Take galaxies of the test sample at quantiles of how wrong their lengths are.

    Parameters
    ----------
    table : DataFrame
        With galaxy_id, image, split, length_px and known_px, both lengths in one unit.
    quantiles : sequence of float, of the absolute relative error (0 to 1)

    Returns
    -------
    DataFrame
        galaxy_id, image, reason, quantile, relative_error (measured over known, less 1); without
        rows if no galaxy of the test sample has both lengths.

    Raises
    ------
    ValueError
        If a column is missing.
    """
    require_columns(table, ["galaxy_id", "split", "length_px", "known_px"], "the table of lengths")
    error = table["length_px"] / table["known_px"] - 1
    table = table.assign(relative_error=error, absolute_error=error.abs())
    usable = table[(table["split"] == "test") & np.isfinite(error)]
    ranked = usable.sort_values(["absolute_error", "galaxy_id"])
    if ranked.empty:
        logger.warning("no galaxy to show: none of %d has a measured and known length", len(table))
        quantiles = []
    rows = [min(int(quantile * len(ranked)), len(ranked) - 1) for quantile in quantiles]
    chosen = select_by_id(table, ranked["galaxy_id"].to_numpy()[rows])
    reasons = [f"quantile {quantile:.3g} of the absolute relative error" for quantile in quantiles]
    error = ranked["relative_error"].to_numpy()[rows]
    return chosen.assign(reason=reasons, quantile=list(quantiles), relative_error=error)


def classify(smooth, features, margin):
    """Decide by one cut that treats both alike: 1 smooth, -1 features, 0 undecided, as int8 (n,).

    ``smooth`` and ``features`` are vote fractions (n,), given or predicted; the larger one must
    exceed the other by more than ``margin`` [0 to 1). Undecided also where a fraction is NaN.
    Exchanging the two changes the sign and nothing else.
    """
    if not 0 <= margin < 1:
        raise ValueError(f"the margin between two vote fractions is {margin}, expected 0 to 1")
    difference = np.asarray(smooth, dtype=float) - np.asarray(features, dtype=float)
    return (difference > margin).astype(np.int8) - (difference < -margin).astype(np.int8)


def compare_classes(catalogue, predictions, *, margin, split):
    """Compare the votes of each galaxy of one split with the prediction.

    Parameters
    ----------
    catalogue : DataFrame, with galaxy_id, image, split and the volunteers' vote fractions
    predictions : DataFrame, with galaxy_id and the predicted vote fractions
    margin : float
        By how much the larger vote fraction must exceed the other one [0 to 1), for the votes and
        for the predictions.
    split : str, which galaxies count: "validation" are those that no network was trained on

    Returns
    -------
    DataFrame
        galaxy_id, image, split, smooth_votes, features_votes, smooth_predicted,
        features_predicted, votes and prediction (1 smooth, -1 features, 0 undecided),
        margin (the smaller of the two differences, 0 to 1: how sure both sides are).

    Raises
    ------
    ValueError
        If a column is missing, an id occurs twice or has no prediction, or the split is empty.
    """
    require_columns(catalogue, ["galaxy_id", "image", "split", SMOOTH, FEATURES], "the catalogue")
    require_columns(predictions, ["galaxy_id", SMOOTH, FEATURES], "the table of predictions")
    catalogue = catalogue[catalogue["split"] == split]
    if catalogue.empty:
        raise ValueError(f"the catalogue has no galaxy of the split {split!r}")
    left = catalogue[["galaxy_id", "image", "split", SMOOTH, FEATURES]]
    right = predictions[["galaxy_id", SMOOTH, FEATURES]]
    joined = left.merge(
        right, on="galaxy_id", how="left", suffixes=("_votes", "_predicted"), validate="1:1"
    )
    names = {SMOOTH: "smooth", FEATURES: "features"}
    joined.columns = [_rename(name, names) for name in joined.columns]
    absent = joined["smooth_predicted"].isna()
    if absent.any():
        first = joined.loc[absent, "galaxy_id"].iloc[0]
        raise ValueError(f"{absent.sum()} galaxies have no prediction, the first is {first}")
    for side, name in (("votes", "votes"), ("predicted", "prediction")):
        joined[name] = classify(joined[f"smooth_{side}"], joined[f"features_{side}"], margin)
    margin_votes = (joined["smooth_votes"] - joined["features_votes"]).abs()
    margin_predicted = (joined["smooth_predicted"] - joined["features_predicted"]).abs()
    return joined.assign(margin=np.minimum(margin_votes, margin_predicted))


def _rename(name, names):
    """Replace the beginning of a column's name."""
    for old, new in names.items():
        if name.startswith(f"{old}_"):
            return name.replace(old, new, 1)
    return name


def select_misclassified(compared, number=None):
    """Select galaxies called smooth by one side and featured by the other, surest first.

    Parameters
    ----------
    compared : DataFrame, from `compare_classes`
    number : int, optional; this many, from both directions in turn as long as both last

    Returns
    -------
    DataFrame, rows of ``compared``, with the column direction
    """
    wrong = compared[compared["votes"] * compared["prediction"] == -1].copy()
    directions = {1: "smooth seen as features", -1: "features seen as smooth"}
    wrong["direction"] = wrong["votes"].map(directions).astype(object)
    wrong = wrong.sort_values(["margin", "galaxy_id"], ascending=[False, True])
    if number is None:
        return wrong.reset_index(drop=True)
    turn = wrong.groupby("direction").cumcount()
    chosen = wrong.assign(turn=turn).sort_values(["turn", "votes"], kind="stable").head(number)
    # Shown by direction, the surest first: readers compare like with like.
    chosen = chosen.sort_values(["direction", "turn"]).drop(columns="turn")
    return chosen.reset_index(drop=True)


def share_misclassified(compared):
    """Count the misclassified galaxies, for both directions and together.

    Parameters
    ----------
    compared : DataFrame, from `compare_classes`

    Returns
    -------
    DataFrame
        One row per class of the votes ("smooth", "features", "both"): n (galaxies with decided
        votes), n_undecided (of them, predictions within the margin), n_misclassified, share
        (misclassified / n, NaN without galaxies) and its Wilson 95 % interval share_low,
        share_high.
    """
    rows = []
    for name, classes in (("smooth", [1]), ("features", [-1]), ("both", [1, -1])):
        decided = compared[compared["votes"].isin(classes)]
        n, wrong = len(decided), int((decided["votes"] * decided["prediction"] == -1).sum())
        low, high = (np.nan, np.nan)
        if n:
            low, high = binom_conf_interval(wrong, n, confidence_level=0.95, interval="wilson")
            # The interval of none is rounded to just above 0, that of all to just below 1.
            low, high = low if wrong else 0.0, high if wrong < n else 1.0
        undecided = int((decided["prediction"] == 0).sum())
        rows.append((name, n, undecided, wrong, wrong / n if n else np.nan, low, high))
    names = ["votes", "n", "n_undecided", "n_misclassified", "share", "share_low", "share_high"]
    return pd.DataFrame(rows, columns=names)
