import tracemalloc

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from galbar.scores import baselines, regression
from galbar.scores import bootstrap as resamples_module
from galbar.scores import correlation as statistics
from galbar.scores.bootstrap import draw_resamples
from galbar.scores.correlation import pearson_r, percentile_interval
from galbar.scores.estimator_lengths import EstimatorLengths
from galbar.scores.estimator_scores import (
    DIFFERENCE_COLUMNS,
    SCORE_COLUMNS,
    STATISTICS,
    Resampling,
    difference_table,
    evaluate,
    samples_of_catalogue,
    score_table,
)
from galbar.scores.estimators import (
    describe_setting,
)
from galbar.scores.regression import published_weights, rmse_raw
from tests.helpers.barlengths_files import make_catalogue, make_settings
from tests.helpers.score_rows import row_of

RESAMPLING = Resampling(samples=400, level=0.95, seed=42)
QUANTITIES = ("length_kpc_h", "length_scaled")


def make_estimator(name, lengths, **more):
    """Make an estimator with the same lengths as both quantities and an error of 1."""
    length = dict.fromkeys(QUANTITIES, np.asarray(lengths, dtype=float))
    sigma = {key: np.ones(len(values)) for key, values in length.items()}
    return EstimatorLengths(name, name, "", length, sigma, **more)


@pytest.fixture
def galaxies():
    """Draw reference lengths of 200 galaxies, noisier ones, and the two samples."""
    rng = np.random.default_rng(0)
    reference = rng.gamma(9, 1, 200)
    samples = {"common": np.arange(200) >= 120, "test": np.arange(200) >= 60}
    return reference, reference + rng.normal(0, 2, 200), samples


def test_scores_are_those_of_the_measured_members_of_the_sample(galaxies):
    reference, measured, samples = galaxies
    measured[150:160] = np.nan
    reference[199] = np.nan
    references = dict.fromkeys(QUANTITIES, reference)
    table = score_table([make_estimator("a", measured)], references, samples, RESAMPLING)
    assert table.columns.tolist() == list(SCORE_COLUMNS)
    assert table["n"].tolist() == [69, 69, 129, 129]
    assert (table["n_unmeasurable"] == 10).all()
    used = samples["common"] & np.isfinite(measured) & np.isfinite(reference)
    x, y = measured[used], reference[used]
    row = row_of(table, "a")
    assert row["pearson_r"] == pytest.approx(stats.pearsonr(x, y).statistic)
    assert row["spearman_r"] == pytest.approx(stats.spearmanr(x, y).statistic)
    assert row["rmse_raw"] == pytest.approx(rmse_raw(x, y))
    assert row["bias"] == pytest.approx(np.mean(x - y))
    for name in STATISTICS:
        assert row[f"{name}_low"] < row[name] < row[f"{name}_high"]


def test_intervals_come_from_the_resamples_of_the_whole_sample(galaxies):
    reference, measured, samples = galaxies
    measured[130:150] = np.nan
    resamples, resampling = draw_resamples(140, 300, 5), Resampling(300, 0.95, 42)
    row = evaluate(
        make_estimator("a", measured),
        reference,
        samples["test"],
        "length_scaled",
        resamples,
        resampling,
    )
    used = np.isfinite(measured)
    resampled = pearson_r(
        measured[used & samples["test"]],
        reference[used & samples["test"]],
        resamples[:, used[samples["test"]]],
    )
    expected = percentile_interval(resampled, 0.95)
    assert (row["pearson_r_low"], row["pearson_r_high"]) == pytest.approx(expected, abs=1e-12)


def test_intervals_agree_with_scipy(galaxies):
    reference, measured, samples = galaxies
    resampling = Resampling(samples=4000, level=0.9, seed=1)
    table = score_table(
        [make_estimator("a", measured)], {"length_kpc_h": reference}, samples, resampling
    )
    pair = measured[samples["test"]], reference[samples["test"]]
    expected = stats.bootstrap(
        pair,
        lambda x, y: stats.pearsonr(x, y).statistic,
        paired=True,
        vectorized=False,
        n_resamples=2000,
        confidence_level=0.9,
        method="percentile",
        rng=np.random.default_rng(3),
    ).confidence_interval
    row = row_of(table, "a", "test")
    assert row["pearson_r_low"] == pytest.approx(expected.low, abs=0.006)
    assert row["pearson_r_high"] == pytest.approx(expected.high, abs=0.006)


def test_the_same_seed_gives_the_same_table_and_another_sample_changes_none(galaxies):
    reference, measured, samples = galaxies
    estimators, references = [make_estimator("a", measured)], {"length_scaled": reference}
    table = score_table(estimators, references, samples, RESAMPLING)
    pd.testing.assert_frame_equal(table, score_table(estimators, references, samples, RESAMPLING))
    single = score_table(estimators, references, {"test": samples["test"]}, RESAMPLING)
    pd.testing.assert_frame_equal(single, table[1:].reset_index(drop=True))


def test_constant_and_too_few_lengths_have_a_note_and_no_correlation(galaxies):
    reference, measured, samples = galaxies
    few = np.full(200, np.nan)
    few[198:] = measured[198:]
    estimators = [make_estimator("constant", np.full(200, 0.4)), make_estimator("few", few)]
    table = score_table(estimators, {"length_scaled": reference}, samples, RESAMPLING)
    row = row_of(table, "constant", quantity="length_scaled")
    assert np.isnan(row[["pearson_r", "pearson_r_low", "spearman_r"]].astype(float)).all()
    assert "same length" in row["note"]
    assert row["rmse_regression"] == pytest.approx(reference[120:].std())
    row = row_of(table, "few", quantity="length_scaled")
    assert (row["n"], row["n_unmeasurable"]) == (2, 78)
    assert np.isnan(row["rmse_raw"])
    assert "fewer than 3" in row["note"]


def test_shuffled_lengths_keep_the_scale_of_their_galaxy():
    rng = np.random.default_rng(3)
    n = 400
    scaled, size = rng.gamma(9, 0.05, n), rng.gamma(6, 3, n)
    length = {"length_kpc_h": scaled * size, "length_scaled": scaled}
    sigma = {key: np.ones(n) for key in length}
    estimator = EstimatorLengths("shuffled", "", "", length, sigma, shuffled=True)
    table = score_table([estimator], length, {"test": np.ones(n, dtype=bool)}, RESAMPLING)
    row = row_of(table, "shuffled", "test", "length_scaled")
    assert abs(row["pearson_r"]) < 0.02
    # One shuffle of unrelated values has the standard deviation 1 / sqrt(n - 1).
    assert row["pearson_r_low"] == pytest.approx(-1.96 / np.sqrt(n - 1), abs=0.02)
    assert row["pearson_r_high"] == pytest.approx(1.96 / np.sqrt(n - 1), abs=0.02)
    row = row_of(table, "shuffled", "test")
    # Independent lengths a and b times one size s: cov / var = var(s) E(a)^2 / var(a s).
    expected = size.var() * scaled.mean() ** 2 / (scaled * size).var()
    assert row["pearson_r"] == pytest.approx(expected, abs=0.05)
    assert 0.1 < row["pearson_r_low"] < row["pearson_r"] < row["pearson_r_high"]
    assert row["bias"] == pytest.approx(0, abs=0.3)


def test_groups_of_resamples_are_scored_as_all_at_once(galaxies, monkeypatch):
    # 10 resamples at a time.
    monkeypatch.setattr(resamples_module, "_GROUP", 2000)
    reference, measured, _ = galaxies
    measured = np.round(measured)  # ties
    measured[150:160] = np.nan
    everyone = np.ones(200, dtype=bool)
    resamples, resampling = draw_resamples(200, 70, 5), Resampling(70, 0.9, 42)
    estimator = make_estimator("a", measured)
    row = evaluate(estimator, reference, everyone, "length_scaled", resamples, resampling)
    counts = resamples[:, np.isfinite(measured)]
    x, y = measured[np.isfinite(measured)], reference[np.isfinite(measured)]
    weights = published_weights(y, 1.0)
    for name in STATISTICS:
        of_origin = name in ("slope_origin", "rmse_origin")
        function = getattr(regression, name, None) or getattr(statistics, name)
        values = function(x, y, *([weights] if of_origin else []), counts)
        low, high = percentile_interval(values, 0.9)
        assert (row[f"{name}_low"], row[f"{name}_high"]) == pytest.approx((low, high), rel=1e-12)


def test_shuffles_of_many_galaxies_do_not_depend_on_how_many_are_in_memory(galaxies, monkeypatch):
    reference, measured, samples = galaxies
    estimator = make_estimator("a", np.abs(measured), shuffled=True)
    arguments = [estimator], {"length_scaled": reference}, samples, RESAMPLING
    expected = score_table(*arguments)
    monkeypatch.setattr(baselines, "_ELEMENTS", 1000)
    monkeypatch.setattr(resamples_module, "_GROUP", 1000)
    pd.testing.assert_frame_equal(score_table(*arguments), expected, rtol=1e-12)


def test_scores_need_no_memory_for_all_resamples():
    # 20,000 galaxies, 500 resamples: 19 MB as counts; as floats 76 MB, and the ranks twice that.
    rng = np.random.default_rng(0)
    n = 20_000
    reference = rng.gamma(9, 1, n)
    measured = reference + rng.normal(0, 2, n)
    estimators = [make_estimator("a", measured), make_estimator("b", measured**2, shuffled=True)]
    arguments = estimators, {"length_scaled": reference}, {"test": np.ones(n, dtype=bool)}
    tracemalloc.start()
    try:
        table = score_table(*arguments, Resampling(500, 0.95, 1))
        peak = tracemalloc.get_traced_memory()[1] / 2**20
    finally:
        tracemalloc.stop()
    assert peak < 60
    # Lengths of variance 9 with a scatter of variance 4.
    expected = 3 / np.sqrt(13)
    assert table.loc[0, "pearson_r"] == pytest.approx(expected, abs=0.01)
    width = table.loc[0, "pearson_r_high"] - table.loc[0, "pearson_r_low"]
    assert width == pytest.approx(2 * 1.96 * (1 - expected**2) / np.sqrt(n), rel=0.2)
    width = table.loc[1, "pearson_r_high"] - table.loc[1, "pearson_r_low"]
    assert width == pytest.approx(2 * 1.96 / np.sqrt(n), rel=0.2)


def test_differences_are_paired(galaxies):
    reference, measured, samples = galaxies
    nearly = measured + np.random.default_rng(2).normal(0, 0.2, 200)
    nearly[130:135] = np.nan
    alone = make_estimator("control", measured, samples=("common",))
    estimators = [make_estimator("saliency", measured), make_estimator("saliency_b", nearly), alone]
    references = {"length_kpc_h": reference}
    table = difference_table(estimators, references, samples, RESAMPLING)
    assert table.columns.tolist() == list(DIFFERENCE_COLUMNS)
    assert table[["sample", "other", "n"]].to_numpy().tolist() == [
        ["common", "saliency_b", 75],
        ["common", "control", 80],
        ["test", "saliency_b", 135],
    ]
    # The same lengths: no difference in any resample.
    same = table.loc[1, ["difference", "difference_low", "difference_high"]].astype(float)
    np.testing.assert_allclose(same, 0, atol=1e-12)
    # Unpaired intervals of two such estimators are far wider.
    scores = score_table(estimators, references, samples, RESAMPLING)
    single = scores.loc[0, "pearson_r_high"] - scores.loc[0, "pearson_r_low"]
    paired = table.loc[0, "difference_high"] - table.loc[0, "difference_low"]
    assert 0 < paired < single / 4
    assert table.loc[0, "difference"] == pytest.approx(
        table.loc[0, "value"] - table.loc[0, "value_other"]
    )


def test_common_sample_is_within_both_test_sets():
    catalogue, _, _ = make_catalogue(300)
    samples = samples_of_catalogue(catalogue)
    assert samples["common"].sum() == 60
    assert samples["test"].sum() == 200
    assert samples["test"][samples["common"]].all()
    # A control tested on galaxies of the validation set.
    catalogue["control_split"] = np.where(catalogue["split"] == "test", "train", "test")
    with pytest.raises(ValueError, match="no galaxy is in the test sets of both"):
        samples_of_catalogue(catalogue)


def test_settings_are_described_in_words():
    setting = {**make_settings()[-1], "smoothing": 1.5}
    choice = {
        "model": "xception",
        "attribution": "smoothgrad",
        "smooth_noise": 0.1,
        "setting": setting,
    }
    assert describe_setting(choice) == (
        "xception, noise 0.1, level, level_fraction 0.5, absolute map, smoothed by 1.5 px"
    )
