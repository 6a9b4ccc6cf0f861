"""Shares of votes, and the thresholds that say whether there is a bar."""

import numpy as np
import pandas as pd
import pytest

from galbar.catalogues.bar_votes import (
    bar_shares,
    choose_thresholds,
    has_bar,
    measure_detection,
)
from galbar.catalogues.decision_tree import VOTE_COLUMNS


def votes_of(p_bar, featured=0.9, edge_on=0.1):
    """Make votes of which a share sees features, and p_bar of those asked a bar."""
    p_bar = np.asarray(p_bar, dtype=float)
    votes = pd.DataFrame(0.0, index=range(len(p_bar)), columns=list(VOTE_COLUMNS))
    votes["Class1.2"] = featured
    votes["Class2.1"] = votes["Class1.2"] * edge_on
    votes["Class2.2"] = votes["Class1.2"] * (1 - edge_on)
    votes["Class3.1"] = votes["Class2.2"] * p_bar
    votes["Class3.2"] = votes["Class2.2"] * (1 - p_bar)
    return votes.to_numpy()


def test_shares_are_of_those_who_were_asked():
    shares = bar_shares(votes_of([0.2, 0.7], featured=0.5, edge_on=0.4))
    np.testing.assert_allclose(shares["p_bar"], [0.2, 0.7])
    np.testing.assert_allclose(shares["p_featured"], 0.5)
    np.testing.assert_allclose(shares["p_edge_on"], 0.4)
    nobody = bar_shares(np.zeros((1, 37)))
    assert np.isnan([nobody["p_bar"][0], nobody["p_edge_on"][0]]).all()


def test_purity_and_completeness_by_counting():
    rng = np.random.default_rng(1)
    known = rng.random(400)
    predicted = np.clip(known + 0.15 * rng.standard_normal(400), 0, 1)
    featured = np.where(np.arange(400) % 4, 0.9, 0.2)
    table = measure_detection(votes_of(predicted), votes_of(known, featured))
    asked = [k for k in range(400) if k % 4]
    assert (table["n"] == len(asked)).all()
    assert (table["barred"] == sum(known[k] >= 0.5 for k in asked)).all()
    for row in table.iloc[[4, 20, 35]].itertuples():
        above = [k for k in asked if predicted[k] >= row.threshold]
        barred = [k for k in above if known[k] >= 0.5]
        assert row.purity == pytest.approx(len(barred) / len(above))
        assert row.completeness == pytest.approx(len(barred) / row.barred)
    chosen = choose_thresholds(table)
    assert chosen["yes_purity"] >= 0.9
    assert chosen["no_completeness"] >= 0.95
    below = table[table["threshold"] < chosen["yes"]]
    assert below["purity"].iloc[-1] < 0.9
    above = table[table["threshold"] > chosen["no"]]
    assert above["completeness"].iloc[0] < 0.95
    assert chosen["no"] < chosen["yes"]


def test_networks_that_know_nothing_are_never_sure():
    rng = np.random.default_rng(2)
    known, predicted = rng.random(400) * 0.7, rng.random(400)
    chosen = choose_thresholds(measure_detection(votes_of(predicted), votes_of(known)))
    assert chosen["yes"] is None
    assert chosen["no"] < 0.1
    assert set(has_bar([0.0, 0.5, 1.0, np.nan], chosen)) == {"no", "unsure"}


def test_shares_that_end_below_one_do_not_hide_the_threshold():
    known = np.linspace(0, 1, 200)
    chosen = choose_thresholds(measure_detection(votes_of(0.8 * known), votes_of(known)))
    # Below 0.4 they are not barred; from 0.36 on a tenth at most is not.
    assert chosen["yes"] == pytest.approx(0.36)
    assert chosen["yes_completeness"] == 1


def test_answers():
    answers = has_bar([0.1, 0.3, 0.31, 0.8, np.nan], {"yes": 0.6, "no": 0.3})
    assert answers.tolist() == ["no", "unsure", "unsure", "yes", "unsure"]


def test_without_barred_galaxies_nothing_is_sure(caplog):
    chosen = choose_thresholds(measure_detection(votes_of([0.1, 0.9]), votes_of([0.1] * 2)))
    assert (chosen["yes"], chosen["no"], chosen["barred"]) == (None, None, 0)
    assert "no galaxy of 2 is barred" in caplog.text
    assert has_bar([0.0, 1.0], chosen).tolist() == ["unsure"] * 2
