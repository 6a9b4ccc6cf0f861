"""Verdicts on heat maps in words: one sentence, every number of it from the table of checks."""

import numpy as np

from galbar.attribution.methods.map_sets import MapSet
from galbar.heatmap_checks.checked_maps import HEATMAP
from galbar.heatmap_checks.controls import CONTROLS

_CONTROLS = {"random": "chance", "disc": "disc", "image": "image"}
_MEASURES = {
    "relevance_mass": "of their relevance on the bar",
    "rank_accuracy": "of their highest pixels",
    "deletion": "left of the vote by deletion",
    "insertion": "by insertion",
}
_ALTERED = {"random_weights": "with random weights", "other_galaxy": "with another galaxy's map"}
_FALL = {"yes": "", "no": ", no less", "undecided": ", perhaps no less", "": ""}


def write_sentence(names, rows, comparisons, similarity, altered, answers, r, xinput):
    """Write the verdict on the maps of one network, set and kind.

    Parameters
    ----------
    names : dict, model, attribution, smooth_noise, kind
    rows : pandas.DataFrame, all rows of the maps
    comparisons, similarity, altered : pandas.DataFrame
        Rows of the controls with an answer each, of the similarity to the maps of random networks,
        and of the lengths on altered maps with an answer each.
    answers : dict, the answers of `galbar.heatmap_checks.verdicts.VERDICT_COLUMNS`
    r, xinput : correlation of the lengths as they are with the catalogue, NaN without, and their
        setting's xinput

    Returns
    -------
    str
    """
    kind = names["kind"].replace("_", " ")
    phrases = [
        _comparison(rows, comparisons, ("relevance_mass", "rank_accuracy"), answers["on_bar"]),
        _weights(similarity, answers["of_weights"]),
        _comparison(rows, comparisons, ("deletion", "insertion"), answers["faithful"]),
        _lengths(altered, answers["lengths_of_weights"], r, xinput),
    ]
    maps = MapSet.of(names).label
    return f"{names['model']}, {maps}, {kind} maps: {'; '.join(filter(None, phrases))}."


def _comparison(rows, comparisons, measures, answer):
    """Write two measures of the maps beside those of the controls, and who is better."""
    if not answer:
        return ""
    parts = [_numbers(rows, comparisons, measure) for measure in measures]
    compared = comparisons[comparisons["measure"].isin(measures)]
    if answer == "yes":
        return f"{' and '.join(parts)}: better than every control"
    others = [
        _CONTROLS[name]
        for name in CONTROLS
        if (compared[compared["map"] == name]["answer"] == answer).any()
    ]
    verb = "worse than" if answer == "no" else "not known to be better than"
    return f"{' and '.join(parts)}: {verb} {' and '.join(others)}"


def _numbers(rows, comparisons, measure):
    """Write a measure: 0.41 of their relevance on the bar (chance 0.05, disc 0.20, image 0.13)."""
    of_maps = rows[(rows["measure"] == measure) & (rows["map"] == HEATMAP)]["value"].iloc[0]
    values = comparisons[comparisons["measure"] == measure].set_index("map")["value"]
    beside = ", ".join(f"{_CONTROLS[name]} {values[name]:.2f}" for name in CONTROLS)
    return f"{of_maps:.2f} {_MEASURES[measure]} ({beside})"


def _weights(similarity, answer):
    """Write whether the maps follow the weights."""
    if not answer:
        return ""
    verb = {"yes": "change", "no": "hardly change", "undecided": "may change"}[answer]
    value = similarity["value"].iloc[0]
    return f"they {verb} with the weights (rank correlation {value:.2f} with random networks)"


def _lengths(altered, of_weights, r, xinput):
    """Write what is left of the correlation of the lengths."""
    if not np.isfinite(r):
        return "lengths on them correlate with nothing"
    phrases = []
    for row in altered.itertuples():
        left = f"{row.value:.2f}" if np.isfinite(row.value) else "none"
        altered_as = _ALTERED.get(row.check, f"for {row.altered}")
        light = row.check == "random_weights" and of_weights == "no"
        note = ": the galaxy's light, not the bar" if light else ""
        phrases.append(f"{left} {altered_as}{_FALL[row.answer]}{note}")
    image = " times the image" if xinput else ""
    return ", ".join([f"lengths on them{image} correlate with r = {r:.2f}", *phrases])
