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
        "vgg16, noise 0.1, signed maps: 0.60 of their relevance on the bar (chance 0.30, disc "
        "0.30, image 0.30) and 0.60 of their highest pixels (chance 0.30, disc 0.30, image 0.30): "
        "better than every control; they change with the weights (rank correlation 0.10 with "
        "random networks); 0.40 left of the vote by deletion (chance 0.40, disc 0.40, image 0.40) "
        "and 0.40 by insertion (chance 0.40, disc 0.40, image 0.40): better than every control; "
        "lengths on them times the image correlate with r = 0.80, 0.20 with random weights, 0.30 "
        "for Class5.3, 0.30 for Class11.3, 0.10 with another galaxy's map."
    )


WORSE, UNSURE = {"lost_low": -0.2, "lost_high": -0.1}, {"lost_low": -0.01}
BETTER = {"lost_low": 0.1, "lost_high": 0.2}
SAME = {"lost_low": -0.05, "lost_high": 0.05}
RANDOM = {"altered": "1", "xinput": True, "measure": "r_catalogue"}


@pytest.mark.parametrize(
    ("rows", "values", "answers", "words"),
    [
        (
            {"measure": "relevance_mass", "map": "image"},
            UNSURE,
            {"on_bar": "undecided"},
            "not known to be better than image",
        ),
        (
            {"measure": "rank_accuracy", "map": "disc"},
            WORSE,
            {"on_bar": "no"},
            "worse than disc",
        ),
        (
            {"measure": "rank_correlation", "altered": "1"},
            {"high": 0.51},
            {"of_weights": "undecided"},
            "they may change with the weights",
        ),
        (
            {"measure": "rank_correlation", "altered": "1"},
            {"low": 0.51, "high": 0.7},
            {"of_weights": "no"},
            "they hardly change with the weights",
        ),
        (
            {"measure": "deletion", "map": "disc"},
            {"lost_high": 0.01},
            {"faithful": "undecided"},
            "not known to be better than disc",
        ),
        (
            {"measure": "deletion", "map": "disc"},
            BETTER,
            {"faithful": "no"},
            "worse than disc",
        ),
        (
            {"measure": "insertion", "map": "random"},
            WORSE,
            {"faithful": "no"},
            "worse than chance",
        ),
        (
            RANDOM,
            UNSURE | {"value": 0.7},
            {"lengths_of_weights": "undecided"},
            "0.70 with random weights, perhaps no less,",
        ),
        (
            RANDOM,
            SAME | {"value": 0.8},
            {"lengths_of_weights": "no"},
            "0.80 with random weights, no less: the galaxy's light, not the bar",
        ),
        (
            RANDOM | {"altered": "Class11.3"},
            SAME,
            {"lengths_of_answer": "no"},
            "0.30 for Class5.3, 0.30 for Class11.3, no less",
        ),
        (
            RANDOM | {"altered": "galaxy"},
            SAME,
            {"lengths_of_galaxy": "no"},
            "0.10 with another galaxy's map, no less",
        ),
    ],
)
def test_each_answer_follows_its_numbers(rows, values, answers, words):
    verdict = change(good_rows(), **rows)(**values)
    assert {name: verdict[name] for name in ANSWERS} == dict.fromkeys(ANSWERS, "yes") | answers
    assert words in verdict["verdict"]


def test_lengths_that_cannot_be_measured_any_more_are_lost():
    altered = {"value": np.nan, "lost": np.nan, "lost_low": np.nan, "lost_high": np.nan}
    verdict = change(good_rows(), altered="Class5.3", measure="r_catalogue")(**altered)
    assert verdict["lengths_of_answer"] == "yes"
    assert "none for Class5.3" in verdict["verdict"]


def test_the_order_of_the_shares_plays_no_role():
    expected = verdict_table(good_rows())
    backwards = good_rows().iloc[::-1].reset_index(drop=True)
    judged = verdict_table(backwards)
    answers = [*ANSWERS, "xinput"]
    pd.testing.assert_frame_equal(judged[answers], expected[answers])
    assert "0.20 with random weights" in judged["verdict"].iloc[0]


def test_what_could_not_be_checked_has_no_answer():
    """No galaxy has a mask; no random network has a map."""
    nothing = dict.fromkeys(("value", "low", "high", "lost", "lost_low", "lost_high"), np.nan)
    for rows, answer, words in (
        ({"check": "localisation"}, "on_bar", "on the bar"),
        ({"measure": "rank_correlation", "altered": "1"}, "of_weights", "with the weights"),
    ):
        verdict = change(good_rows(), **rows)(**nothing)
        assert {name: verdict[name] for name in ANSWERS} == dict.fromkeys(ANSWERS, "yes") | {
            answer: ""
        }
        assert words not in verdict["verdict"]
        assert "nan" not in verdict["verdict"]
    maps_only = good_rows()
    maps_only = maps_only[maps_only["check"] == "other_galaxy"]
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
