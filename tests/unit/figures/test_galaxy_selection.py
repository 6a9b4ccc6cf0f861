import numpy as np
import pandas as pd
import pytest

import find_misclassified
import select_galaxies
from galbar.figures.galaxy_selection import (
    classify,
    compare_classes,
    order_of_showing,
    select_by_error,
    select_by_id,
    select_by_quantile,
    select_misclassified,
    share_misclassified,
    shown_galaxies,
)

BIG = 587722981736120347


def lengths_table(n=100):
    """Lengths 0 to n - 1, in a shuffled order, all in the test sample and measured."""
    order = np.random.default_rng(4).permutation(n)
    return pd.DataFrame(
        {
            "galaxy_id": BIG + order,
            "image": [f"{number}.jpg" for number in order],
            "length_avg": order.astype(float),
            "length_px": 2.0 * order,
            "flag": "ok",
            "split": "test",
        }
    )


def votes_table(smooth, features, first=100):
    smooth = np.asarray(smooth, dtype=float)
    return pd.DataFrame(
        {
            "galaxy_id": first + np.arange(len(smooth)),
            "image": "x.jpg",
            "split": "validation",
            "Class1.1": smooth,
            "Class1.2": features,
        }
    )


def test_quantiles_of_the_catalogue_length():
    table = lengths_table()
    chosen = select_by_quantile(table, table, "length_avg", 5)
    assert chosen["quantile"].tolist() == [0.5, 0.1, 0.9, 0.3, 0.7]
    # Lengths 0 to 99 are their own ranks.
    assert (chosen["galaxy_id"] - BIG).tolist() == [50, 10, 90, 30, 70]
    assert chosen["image"].tolist() == ["50.jpg", "10.jpg", "90.jpg", "30.jpg", "70.jpg"]
    assert chosen["galaxy_id"].dtype == np.int64
    assert chosen["reason"][0] == "quantile 0.5 of length_avg"


def test_selection_ignores_the_order_of_the_table():
    table = lengths_table()
    mixed = table.sample(frac=1, random_state=1).reset_index(drop=True)
    for one in (table, mixed):
        assert select_by_quantile(one, one, "length_avg", 3).equals(
            select_by_quantile(table, table, "length_avg", 3)
        )


def test_only_measured_galaxies_of_the_test_sample_are_eligible():
    table = lengths_table(10)
    lengths = table["length_avg"]
    table.loc[lengths == 9, "flag"] = "no stop"
    table.loc[lengths == 8, "split"] = "validation"
    table.loc[lengths == 7, "length_avg"] = np.nan
    chosen = select_by_quantile(table, table, "length_avg", 7)
    assert sorted(chosen["galaxy_id"] - BIG) == list(range(7))


def test_fewer_eligible_galaxies_than_wanted_and_none():
    table = lengths_table(2)
    assert len(select_by_quantile(table, table, "length_avg", 5)) == 2
    unmeasured = select_by_quantile(table.assign(flag="flat map"), table, "length_avg", 5)
    assert len(unmeasured) == 2
    with pytest.raises(ValueError, match="none of 2 has a known length_avg"):
        select_by_quantile(table.assign(split="validation"), table, "length_avg", 5)
    with pytest.raises(ValueError, match=r"lacks the column\(s\) \['flag'\]"):
        select_by_quantile(table.drop(columns="flag"), table, "length_avg", 5)


@pytest.mark.parametrize(
    ("number", "expected"), [(1, [0]), (2, [1, 0]), (3, [1, 0, 2]), (5, [2, 0, 4, 1, 3])]
)
def test_the_middle_is_shown_first_then_the_ends(number, expected):
    assert order_of_showing((np.arange(number) + 0.5) / number).tolist() == expected


def test_figures_show_the_first_galaxies_by_length_or_as_configured():
    table = lengths_table()
    chosen = select_by_quantile(table, table, "length_avg", 5)
    assert (shown_galaxies(chosen, 1)["galaxy_id"] - BIG).tolist() == [50]
    assert (shown_galaxies(chosen, 3)["galaxy_id"] - BIG).tolist() == [10, 50, 90]
    assert (shown_galaxies(chosen, 5)["galaxy_id"] - BIG).tolist() == [10, 30, 50, 70, 90]
    named = select_by_id(table, [BIG + 90, BIG + 5, BIG + 60])
    assert (shown_galaxies(named, 2)["galaxy_id"] - BIG).tolist() == [90, 5]
    with pytest.raises(ValueError, match="no galaxy is selected"):
        shown_galaxies(named.head(0), 3)


def test_ids_of_the_configuration_are_checked_and_stay_integers():
    table = lengths_table()
    assert select_by_id(table, [BIG + 1])["galaxy_id"].tolist() == [BIG + 1]
    with pytest.raises(ValueError, match=rf"no galaxy \[{BIG - 1}\]"):
        select_by_id(table, [BIG - 1, BIG + 1])
    with pytest.raises(ValueError, match="names a galaxy twice"):
        select_by_id(table, [BIG, BIG])


def test_the_cut_treats_both_directions_alike():
    rng = np.random.default_rng(1)
    smooth, features = rng.uniform(size=(2, 500))
    # A difference of exactly the margin, also of none, is undecided on both sides.
    smooth[:3], features[:3] = [0.75, 0.25, 0.3], [0.25, 0.75, 0.3]
    for margin in (0, 0.2, 0.5):
        there, back = classify(smooth, features, margin), classify(features, smooth, margin)
        np.testing.assert_array_equal(there, -back)
        assert set(np.unique(there)) == {-1, 0, 1}
    assert classify([0.75, 0.25, np.nan], [0.25, 0.75, 0.1], 0.5).tolist() == [0, 0, 0]
    assert classify([0.75, 0.25], [0.25, 0.75], 0.49).tolist() == [1, -1]
    with pytest.raises(ValueError, match="margin between two vote fractions is 1"):
        classify([0.1], [0.2], 1)


def test_misclassification_is_symmetric_in_the_classes_and_in_votes_and_predictions():
    rng = np.random.default_rng(2)
    (s1, s2), (f1, f2) = rng.uniform(size=(2, 2, 400))
    votes, guess = votes_table(s1, f1), votes_table(s2, f2)
    plain = compare_classes(votes, guess, margin=0.2, split="validation")
    turned = compare_classes(
        votes_table(f1, s1), votes_table(f2, s2), margin=0.2, split="validation"
    )
    exchanged = compare_classes(guess, votes, margin=0.2, split="validation")
    ids = set(select_misclassified(plain)["galaxy_id"])
    assert 20 < len(ids) < 200
    assert set(select_misclassified(turned)["galaxy_id"]) == ids
    assert set(select_misclassified(exchanged)["galaxy_id"]) == ids
    counts, mirrored = (share_misclassified(one).set_index("votes") for one in (plain, turned))
    pd.testing.assert_series_equal(
        counts.loc["smooth"], mirrored.loc["features"], check_names=False
    )
    pd.testing.assert_series_equal(counts.loc["both"], mirrored.loc["both"])


def test_shares_by_hand():
    votes = votes_table([0.9, 0.9, 0.9, 0.1, 0.5], [0.1, 0.1, 0.1, 0.9, 0.5])
    guess = votes_table([0.9, 0.1, 0.5, 0.9, 0.9], [0.1, 0.9, 0.5, 0.1, 0.1])
    compared = compare_classes(votes, guess, margin=0.2, split="validation")
    table = share_misclassified(compared).set_index("votes")
    assert table.loc["smooth", ["n", "n_undecided", "n_misclassified"]].tolist() == [3, 1, 1]
    assert table.loc["features", ["n", "n_undecided", "n_misclassified"]].tolist() == [1, 0, 1]
    assert table.loc["both", "share"] == pytest.approx(2 / 4)
    # Wilson's interval of 2 in 4, written out.
    z = 1.959963984540054
    half = z * np.sqrt(0.25 / 4 + z**2 / 64) / (1 + z**2 / 4)
    assert table.loc["both", "share_low"] == pytest.approx(0.5 - half)
    assert table.loc["both", "share_high"] == pytest.approx(0.5 + half)
    none = share_misclassified(compared[compared["votes"] == 1]).set_index("votes")
    assert none.loc["features", "n"] == 0
    assert np.isnan(none.loc["features", "share"])


def test_the_surest_of_both_directions_in_turn():
    smooth = np.array([0.9, 0.8, 0.7, 0.1, 0.2])
    compared = compare_classes(
        votes_table(smooth, 1 - smooth),
        votes_table(1 - smooth, smooth),
        margin=0.2,
        split="validation",
    )
    assert select_misclassified(compared)["galaxy_id"].tolist() == [100, 103, 101, 104, 102]
    four = select_misclassified(compared, 4)
    assert four["galaxy_id"].tolist() == [103, 104, 100, 101]
    assert (
        four["direction"].tolist()
        == ["features seen as smooth"] * 2 + ["smooth seen as features"] * 2
    )
    assert select_misclassified(compared, 2)["galaxy_id"].tolist() == [103, 100]


def test_votes_and_predictions_are_joined_by_id_not_by_row():
    votes = votes_table([0.9, 0.1, 0.8], [0.1, 0.9, 0.2])
    guess = votes.iloc[::-1].reset_index(drop=True)
    compared = compare_classes(votes, guess, margin=0.2, split="validation")
    assert select_misclassified(compared).empty
    with pytest.raises(ValueError, match="1 galaxies have no prediction, the first is 101"):
        compare_classes(votes, guess[guess["galaxy_id"] != 101], margin=0.2, split="validation")
    with pytest.raises(ValueError, match="no galaxy of the split 'train'"):
        compare_classes(votes, guess, margin=0.2, split="train")


def test_scripts_write_whole_tables_even_without_a_misclassified_galaxy(tmp_path):
    votes = votes_table([0.9, 0.1], [0.1, 0.9])
    paths = {
        name: tmp_path / f"{name}.csv" for name in ("votes", "guess", "wrong", "share", "show")
    }
    votes.to_csv(paths["votes"], index=False)
    votes.to_csv(paths["guess"], index=False)
    find_misclassified.main(
        *(paths[name] for name in ("votes", "guess", "wrong", "share")),
        margin=0.2,
        split="validation",
    )
    assert pd.read_csv(paths["share"])["n_misclassified"].tolist() == [0, 0, 0]
    files = paths["wrong"], paths["votes"], paths["show"]
    select_galaxies.main(*files, galaxies=[], number=4, rule="misclassified")
    assert pd.read_csv(paths["show"]).columns.tolist() == ["galaxy_id", "image", "reason"]
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_script_selects_by_the_rule_or_by_id(tmp_path):
    table, output = tmp_path / "lengths.csv", tmp_path / "selected.csv"
    lengths_table().to_csv(table, index=False)
    select_galaxies.main(table, table, output, galaxies=[], number=3, rule="quantiles")
    assert (pd.read_csv(output)["galaxy_id"] - BIG).tolist() == [50, 16, 83]
    # An own catalogue has neither a human measurement nor a split.
    own = lengths_table().drop(columns=["length_avg", "split"])
    own.to_csv(table, index=False)
    select_galaxies.main(table, table, output, galaxies=[], number=3, rule="quantiles")
    assert pd.read_csv(output)["reason"][0] == "quantile 0.5 of length_px"
    select_galaxies.main(table, table, output, galaxies=[BIG + 3], number=3, rule="quantiles")
    assert pd.read_csv(output)["galaxy_id"].tolist() == [BIG + 3]
    with pytest.raises(ValueError, match="rule is 'best'"):
        select_galaxies.main(table, table, output, galaxies=[], number=3, rule="best")


def test_galaxies_by_how_wrong_they_are():
    n = 40
    error = np.linspace(-0.5, 0.29, n)
    table = pd.DataFrame(
        {
            "galaxy_id": np.arange(n)[::-1],
            "image": [f"{number}.jpg" for number in range(n)],
            "split": np.where(np.arange(n) < 20, "test", "validation"),
            "length_px": 50 * (1 + error),
            "known_px": 50.0,
        }
    )
    table.loc[3, "length_px"] = np.nan
    chosen = select_by_error(table, [0.1, 0.5, 0.9])
    usable = table[(table["split"] == "test") & table["length_px"].notna()]
    absolute = np.sort((usable["length_px"] / 50 - 1).abs())
    assert chosen["relative_error"].abs().tolist() == pytest.approx(absolute[[1, 9, 17]].tolist())
    assert (chosen["relative_error"] < 0).all()
    assert chosen["image"].tolist() == [f"{39 - galaxy}.jpg" for galaxy in chosen["galaxy_id"]]
    assert chosen["reason"][1] == "quantile 0.5 of the absolute relative error"
    assert len(select_by_error(table.assign(length_px=np.nan), [0.5])) == 0
    with pytest.raises(ValueError, match="the table of lengths lacks"):
        select_by_error(table.drop(columns="known_px"), [0.5])
