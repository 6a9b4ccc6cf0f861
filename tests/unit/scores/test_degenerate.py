"""Statistics of no value, of one, of equal ones: NaN without an interval, and the run goes on."""

import importlib
import itertools

import numpy as np
import pandas as pd
import pytest

from galbar.attribution.methods.map_sets import MapSet
from galbar.lengths.error_model import assign_sigma, error_table
from galbar.scores.bootstrap import draw_resamples
from galbar.scores.estimator_lengths import EstimatorLengths
from galbar.scores.estimator_scores import STATISTICS, Resampling, difference_table, score_table
from galbar.scores.selection import (
    ENOUGH_GALAXIES,
    few_galaxies,
    mark_choice,
    summarise_choice,
)
from galbar.scores.setting_grid import correlate, order_columns, setting_frame
from galbar.scores.summary import summarise_results

RESAMPLING = Resampling(samples=20, level=0.95, seed=1)
SIZES = (0, 1, 2, 3, 5)
COLUMNS = {
    "values": lambda n: np.random.default_rng(n).normal(60, 9, n),
    "equal": lambda n: np.full(n, 50.0),
    "unmeasurable": lambda n: np.full(n, np.nan),
    "one left": lambda n: np.where(np.arange(n) == 0, 50.0, np.nan),
}
PAIRS = list(itertools.product(SIZES, COLUMNS, COLUMNS))


def is_defined(measured, reference):
    """Return whether the two have a correlation, straightforwardly."""
    usable = np.isfinite(measured) & np.isfinite(reference)
    sides = measured[usable], reference[usable]
    return usable.sum() >= 3 and all(len(set(side)) > 1 for side in sides)


@pytest.mark.parametrize(("n", "first", "second"), PAIRS)
def test_correlations_of_settings(n, first, second):
    measured, reference = COLUMNS[first](n), COLUMNS[second](n)[::-1]
    catalogue = pd.DataFrame({"length_scaled": reference, "petror90_r": np.full(n, 3.0)})
    resamples = draw_resamples(n, RESAMPLING.samples, RESAMPLING.seed)
    good = COLUMNS["values"](n)
    table = correlate(np.stack([measured, good], axis=1), catalogue, resamples, 0.95)
    # One column without a value takes nothing from the other.
    for row, lengths in zip(table.to_dict("records"), (measured, good), strict=True):
        defined = is_defined(lengths, reference)
        for name in ("r_scaled", "r_scaled_low", "r_scaled_high", "spearman", "correlation"):
            assert np.isfinite(row[name]) == defined, name


@pytest.mark.parametrize(("n", "first", "second"), PAIRS)
@pytest.mark.parametrize("shuffled", [False, True])
def test_scores_and_differences(n, first, second, shuffled):
    measured, reference = COLUMNS[first](n), COLUMNS[second](n)[::-1]
    quantities = ("length_scaled", "length_kpc_h")
    estimator = EstimatorLengths(
        **{"name": "a", "description": "", "model": "", "shuffled": shuffled},
        length=dict.fromkeys(quantities, measured),
        sigma=dict.fromkeys(quantities, np.full(n, np.nan)),
    )
    arguments = (dict.fromkeys(quantities, reference), {"test": np.full(n, True)}, RESAMPLING)
    scores = score_table([estimator], *arguments)
    usable = np.isfinite(measured) & np.isfinite(reference)
    assert (scores["n"] == usable.sum()).all()
    assert np.isfinite(scores["pearson_r"]).eq(is_defined(measured, reference)).all()
    for name in STATISTICS:
        ends = scores[[f"{name}_low", f"{name}_high"]]
        assert ends.isna().all(axis=None) or ends.notna().all(axis=None)
    differences = difference_table([estimator, estimator], *arguments)
    assert (differences["difference"].dropna() == 0).all()


@pytest.mark.parametrize(("n", "name"), [(n, name) for n in SIZES for name in COLUMNS])
def test_error_model(n, name):
    lengths = COLUMNS[name](n)
    table = error_table({"length_px": np.stack([lengths, lengths])})
    sigma = assign_sigma(lengths, table)
    np.testing.assert_array_equal(np.isfinite(sigma), np.isfinite(lengths))
    assert table["n"].sum() == np.isfinite(lengths).sum()


def marked(n):
    """Choose between two settings by n galaxies, one of them collapsed."""
    reference = np.random.default_rng(1).normal(1, 0.3, n)
    catalogue = pd.DataFrame({"length_scaled": reference, "petror90_r": 3.0})
    measured = np.stack([np.full(n, 50.0), reference * 60], axis=1)
    resamples = draw_resamples(n, 20, 1)
    common = {"criterion": "level", "kind": "absolute", "xinput": False, "smoothing": 0.0}
    common |= {"corr_threshold": None, "len_threshold": None}
    settings = [{**common, "level_fraction": fraction} for fraction in (0.3, 0.5)]
    frame = setting_frame("xception", MapSet("smoothgrad", 0.1), settings)
    scores = correlate(measured, catalogue, resamples, 0.95)
    table = order_columns(pd.concat([frame, scores], axis=1))
    return mark_choice(table, min_measured_share=0.9, published={})


def test_a_collapsed_setting_does_not_stop_the_choice(tmp_path):
    table = marked(3)
    assert table["chosen"].tolist() == [False, True]
    table.to_csv(tmp_path / "correlations.csv", index=False)
    table = pd.read_csv(tmp_path / "correlations.csv")
    choice = summarise_choice(table)
    assert choice["setting"]["level_fraction"] == 0.5
    assert choice["warning"] == few_galaxies(3)


def test_a_choice_by_few_galaxies_says_so_and_how_many_it_needs(tmp_path, caplog):
    assert few_galaxies(ENOUGH_GALAXIES) == ""
    assert marked(ENOUGH_GALAXIES)["note"].tolist() == ["", ""]
    assert summarise_choice(marked(ENOUGH_GALAXIES))["warning"] == ""
    assert "3 galaxies only: with so many a correlation of 0.7 has no interval" in few_galaxies(3)
    # tanh(artanh 0.7 -+ 1.96 / sqrt(27)), and at the limit 0.1 below 0.7.
    assert "from 0.45 to 0.85 (95 %); 130 are needed" in few_galaxies(30)
    assert "from 0.60 to" in few_galaxies(ENOUGH_GALAXIES - 1)
    path = tmp_path / "correlations.csv"
    marked(30).to_csv(path, index=False)
    importlib.import_module("choose_setting").main(path, tmp_path / "chosen_setting.json")
    assert few_galaxies(30) in caplog.text
    (tmp_path / "prediction_scores.csv").write_text("model,run,set,rmse\nvgg16,1,train,0.1\n")
    names = "estimator,sample,quantity,n,n_unmeasurable,description"
    ends = [
        f"{name}{end}" for name in ("pearson_r", "mae", "rmse_raw") for end in ("", "_low", "_high")
    ]
    row = "saliency,test,length_scaled,30,0,x,0.7,0.4,0.9,1,1,1,1,1,1"
    (tmp_path / "scores.csv").write_text(f"{','.join([names, *ends])}\n{row}\n")
    assert f"WARNING: the setting was {few_galaxies(30)}" in summarise_results(tmp_path)
