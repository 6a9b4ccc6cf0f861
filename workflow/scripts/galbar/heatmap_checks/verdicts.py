"""What the checks say of each network's maps and lengths: yes or no, and one sentence.

A yes needs an interval that excludes the contrary; everything is derived from the table of checks.
"""

import numpy as np
import pandas as pd

from galbar.attribution.methods.map_sets import MapSet
from galbar.heatmap_checks.checked_maps import HEATMAP
from galbar.heatmap_checks.controls import CONTROLS

MOST_SIMILAR = 0.5
"""Rank correlation with the maps of random networks below which maps follow the weights."""

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
"""Columns of ``results/heatmap_verdicts.csv``; the answers are "yes", "no" or "" (not checked)."""

_NAMES = {"disc": "a disc of the galaxy's size", "image": "the image", "random": "chance"}


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
    of_lengths = rows[has_xinput(rows, xinput)]
    checked = {
        "on_bar": _is_on_bar(rows),
        "of_weights": _follows_weights(rows),
        "faithful": _is_faithful(rows),
        "lengths_of_weights": _is_lost(of_lengths, "random_weights", most_altered=True),
        "lengths_of_answer": _is_lost(of_lengths, "other_answer"),
        "lengths_of_galaxy": _is_lost(of_lengths, "other_galaxy"),
    }
    names = {key: first[key] for key in ("model", "attribution", "smooth_noise", "kind")}
    sentence = _sentence(names, rows, of_lengths, checked, r, xinput)
    return {"r": r, **names, "xinput": xinput, **checked, "verdict": sentence}


def _answer(holds):
    return "yes" if holds else "no"


def _controls(rows, measure):
    """Return the rows of a measure on the controls, by the control's name."""
    rows = rows[(rows["measure"] == measure) & rows["map"].isin(CONTROLS)]
    return rows.set_index("map")


def _is_on_bar(rows):
    """Say whether more relevance lies on the bar than of every control."""
    controls = _controls(rows, "relevance_mass")
    return _answer((controls["lost_low"] > 0).all()) if len(controls) else ""


def _is_faithful(rows):
    """Say whether the vote falls, and comes back, sooner than in the order of any control."""
    deletion, insertion = (_controls(rows, name) for name in ("deletion", "insertion"))
    if deletion.empty:
        return ""
    return _answer((deletion["lost_high"] < 0).all() and (insertion["lost_low"] > 0).all())


def _random_similarity(rows):
    """Return the row of the similarity to maps of wholly random networks, or None."""
    rows = rows[(rows["check"] == "random_weights") & (rows["measure"] == "rank_correlation")]
    return rows.iloc[-1] if len(rows) else None


def _follows_weights(rows):
    row = _random_similarity(rows)
    return "" if row is None else _answer(row["high"] < MOST_SIMILAR)


def _altered_lengths(rows, check):
    """Return the rows of the correlation with the catalogue of a check's altered maps."""
    altered = (rows["check"] == check) & (rows["altered"] != "")
    return rows[altered & (rows["measure"] == "r_catalogue")]


def _is_lost(rows, check, most_altered=False):
    """Say whether the correlation falls when the check alters the maps; by each alteration."""
    falls = [falls for _, falls in _each(rows, check, most_altered)]
    return _answer(all(falls)) if falls else ""


def _falls(altered):
    """Say of each row whether the correlation is lower, or none, on its altered maps."""
    return (altered["lost_low"] > 0) | altered["value"].isna()


def _sentence(names, rows, of_lengths, checked, r, xinput):
    """Write the verdict in words, every number of it from the table."""
    maps = MapSet.of(names).label
    kind = names["kind"].replace("_", " ")
    phrases = [_place(rows, checked["on_bar"]), _weights(rows, checked["of_weights"])]
    phrases += [_faith(rows, checked["faithful"]), _lengths(of_lengths, r, xinput)]
    return f"{names['model']}, {maps}, {kind} maps: {'; '.join(filter(None, phrases))}."


def _place(rows, on_bar):
    if not on_bar:
        return ""
    mass = rows[(rows["measure"] == "relevance_mass") & (rows["map"] == HEATMAP)]["value"].iloc[0]
    controls = _controls(rows, "relevance_mass")
    beside = ", ".join(f"{_NAMES[name]} {controls.loc[name, 'value']:.2f}" for name in CONTROLS)
    if on_bar == "yes":
        return f"on the bar, {mass:.2f} of their relevance ({beside})"
    as_good = [_NAMES[name] for name in CONTROLS if not controls.loc[name, "lost_low"] > 0]
    return (
        f"no more on the bar than {' and '.join(as_good)}, {mass:.2f} of their relevance ({beside})"
    )


def _weights(rows, of_weights):
    if not of_weights:
        return ""
    similarity = _random_similarity(rows)["value"]
    verb = "change" if of_weights == "yes" else "hardly change"
    return f"they {verb} with the weights (rank correlation {similarity:.2f} with random networks)"


def _faith(rows, faithful):
    if not faithful:
        return ""
    worse = [
        _NAMES[name]
        for name in CONTROLS
        if not (
            _controls(rows, "deletion").loc[name, "lost_high"] < 0
            and _controls(rows, "insertion").loc[name, "lost_low"] > 0
        )
    ]
    if not worse:
        return "the vote hangs on their pixels more than on those of every control"
    return f"the vote hangs on their pixels no more than on those of {' and '.join(worse)}"


def _lengths(rows, r, xinput):
    """Write what is left of the correlation of the lengths."""
    if not np.isfinite(r):
        return "lengths on them correlate with nothing"
    phrases = [
        f"{_left(weights)} with random weights"
        + ("" if falls else ": the galaxy's size and light, not the bar")
        for weights, falls in _each(rows, "random_weights", last=True)
    ]
    phrases += [
        f"{_left(answer)} for {answer.altered}" + ("" if falls else ", no less")
        for answer, falls in _each(rows, "other_answer")
    ]
    phrases += [
        f"{_left(galaxy)} with another galaxy's map" + ("" if falls else ", no less")
        for galaxy, falls in _each(rows, "other_galaxy")
    ]
    image = " times the image" if xinput else ""
    return f"lengths on them{image} correlate with r = {r:.2f}, " + ", ".join(phrases)


def _each(rows, check, last=False):
    """Return pairs of a row of altered lengths, and whether their correlation falls."""
    altered = _altered_lengths(rows, check)
    if last:
        altered = altered.tail(1)
    return zip(altered.itertuples(), _falls(altered), strict=True)


def _left(row):
    """Write the correlation that is left."""
    return f"{row.value:.2f}" if np.isfinite(row.value) else "none"
