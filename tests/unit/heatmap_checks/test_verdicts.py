"""Verdicts are derived from the numbers of the table, and from nothing else."""

import numpy as np
import pandas as pd
import pytest

from galbar.heatmap_checks.verdicts import VERDICT_COLUMNS, verdict_table
from tests.helpers.check_rows import good_rows

ANSWERS = ("on_bar", "of_weights", "faithful")
ANSWERS += ("lengths_of_weights", "lengths_of_answer", "lengths_of_galaxy")


def change(table, **columns):
    """Return a function that changes the rows with these columns, and gives the verdict."""
    chosen = np.logical_and.reduce([table[name] == wanted for name, wanted in columns.items()])
    assert chosen.any()

    def verdict(**values):
        changed = table.copy()
        for name, value in values.items():
            changed.loc[chosen, name] = value
        return verdict_table(changed).iloc[0]

    return verdict


def test_maps_that_pass_everything():
    verdicts = verdict_table(good_rows())
    assert tuple(verdicts) == VERDICT_COLUMNS
    (verdict,) = verdicts.to_dict("records")
    assert [verdict[name] for name in ANSWERS] == ["yes"] * 6
    # The lengths of the higher correlation are judged.
    assert verdict["xinput"] is True
    assert verdict["best_of_network"]
    assert verdict["verdict"] == (
        "vgg16, noise 0.1, signed maps: on the bar, 0.60 of their relevance (chance 0.30, a "
        "disc of the galaxy's size 0.30, the image 0.30); they change with the weights (rank "
        "correlation 0.10 with random networks); the vote hangs on their pixels more than on those "
        "of every control; lengths on them times the image correlate with r = 0.80, 0.20 with "
        "random weights, 0.30 for Class5.3, 0.30 for Class11.3, 0.10 with another galaxy's map."
    )


@pytest.mark.parametrize(
    ("rows", "values", "answer", "words"),
    [
        (
            {"measure": "relevance_mass", "map": "image"},
            {"lost_low": -0.01},
            "on_bar",
            "no more on the bar than the image, 0.60",
        ),
        (
            {"measure": "rank_correlation", "altered": "1"},
            {"high": 0.51},
            "of_weights",
            "they hardly change with the weights",
        ),
        (
            {"measure": "deletion", "map": "disc"},
            {"lost_high": 0.01},
            "faithful",
            "no more than on those of a disc of the galaxy's size",
        ),
        (
            {"measure": "insertion", "map": "random"},
            {"lost_low": -0.01},
            "faithful",
            "no more than on those of chance",
        ),
        (
            {"measure": "r_catalogue", "altered": "1", "xinput": True},
            {"lost_low": -0.01, "value": 0.7},
            "lengths_of_weights",
            "0.70 with random weights: the galaxy's size and light, not the bar",
        ),
        (
            {"measure": "r_catalogue", "altered": "Class11.3", "xinput": True},
            {"lost_low": -0.01},
            "lengths_of_answer",
            "0.30 for Class5.3, 0.30 for Class11.3, no less",
        ),
        (
            {"measure": "r_catalogue", "altered": "galaxy", "xinput": True},
            {"lost_low": -0.01},
            "lengths_of_galaxy",
            "0.10 with another galaxy's map, no less",
        ),
    ],
)
def test_each_answer_follows_its_numbers(rows, values, answer, words):
    verdict = change(good_rows(), **rows)(**values)
    expected = dict.fromkeys(ANSWERS, "yes") | {answer: "no"}
    assert {name: verdict[name] for name in ANSWERS} == expected
    assert words in verdict["verdict"]


def test_lengths_that_cannot_be_measured_any_more_are_lost():
    altered = {"value": np.nan, "lost": np.nan, "lost_low": np.nan}
    verdict = change(good_rows(), altered="Class5.3", measure="r_catalogue")(**altered)
    assert verdict["lengths_of_answer"] == "yes"
    assert "none for Class5.3" in verdict["verdict"]


def test_what_was_not_checked_has_no_answer():
    table = good_rows()
    maps_only = table[table["check"] == "other_galaxy"]
    verdict = verdict_table(maps_only).iloc[0]
    assert [verdict[name] for name in ANSWERS] == ["", "", "", "", "", "yes"]
    assert verdict["verdict"].startswith("vgg16, noise 0.1, signed maps: lengths on them")


def test_the_best_kind_of_each_network_is_marked():
    table = good_rows()
    second = table.assign(kind="absolute")
    lengths = (second["measure"] == "r_catalogue") & (second["altered"] == "")
    second.loc[lengths, "value"] -= 0.1
    third = table.assign(model="xception")
    third.loc[third["measure"] == "r_catalogue", "value"] = np.nan
    verdicts = verdict_table(pd.concat([second, table, third], ignore_index=True))
    assert verdicts["best_of_network"].tolist() == [False, True, False]
    assert "correlate with nothing" in verdicts["verdict"].iloc[2]
