"""What the checks say of each network's maps and lengths: yes, no or undecided, and a sentence.

A yes needs an interval that excludes the contrary, and a no one that excludes the yes; everything
is derived from the table of checks.
"""

import numpy as np
import pandas as pd

from galbar.heatmap_checks.controls import CONTROLS
from galbar.heatmap_checks.sentences import write_sentence

MOST_SIMILAR = 0.5
"""Rank correlation with the maps of random networks below which maps follow the weights.

A choice: half-way from maps that have nothing in common to maps that have not changed.
"""

LEAST_LOST = 0.1
"""A correlation that falls by less than this has not fallen."""

VERDICT_COLUMNS = (
    "model",
    "attribution",
    "smooth_noise",
    "kind",
    "xinput",
    "best_of_network",
    "on_bar",
    "of_weights",
    "faithful",
    "lengths_of_weights",
    "lengths_of_answer",
    "lengths_of_galaxy",
    "verdict",
)
"""Columns of ``results/heatmap_verdicts.csv``; answers: yes, no, undecided, "" (not checked)."""

# What heat maps need more of than every control, or less.
_ON_BAR = {"relevance_mass": 1, "rank_accuracy": 1}
_FAITHFUL = {"deletion": -1, "insertion": 1}


def verdict_table(checks):
    """Judge every network, set of heat maps and kind of map.

    Parameters
    ----------
    checks : pandas.DataFrame, columns `galbar.heatmap_checks.checked_maps.CHECK_COLUMNS`

    Returns
    -------
    pandas.DataFrame, columns `VERDICT_COLUMNS`
        ``xinput`` is that of the lengths that are judged, those of the higher correlation with the
        catalogue; ``best_of_network`` marks the row whose lengths correlate best.
    """
    keys = ["model", "attribution", "smooth_noise", "kind"]
    judged = [_judge(rows) for _, rows in checks.groupby(keys, sort=False, dropna=False)]
    table = pd.DataFrame(judged, columns=["r", *VERDICT_COLUMNS])
    best = table.dropna(subset=["r"]).groupby("model", sort=False)["r"].idxmax()
    return table.assign(best_of_network=table.index.isin(best))[list(VERDICT_COLUMNS)]


def best_xinput(rows):
    """Return whether maps times the image, or alone, give the lengths of the higher correlation.

    ``rows`` are those of one network, set of heat maps and kind. Returns xinput, bool, and the
    correlation with the catalogue; None and NaN where there are no lengths.
    """
    lengths = rows[(rows["measure"] == "r_catalogue") & (rows["altered"] == "")]
    if not lengths["value"].notna().any():
        return None, np.nan
    best = lengths.loc[lengths["value"].idxmax()]
    return str(best["xinput"]) == "True", float(best["value"])


def has_xinput(rows, xinput):
    """Say of each row whether it is of lengths by settings with this ``xinput``, bool or None.

    As text: the column holds nothing where a row is not of lengths, and so has no type.
    """
    return (rows["xinput"].astype(str) == str(xinput)).to_numpy()


def _judge(rows):
    """Judge the maps of one network, set and kind by their rows of the table."""
    first = rows.iloc[0]
    xinput, r = best_xinput(rows)
    similarity = _random(rows[rows["measure"] == "rank_correlation"])
    altered = rows[has_xinput(rows, xinput) & (rows["measure"] == "r_catalogue")]
    altered = altered[altered["altered"] != ""]
    altered = pd.concat(
        [
            _random(altered),
            *(altered[altered["check"] == check] for check in ("other_answer", "other_galaxy")),
        ]
    )
    altered = altered.assign(answer=[_fall(row) for row in altered.itertuples()])
    comparisons = pd.concat([_compare(rows, sides) for sides in (_ON_BAR, _FAITHFUL)])
    answers = {
        "on_bar": _all(comparisons[comparisons["measure"].isin(_ON_BAR)]["answer"]),
        "of_weights": _all(_dissimilar(row) for row in similarity.itertuples()),
        "faithful": _all(comparisons[comparisons["measure"].isin(_FAITHFUL)]["answer"]),
    }
    for key, check in (
        ("lengths_of_weights", "random_weights"),
        ("lengths_of_answer", "other_answer"),
        ("lengths_of_galaxy", "other_galaxy"),
    ):
        answers[key] = _all(altered[altered["check"] == check]["answer"])
    names = {key: first[key] for key in ("model", "attribution", "smooth_noise", "kind")}
    sentence = write_sentence(names, rows, comparisons, similarity, altered, answers, r, xinput)
    return {"r": r, **names, "xinput": xinput, **answers, "verdict": sentence}


def _random(rows):
    """Return the row, if there is one, of networks without any trained weight."""
    shares = pd.to_numeric(rows["altered"], errors="coerce")
    return rows[(rows["check"] == "random_weights") & (shares == 1)]


def _compare(rows, sides):
    """Compare the heat maps with each control: its rows, with an answer for each."""
    rows = rows[rows["measure"].isin(sides) & rows["map"].isin(CONTROLS)]
    answers = []
    for row in rows.itertuples():
        low, high = sorted(sides[row.measure] * end for end in (row.lost_low, row.lost_high))
        answers.append(_side(low, high, 0, 0))
    return rows.assign(answer=answers)


def _side(low, high, above, below):
    """Say where an interval lies: "yes" above the one number, "no" below the other."""
    if not np.isfinite([low, high]).all():
        return ""
    if low > above:
        return "yes"
    return "no" if high < below else "undecided"


def _dissimilar(row):
    """Say whether the maps of random networks are others; "" where none of them is a map."""
    return _side(-row.high, -row.low, -MOST_SIMILAR, -MOST_SIMILAR)


def _fall(row):
    """Say whether a correlation has fallen; it has where nothing is left to be correlated."""
    return "yes" if np.isnan(row.value) else _side(row.lost_low, row.lost_high, 0, LEAST_LOST)


def _all(answers):
    """Return the answer to several questions at once: yes if all are, no if one is."""
    answers = set(answers)
    for answer in ("no", "undecided"):
        if answer in answers:
            return answer
    # Nothing was checked, or something could not be.
    return "yes" if answers == {"yes"} else ""
