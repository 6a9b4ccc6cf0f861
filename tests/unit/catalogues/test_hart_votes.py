"""Votes of Hart et al. (2016) in the form of Kaggle's."""

import re

import numpy as np
import pandas as pd
import pytest

from galbar.catalogues import published_tables as tables
from galbar.catalogues.decision_tree import QUESTIONS, SUMS, VOTE_COLUMNS
from galbar.catalogues.hart_votes import (
    HART_COLUMNS,
    accumulate_votes,
    find_unusable,
    log_deviations,
)
from tests.helpers.published_files import draw_fractions

# The answers that lead to each question, in the words of Hart et al.: written from the tree of
# Willett et al. (2013, figure 1), not from the library's.
PATHS = {
    "t01": (),
    "t02": ("features_or_disk",),
    "t03": ("features_or_disk", "t02_edgeon_a05_no"),
    "t04": ("features_or_disk", "t02_edgeon_a05_no"),
    "t05": ("features_or_disk", "t02_edgeon_a05_no"),
    # Asked of all but stars; Kaggle's are not multiplied.
    "t06": (),
    "t07": ("a01_smooth",),
    "t08": ("t06_odd_a14_yes",),
    "t09": ("features_or_disk", "t02_edgeon_a04_yes"),
    "t10": ("features_or_disk", "t02_edgeon_a05_no", "t04_spiral_a08_spiral"),
    "t11": ("features_or_disk", "t02_edgeon_a05_no", "t04_spiral_a08_spiral"),
}


@pytest.fixture
def fractions():
    """Draw shares of answers that sum to 1 for each question: 50 galaxies."""
    return draw_fractions(50)


def test_probabilities_multiply_down_the_tree(fractions):
    votes = accumulate_votes(fractions)
    assert tuple(votes.columns) == VOTE_COLUMNS
    for name, column in HART_COLUMNS.items():
        expected = fractions[column].copy()
        for answer in PATHS[column[:3]]:
            (above,) = (name_above for name_above in fractions if answer in name_above)
            expected *= fractions[above]
        np.testing.assert_allclose(votes[name], expected, rtol=1e-12, err_msg=name)
    assert tables.wrong_sums(votes) == [""] * 50


def test_columns_are_in_the_order_of_kaggles():
    """Task and Class have one number; answers follow one another, dust lanes (a38) come last."""
    assert tuple(HART_COLUMNS) == VOTE_COLUMNS
    parts = [re.fullmatch(r"t(\d\d)_\w+?_a(\d\d)_\w+_debiased", c) for c in HART_COLUMNS.values()]
    assert [int(part[1]) for part in parts] == [
        number for number, names in QUESTIONS.items() for _ in names
    ]
    answers = [int(part[2]) for part in parts]
    assert answers.pop(answers.index(38)) == 38
    # a35 was no answer in the end.
    assert answers == [number for number in range(1, 38) if number != 35]
    words = {
        "Class3.1": "bar",
        "Class5.3": "obvious",
        "Class8.7": "dust_lane",
        "Class10.1": "tight",
    }
    assert all(f"_{word}_debiased" in HART_COLUMNS[name] for name, word in words.items())


def test_shares_that_were_rounded_are_scaled(fractions):
    rounded = fractions.round(3)
    assert tables.wrong_sums(accumulate_votes(rounded)) == [""] * 50
    exact = accumulate_votes(fractions)
    np.testing.assert_allclose(accumulate_votes(rounded), exact, atol=3e-3)
    np.testing.assert_allclose(accumulate_votes(fractions * 0.9), exact, rtol=1e-12)


def test_a_question_that_nobody_was_asked(fractions):
    """0 below an answer that nobody gave; a contradiction below another, which is said."""
    names = [HART_COLUMNS[name] for name in QUESTIONS[2]]
    fractions.loc[0, names] = np.nan
    fractions.loc[1, names] = 0
    fractions.loc[0, HART_COLUMNS["Class1.2"]] = 0
    votes = accumulate_votes(fractions)
    assert (votes.loc[[0, 1], ["Class2.1", "Class2.2", "Class3.1", "Class11.2"]] == 0).all(
        axis=None
    )
    first, second, third = tables.wrong_sums(votes)[:3]
    assert (first, third) == ("", "")
    assert second.startswith("Class2.1 + Class2.2 is 0, expected Class1.2 = ")


def test_real_votes_of_kaggle_come_back(real_data):
    """What Kaggle's columns say of each question, multiplied again, is what they are."""
    votes = tables.read_votes(real_data / "kaggle_sample/training_solutions_rev1.csv")
    shares = {}
    for number, names in QUESTIONS.items():
        parent = SUMS[number]
        reached = 1.0 if parent is None else votes[parent].where(votes[parent] > 0)
        shares |= {HART_COLUMNS[name]: votes[name] / reached for name in names}
    again = accumulate_votes(pd.DataFrame(shares))
    assert len(again) == 221
    np.testing.assert_allclose(again, votes[list(VOTE_COLUMNS)], atol=2e-6)


def test_the_table_is_read_by_name(tmp_path, fractions, caplog):
    path = tmp_path / tables.GZ2_VOTES
    ids = 587722981736120347 + np.arange(50)
    table = fractions.assign(dr7objid=ids, t01_total=3, ra=10.0, dec=2.0)[::-1]
    table.loc[3, HART_COLUMNS["Class9.1"]] = np.nan
    pd.concat([table, table[:2]]).to_csv(path, index=False)
    votes = tables.read_gz2_votes(path)
    assert votes["galaxy_id"].tolist() == ids[::-1].tolist()
    assert "2 rows are further ones of a galaxy" in caplog.text
    expected = accumulate_votes(table)
    np.testing.assert_allclose(votes[list(VOTE_COLUMNS)], expected, rtol=1e-12)
    path.write_text(path.read_text().replace("t03_bar_a06_bar_debiased", "bar"))
    with pytest.raises(ValueError, match=r"gz2_hart16.csv: missing columns t03_bar_a06_bar_deb"):
        tables.read_gz2_votes(path)


BAR, NO_BAR = HART_COLUMNS["Class3.1"], HART_COLUMNS["Class3.2"]
BELOW_2 = ("Class1.2", "Class2.2", "Class3.1", "Class3.2")


def set_question_3(fractions, bar, no_bar):
    """Give galaxy 1 half of the votes for features, all of them not edge-on, and these shares."""
    smooth, features, star = (HART_COLUMNS[name] for name in QUESTIONS[1])
    fractions.loc[1, [smooth, features, star]] = 0.25, 0.5, 0.25
    fractions.loc[1, [HART_COLUMNS["Class2.1"], HART_COLUMNS["Class2.2"]]] = 0, 1
    fractions.loc[1, [BAR, NO_BAR]] = bar, no_bar


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ((0.3, 0.7), (0.5, 0.5, 0.15, 0.35)),
        # By its decimals.
        ((1 + 9e-6, 0), (0.5, 0.5, 0.5, 0)),
        # Off by 0.4 and scaled: 0.12 / 0.6 = 0.2 of 0.5.
        ((0.12, 0.48), (0.5, 0.5, 0.1, 0.4)),
        ((np.nan, np.nan), (0.5, 0.5, 0, 0)),
    ],
)
def test_shares_that_can_be_used(fractions, shares, expected):
    set_question_3(fractions, *shares)
    votes = accumulate_votes(fractions).loc[1, list(BELOW_2)]
    np.testing.assert_allclose(votes, expected, rtol=1e-12)
    assert find_unusable(fractions) == [""] * 50


@pytest.mark.parametrize(
    ("shares", "reason"),
    [
        ((np.nan, 0.3), f"incomplete votes: {BAR} is empty, others of its question are not"),
        ((0.3, np.nan), f"incomplete votes: {NO_BAR} is empty, others of its question are not"),
        ((0.02, 0.03), "votes do not add up: the shares of t03_bar sum to 0.05, expected 1"),
        ((0.8, 0.9), "votes do not add up: the shares of t03_bar sum to 1.7, expected 1"),
        ((1 + 2e-5, 0), f"impossible votes: {BAR} is 1.00002, expected 0 to 1"),
        ((0.9, -0.1), f"impossible votes: {NO_BAR} is -0.1, expected 0 to 1"),
        ((np.inf, 0), f"impossible votes: {BAR} is inf, expected 0 to 1"),
    ],
)
def test_shares_that_cannot_be_used_are_nan_and_said(fractions, shares, reason):
    set_question_3(fractions, *shares)
    votes = accumulate_votes(fractions)
    np.testing.assert_array_equal(votes.loc[1, list(BELOW_2)], [0.5, 0.5, np.nan, np.nan])
    assert not votes.drop(columns=["Class3.1", "Class3.2"]).isna().any(axis=None)
    assert find_unusable(fractions) == ["", reason, *[""] * 48]


def test_all_below_a_question_that_cannot_be_used_is_nan(fractions):
    fractions.loc[3, HART_COLUMNS["Class4.1"]] = np.nan
    votes = accumulate_votes(fractions)
    empty = [name for name in VOTE_COLUMNS if np.isnan(votes.loc[3, name])]
    assert empty == [name for number in (4, 10, 11) for name in QUESTIONS[number]]
    assert votes.drop(index=3).notna().all(axis=None)


def test_sums_other_than_1_are_logged_by_question(fractions, caplog):
    """Of 49 galaxies (one was not asked) three are off by more than 0.01: 0.02, 0.1 and 0.4."""
    for row, total in enumerate((0.98, 1.1, 0.6, 1.009, np.nan)):
        fractions.loc[row, [BAR, NO_BAR]] = total / 2
    log_deviations(fractions, "votes.csv")
    (line,) = caplog.messages
    assert line.startswith(
        "votes.csv: the shares of t03_bar sum to other than 1 by more than 0.01 in 3 of 49 rows: "
        "by 0.1 in the median, 0.4 at most; "
    )


def test_one_bad_share_does_not_stop_the_run(tmp_path, fractions):
    fractions.loc[4, BAR] = 1.5
    path = tmp_path / tables.GZ2_VOTES
    fractions.assign(dr7objid=1 + np.arange(50), ra=10.0, dec=2.0).to_csv(path, index=False)
    votes = tables.read_gz2_votes(path)
    assert votes["problem"].tolist() == [
        *[""] * 4,
        f"impossible votes: {BAR} is 1.5, expected 0 to 1",
        *[""] * 45,
    ]
    assert (votes["ra"].unique().tolist(), votes["dec"].unique().tolist()) == ([10.0], [2.0])
