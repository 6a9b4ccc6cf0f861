"""Is there a bar? Shares of votes, and the thresholds that say yes, no or unsure."""

import logging

import numpy as np
import pandas as pd

from galbar.catalogues.decision_tree import VOTE_COLUMNS

logger = logging.getLogger(__name__)

#: A galaxy counts as barred, or as not, where so many of those asked say so.
BARRED = 0.5

#: Volunteers who must be asked for the bar to tell: share of all.
ASKED = 0.25

# Purity of "yes" and completeness of all that is not "no".
PURITY, COMPLETENESS = 0.9, 0.95

_STEPS = np.round(np.arange(0.02, 1.0, 0.02), 2)


def bar_shares(votes):
    """Return the shares of votes that tell whether a bar can be measured.

    Parameters
    ----------
    votes : ndarray, shape (n, 37), vote fractions in the order of `VOTE_COLUMNS`

    Returns
    -------
    dict of ndarray, shape (n,)
        p_bar, of those who were asked for a bar; p_featured, who saw features or a disc; p_edge_on,
        of these those who saw it edge-on. NaN where nobody was asked.
    """
    column = {name: votes[:, number] for number, name in enumerate(VOTE_COLUMNS)}

    def share(part, rest):
        with np.errstate(invalid="ignore", divide="ignore"):
            return column[part] / (column[part] + column[rest])

    return {
        "p_bar": share("Class3.1", "Class3.2"),
        "p_featured": column["Class1.2"],
        "p_edge_on": share("Class2.1", "Class2.2"),
    }


def measure_detection(predicted, votes):
    """Measure how well predicted shares tell barred galaxies from others.

    Parameters
    ----------
    predicted, votes : ndarray, shape (n, 37), by networks that have not seen the galaxies, and by
        volunteers

    Returns
    -------
    DataFrame
        threshold of p_bar; of the galaxies at or above it the purity and their number above; the
        completeness of the barred ones; n of galaxies of which enough volunteers were asked, and
        barred of these. NaN where no galaxy is at or above, or none is barred.
    """
    asked = votes[:, list(VOTE_COLUMNS).index("Class2.2")] >= ASKED
    p_bar = bar_shares(predicted)["p_bar"][asked]
    barred = bar_shares(votes)["p_bar"][asked] >= BARRED
    if not barred.any():
        logger.warning("no galaxy of %d is barred: nobody's bar can be told", len(barred))
    rows = []
    for threshold in _STEPS:
        above = p_bar >= threshold
        purity = barred[above].mean() if above.any() and barred.any() else np.nan
        completeness = above[barred].mean() if barred.any() else np.nan
        rows.append((threshold, purity, completeness, int(above.sum())))
    table = pd.DataFrame(rows, columns=["threshold", "purity", "completeness", "above"])
    return table.assign(n=len(barred), barred=int(barred.sum()))


def choose_thresholds(detection):
    """Choose the thresholds of p_bar, from a table of `measure_detection`.

    Returns a dict: ``yes``, the lowest one from which on all are pure enough, None if there is
    none; ``no``, the highest one that leaves the barred galaxies complete enough; with what each
    gives.
    """
    # Above the highest share there is no galaxy, and no purity.
    measured = detection[detection["purity"].notna()]
    impure = measured.loc[measured["purity"] < PURITY, "threshold"]
    pure = measured[measured["threshold"] > impure.max()] if len(impure) else measured
    complete = detection[detection["completeness"] >= COMPLETENESS]
    chosen = {"n": int(detection["n"].iloc[0]), "barred": int(detection["barred"].iloc[0])}
    for name, rows, position in (("yes", pure, 0), ("no", complete, -1)):
        row = rows.iloc[position] if len(rows) else None
        chosen[name] = None if row is None else float(row["threshold"])
        for statistic in ("purity", "completeness"):
            chosen[f"{name}_{statistic}"] = None if row is None else float(row[statistic])
    return chosen


def has_bar(p_bar, thresholds):
    """Say "yes", "no" or "unsure" for shares (n,); "unsure" where a threshold or share is none."""
    p_bar = np.asarray(p_bar, dtype=float)
    answer = np.full(len(p_bar), "unsure", dtype=object)
    if thresholds["no"] is not None:
        answer[p_bar < thresholds["no"]] = "no"
    if thresholds["yes"] is not None:
        answer[p_bar >= thresholds["yes"]] = "yes"
    return answer
