import json

import numpy as np
import pandas as pd
import pytest

import choose_setting
import correlate_lengths
from galbar.scores.estimator_scores import Resampling
from galbar.scores.selection import choose_without_network, mark_choice, summarise_choice
from tests.helpers.barlengths_files import write_inputs

PUBLISHED = {"corr_threshold": 0.85, "len_threshold": 40}
RESAMPLING = Resampling(samples=300, level=0.95, seed=42)


def make_table(r_scaled, n=100, **columns):
    """Table of one setting per correlation, all of one network by default."""
    rows = len(r_scaled)
    table = pd.DataFrame(
        {
            "model": "vgg16",
            "smooth_noise": 0.1,
            "attribution": "smoothgrad",
            "criterion": "pearson",
            "kind": "absolute",
            "xinput": False,
            "smoothing": 0.0,
            "corr_threshold": np.linspace(0.7, 0.9, rows),
            "len_threshold": 40.0,
            "elongation_threshold": np.nan,
            "level_fraction": np.nan,
            "r_scaled": r_scaled,
            "r_scaled_low": np.nan,
            "r_scaled_high": np.nan,
            "n": n,
            "n_unmeasurable": 0,
        }
    )
    return table.assign(**columns)


def mark(table, share=0.9, published=PUBLISHED, calibration=None):
    return mark_choice(
        table, min_measured_share=share, published=published, calibration=calibration
    )


def test_highest_correlation_wins_if_it_measures_enough_galaxies():
    table = make_table([0.5, 0.9, 0.7, np.nan], n=[100, 89, 90, 100], n_unmeasurable=[0, 11, 10, 0])
    assert np.flatnonzero(mark(table)["chosen"]).tolist() == [2]
    assert np.flatnonzero(mark(table, share=0.5)["chosen"]).tolist() == [1]
    with pytest.raises(ValueError, match=r"scores\.min_measured_share"):
        mark(table[1:2])
    with pytest.raises(ValueError, match="largest share measured is 100%"):
        mark(table[3:])


def test_ties_go_to_the_larger_share_then_to_the_setting_whatever_the_order():
    # Settings with the same mask differ in the last bits of r.
    table = make_table([0.7 + 1e-15, 0.7, 0.7], n=[95, 100, 100], n_unmeasurable=[5, 0, 0])
    assert np.flatnonzero(mark(table)["chosen"]).tolist() == [1]
    turned = mark(table.iloc[::-1].reset_index(drop=True))
    assert turned.loc[turned["chosen"], "corr_threshold"].item() == pytest.approx(0.8)


def test_best_of_each_model_and_a_model_without_one(caplog):
    table = make_table([0.5, 0.6, 0.4, 0.3, 0.2], model=["a", "a", "b", "b", "c"])
    table.loc[4, "r_scaled"] = np.nan
    marked = mark(table)
    assert np.flatnonzero(marked["best_of_model"]).tolist() == [1, 2]
    assert "c: no setting measures enough" in caplog.text
    summary = summarise_choice(marked)
    assert summary["model"] == "a"
    assert list(summary["per_model"]) == ["a", "b"]


def test_published_criterion_is_the_nearest_measured_one():
    table = make_table([0.5, 0.6, 0.7])  # corr_threshold 0.7, 0.8, 0.9
    marked = mark(table)
    # 0.8 and 0.9 are equally near to 0.85: the smaller one.
    assert np.flatnonzero(marked["published_criterion"]).tolist() == [1]
    marked = mark(table, published={"corr_threshold": 0.88, "len_threshold": 25})
    assert np.flatnonzero(marked["published_criterion"]).tolist() == [2]
    other = table.assign(smooth_noise=[0.3, 0.3, 0.5])
    assert np.flatnonzero(mark(other)["published_criterion"]).tolist() == [1]


@pytest.mark.parametrize(
    ("map_sets", "nearest"),
    [
        ([("smoothgrad", 0.25), ("smoothgrad", 0.1), ("other", 0.1)], ("smoothgrad", 0.1)),
        ([("smoothgrad", 0.5), ("smoothgrad", 0.2), ("smoothgrad", 0.4)], ("smoothgrad", 0.2)),
        ([("smoothgrad", 0.25), ("other", 0.2)], ("other", 0.2)),
        ([("smoothgrad", 0.3), ("smoothgrad", np.nan)], ("smoothgrad", 0.3)),
        ([("b", np.nan), ("a", np.nan)], ("a", np.nan)),
        ([("b", 0.1), ("a", 0.1)], ("a", 0.1)),
        # Equally near, but not in the last bits: 0.2 - 0.1 > 0.1 - 0.
        ([("smoothgrad", 0.2), ("smoothgrad", 0.0)], ("smoothgrad", 0.0)),
        ([("smoothgrad", 0.15), ("smoothgrad", 0.05)], ("smoothgrad", 0.05)),
    ],
)
def test_published_criterion_has_the_nearest_maps_whatever_the_order(map_sets, nearest):
    for ordered in (map_sets, map_sets[::-1]):
        methods, noises = zip(*ordered, strict=True)
        table = make_table([0.5] * len(ordered), attribution=methods, smooth_noise=noises)
        table["corr_threshold"] = 0.85
        marked = mark(table)
        (row,) = np.flatnonzero(marked["published_criterion"])
        assert methods[row] == nearest[0]
        np.testing.assert_equal(noises[row], nearest[1])


def test_published_criterion_is_none_where_it_was_not_measured(caplog):
    table = make_table([0.5, 0.6], xinput=True)
    marked = mark(table)
    assert not marked["published_criterion"].any()
    assert "was not measured" in caplog.text
    assert summarise_choice(marked)["published"] is None


@pytest.mark.parametrize("column", ["chosen", "within_calibration"])
def test_a_table_without_exactly_one_choice_is_refused(column):
    table = mark(make_table([0.5, 0.6])).assign(**{column: True})
    with pytest.raises(ValueError, match=f"to be {column}, found 2"):
        summarise_choice(table)


@pytest.mark.parametrize(
    ("calibration", "row"),
    [
        (None, 2),
        ({"models": [], "smooth_noise": [], "kinds": [], "criteria": []}, 2),
        ({"models": ["xception"]}, 3),
        ({"smooth_noise": [0.3]}, 4),
        # A set of heat maps without noise counts at every level of it.
        ({"smooth_noise": [0.2]}, 6),
        ({"kinds": ["signed"]}, 5),
        ({"criteria": ["level"], "models": ["vgg16"]}, 4),
        ({"smoothing": [3, 6]}, 5),
        ({"smoothing": [0], "kinds": ["signed", "absolute"]}, 2),
    ],
)
def test_the_best_setting_within_the_calibration(calibration, row, tmp_path):
    """Never that of an average, of which a catalogue of one's own has no file."""
    columns = {
        "model": ["averageheatmaps", "averagemeasurements", "vgg16", "xception"] + 3 * ["vgg16"],
        "smooth_noise": [0.1, 0.1, 0.1, 0.1, 0.3, 0.1, np.nan],
        "attribution": 6 * ["smoothgrad"] + ["quiet"],
        "criterion": 4 * ["pearson"] + ["level", "pearson", "pearson"],
        "kind": 5 * ["absolute"] + ["signed", "absolute"],
        "smoothing": 5 * [0.0] + [3.0, 0.0],
    }
    table = make_table([0.9, 0.8, 0.7, 0.6, 0.55, 0.5, 0.4], n=200, **columns)
    marked = mark(table, calibration=calibration)
    assert np.flatnonzero(marked["within_calibration"]).tolist() == [row]
    assert np.flatnonzero(marked["chosen"]).tolist() == [0]
    marked.to_csv(tmp_path / "table.csv", index=False)
    within = summarise_choice(pd.read_csv(tmp_path / "table.csv"))["within_calibration"]
    assert (within["model"], within["r_scaled"]) == (table["model"][row], table["r_scaled"][row])
    assert within["setting"]["criterion"] == table["criterion"][row]
    assert within["warning"] == ""
    assert set(marked["note"]) == {""}


def test_a_calibration_that_measures_few_galaxies_has_a_setting_and_says_so():
    table = make_table(
        [0.5, 0.6, 0.7, 0.4, np.nan, np.nan],
        n=[200, 150, 140, 190, 150, 160],
        n_unmeasurable=[0, 50, 60, 10, 50, 40],
        model=["a", "b", "b", "b", "c", "c"],
    )
    # Of b the only one that measures enough, then the best, then of c the one that measures most.
    enough = mark(table, calibration={"models": ["b"]})
    assert np.flatnonzero(enough["within_calibration"]).tolist() == [3]
    assert set(enough["note"]) == {""}
    too_few = table.assign(criterion=["pearson", "level", "level", "pearson", "level", "level"])
    selection = {"models": ["b"], "criteria": ["level"]}
    marked = mark(too_few, calibration=selection)
    assert np.flatnonzero(marked["within_calibration"]).tolist() == [2]
    summary = summarise_choice(marked)
    warning = summary["within_calibration"]["warning"]
    assert "measures enough validation galaxies (scores.min_measured_share): the best of" in warning
    assert summary["warning"] == ""
    marked = mark(table, calibration={"models": ["c"]})
    assert np.flatnonzero(marked["within_calibration"]).tolist() == [5]
    within = summarise_choice(marked)["within_calibration"]
    assert "for a correlation: the one that measures most" in within["warning"]
    assert within["r_scaled"] is None
    with pytest.raises(ValueError, match=r"selects no setting of a network: found .*'signed'"):
        mark(table, calibration={"kinds": ["signed"]})


def test_a_method_without_a_network_is_chosen_by_the_rule_of_the_networks():
    """But where nothing measures enough galaxies it does not stop the others: it says so."""
    lost = [0, 60, 10, 0]
    table = make_table([0.5, 0.9, 0.7, np.nan], n=[200 - k for k in lost], n_unmeasurable=lost)
    choice = choose_without_network(table, 0.9)
    (best,) = summarise_choice(mark(table))["per_model"].values()
    assert {name: choice[name] for name in best} == best
    assert (choice["n"], choice["warning"]) == (190, "")
    few = choose_without_network(table[1:2], 0.9)
    assert few["r_scaled"] == 0.9
    assert "no setting measures enough validation galaxies (scores.min_measured" in few["warning"]
    none = choose_without_network(table[3:], 0.9)
    assert none["r_scaled"] is None
    assert none["warning"].endswith("for a correlation: the one that measures most")


def test_rules_choose_from_files(tmp_path):
    files = write_inputs(tmp_path)
    correlations, chosen = tmp_path / "val.csv", tmp_path / "chosen.json"
    correlate_lengths.main(
        files["barlengths"],
        files["catalogue"],
        correlations,
        resampling=RESAMPLING,
        min_measured_share=0.9,
        published=PUBLISHED,
    )
    choose_setting.main(correlations, chosen)
    table = pd.read_csv(correlations)
    assert table.columns.tolist()[:6] == [
        "model",
        "smooth_noise",
        "corr_threshold",
        "len_threshold",
        "xinput",
        "correlation",
    ]
    assert table.columns.tolist()[:10] == [
        *("model", "smooth_noise", "corr_threshold", "len_threshold", "xinput", "correlation"),
        *("attribution", "criterion", "kind", "smoothing"),
    ]
    choice = json.loads(chosen.read_text())
    assert choice["within_calibration"]["setting"] == choice["setting"]
    best = table.loc[table["r_scaled"].idxmax()]
    assert choice["model"] == best["model"] == "vgg16"
    assert choice["r_scaled"] == best["r_scaled"]
    assert choice["n"] == 100
    # The quality falls with the number of the setting: the first one.
    assert choice["setting"] == {
        "criterion": "pearson",
        "kind": "absolute",
        "xinput": True,
        "smoothing": 0.0,
        "corr_threshold": 0.7,
        "len_threshold": 10,
        "elongation_threshold": None,
        "level_fraction": None,
    }
    assert list(choice["per_model"]) == ["vgg16", "xception", "averagemeasurements"]
    published = choice["published"]
    assert published["model"] == "averagemeasurements"
    assert published["smooth_noise"] == 0.1
    assert (published["setting"]["corr_threshold"], published["setting"]["len_threshold"]) == (
        0.85,
        40,
    )
    assert table.loc[table["published_criterion"], "model"].is_unique
