import json

import numpy as np
import pandas as pd
import pytest
from barlengths_files import OMEGA_M, make_catalogue, make_settings, write_inputs
from scipy import stats

import choose_method
import correlate_lengths
import estimate_errors
import score_methods
import score_truth
from galbar.correlation_tables import COLUMNS
from galbar.method_lengths import MethodLengths, describe_setting
from galbar.regression import rmse_raw
from galbar.scoring import (
    DIFFERENCE_COLUMNS,
    SCORE_COLUMNS,
    STATISTICS,
    Resampling,
    difference_table,
    samples_of_catalogue,
    score_table,
)

RESAMPLING = Resampling(samples=400, level=0.95, seed=42)
QUANTITIES = ("length_kpc_h", "length_scaled")


def make_method(name, lengths, **more):
    """Make a method with the same lengths as both quantities and an error of 1."""
    length = dict.fromkeys(QUANTITIES, np.asarray(lengths, dtype=float))
    sigma = {key: np.ones(len(values)) for key, values in length.items()}
    return MethodLengths(name, name, "", length, sigma, **more)


@pytest.fixture
def galaxies():
    """Draw reference lengths of 200 galaxies, noisier ones, and the two samples."""
    rng = np.random.default_rng(0)
    reference = rng.gamma(9, 1, 200)
    samples = {"common": np.arange(200) >= 120, "test": np.arange(200) >= 60}
    return reference, reference + rng.normal(0, 2, 200), samples


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """All tables of the score rules on made-up files, and the paths of the inputs."""
    folder = tmp_path_factory.mktemp("scores")
    return run_rules(write_inputs(folder), folder)


def run_rules(files, folder):
    """Run the five rules one after the other, and return their tables by name."""
    path = {
        name: folder / f"{name}.csv"
        for name in ("val", "errors", "scores", "differences", "test", "scores_truth", "truth_val")
    }
    inputs = files["barlengths"], files["catalogue"]
    correlate_lengths.main(
        *inputs,
        path["val"],
        resampling=RESAMPLING,
        min_measured_share=0.9,
        published={"corr_threshold": 0.85, "len_threshold": 40},
    )
    chosen = folder / "chosen.json"
    choose_method.main(path["val"], chosen)
    estimate_errors.main(*inputs, chosen, path["errors"], omega_m=OMEGA_M)
    inputs = *inputs, chosen, files["control"]
    settings = {"omega_m": OMEGA_M, "resampling": RESAMPLING}
    score_methods.main(*inputs, path["scores"], path["differences"], path["test"], **settings)
    score_truth.main(*inputs, files["truth"], path["scores_truth"], path["truth_val"], **settings)
    tables = {name: pd.read_csv(file) for name, file in path.items()}
    return {**tables, "files": files, "choice": json.loads(chosen.read_text())}


def row_of(table, method, sample="common", quantity="length_kpc_h"):
    """Pick the one row of a method, sample and quantity."""
    found = table[
        (table["method"] == method) & (table["sample"] == sample) & (table["quantity"] == quantity)
    ]
    assert len(found) == 1
    return found.iloc[0]


def test_scores_are_those_of_the_measured_members_of_the_sample(galaxies):
    reference, measured, samples = galaxies
    measured[150:160] = np.nan
    reference[199] = np.nan
    references = dict.fromkeys(QUANTITIES, reference)
    table = score_table([make_method("a", measured)], references, samples, RESAMPLING)
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


def test_intervals_agree_with_scipy(galaxies):
    reference, measured, samples = galaxies
    resampling = Resampling(samples=4000, level=0.9, seed=1)
    table = score_table(
        [make_method("a", measured)], {"length_kpc_h": reference}, samples, resampling
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
    methods, references = [make_method("a", measured)], {"length_scaled": reference}
    table = score_table(methods, references, samples, RESAMPLING)
    pd.testing.assert_frame_equal(table, score_table(methods, references, samples, RESAMPLING))
    single = score_table(methods, references, {"test": samples["test"]}, RESAMPLING)
    pd.testing.assert_frame_equal(single, table[1:].reset_index(drop=True))


def test_constant_and_too_few_lengths_have_a_note_and_no_correlation(galaxies):
    reference, measured, samples = galaxies
    few = np.full(200, np.nan)
    few[198:] = measured[198:]
    methods = [make_method("constant", np.full(200, 0.4)), make_method("few", few)]
    table = score_table(methods, {"length_scaled": reference}, samples, RESAMPLING)
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
    method = MethodLengths("shuffled", "", "", length, sigma, shuffled=True)
    table = score_table([method], length, {"test": np.ones(n, dtype=bool)}, RESAMPLING)
    row = row_of(table, "shuffled", "test", "length_scaled")
    assert abs(row["pearson_r"]) < 0.02
    # One shuffle of unrelated values has the standard deviation 1 / sqrt(n - 1).
    assert row["pearson_r_low"] == pytest.approx(-1.96 / np.sqrt(n - 1), abs=0.02)
    assert row["pearson_r_high"] == pytest.approx(1.96 / np.sqrt(n - 1), abs=0.02)
    row = row_of(table, "shuffled", "test")
    # Independent lengths a and b times one size s: cov / var = var(s) E(a)^2 / var(a s).
    expected = size.var() * scaled.mean() ** 2 / (scaled * size).var()
    assert row["pearson_r"] == pytest.approx(expected, abs=0.05)
    assert row["bias"] == pytest.approx(0, abs=0.3)


def test_differences_are_paired(galaxies):
    reference, measured, samples = galaxies
    nearly = measured + np.random.default_rng(2).normal(0, 0.2, 200)
    nearly[130:135] = np.nan
    alone = make_method("control", measured, samples=("common",))
    methods = [make_method("xai", measured), make_method("xai_b", nearly), alone]
    references = {"length_kpc_h": reference}
    table = difference_table(methods, references, samples, RESAMPLING)
    assert table.columns.tolist() == list(DIFFERENCE_COLUMNS)
    assert table[["sample", "other", "n"]].to_numpy().tolist() == [
        ["common", "xai_b", 75],
        ["common", "control", 80],
        ["test", "xai_b", 135],
    ]
    # The same lengths: no difference in any resample.
    same = table.loc[1, ["difference", "difference_low", "difference_high"]].astype(float)
    np.testing.assert_allclose(same, 0, atol=1e-12)
    # Unpaired intervals of two such methods are far wider.
    scores = score_table(methods, references, samples, RESAMPLING)
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


def test_rules_score_all_methods_on_both_samples(results):
    scores = results["scores"]
    common = scores[scores["sample"] == "common"]
    assert common["method"].tolist() == 2 * [
        "xai",
        "xai_published",
        "xai_vgg16",
        "xai_xception",
        "xai_averagemeasurements",
        "control",
        "size_only",
        "shuffled",
    ]
    assert "control" not in set(scores.loc[scores["sample"] == "test", "method"])
    # One galaxy cannot be measured, another one has no redshift.
    xai = row_of(scores, "xai")
    assert (xai["n"], xai["n_unmeasurable"]) == (58, 2)
    assert row_of(scores, "xai", quantity="length_scaled")["n"] == 59
    assert row_of(scores, "control")["n"] == 59
    assert row_of(scores, "size_only")["n"] == 60
    r = {row["method"]: row["pearson_r"] for _, row in common.iterrows()}
    scaled = common[common["quantity"] == "length_scaled"].set_index("method")["pearson_r"]
    assert scaled["xai"] > 0.85 > scaled["xai_published"]
    assert scaled["xai"] == scaled["xai_vgg16"] > scaled["xai_xception"]
    assert abs(scaled["shuffled"]) < 0.1
    assert np.isnan(scaled["size_only"])
    assert xai["pearson_r_low"] > row_of(scores, "size_only")["pearson_r_high"]
    assert "control" in r
    assert xai["description"].endswith(
        "vgg16, noise 0.1, pearson, corr_threshold 0.7, len_threshold 10, absolute map x image"
    )


def test_rules_give_slopes_near_one_for_lengths_without_bias(results):
    for method in ("xai", "human"):
        for quantity in QUANTITIES:
            row = row_of(results["scores_truth"], method, "test", quantity)
            assert row["slope_origin"] == pytest.approx(1, abs=0.05)
    human = row_of(results["scores_truth"], "human", "test", "length_scaled")
    # Scatter of 10 % on lengths of relative spread 1 / sqrt(10).
    assert human["pearson_r"] == pytest.approx(1 / np.sqrt(1 + 0.1**2 * 11), abs=0.03)
    against_truth = row_of(results["scores_truth"], "xai", "test", "length_scaled")["pearson_r"]
    assert against_truth > row_of(results["scores"], "xai", "test", "length_scaled")["pearson_r"]


def test_test_table_holds_only_what_was_chosen_before(results):
    test = results["test"]
    assert test.columns.tolist() == [*COLUMNS, "chosen", "published_criterion", "sample"]
    # The best and the published criterion of three models, and the control.
    assert test["model"].tolist() == 2 * ["vgg16", "xception", "averagemeasurements"] + ["control"]
    assert test["chosen"].tolist() == [True] + 6 * [False]
    assert test["published_criterion"].tolist() == 3 * [False] + 3 * [True] + [False]
    row = row_of(results["scores"], "xai", "test", "length_scaled")
    assert test.loc[0, "r_scaled"] == pytest.approx(row["pearson_r"])
    control = row_of(results["scores"], "control", quantity="length_scaled")
    assert test.loc[6, "r_scaled"] == pytest.approx(control["pearson_r"])
    assert test.loc[6, "n"] == 60
    assert pd.isna(test.loc[6, "corr_threshold"])
    assert test.loc[0, "xinput"] in (True, "True")


def test_error_model_of_two_runs_of_known_scatter(results):
    errors = results["errors"].groupby("quantity")
    pixels = errors.get_group("length_px")
    # 200 test galaxies, one of them unmeasurable; one without a redshift.
    assert pixels["n"].sum() == 199
    assert errors.get_group("length_kpc_h")["n"].sum() == 198
    # Mean |difference| of two normal deviates of sd 4.4 px: 2 / sqrt(pi) times that.
    mean = np.average(pixels["sigma"], weights=pixels["n"])
    assert mean == pytest.approx(4.4 * 2 / np.sqrt(np.pi), rel=0.1)


def test_truth_table_holds_every_setting_on_both_splits(results):
    table = results["truth_val"]
    assert len(table) == 2 * 3 * 2 * len(make_settings())
    assert table.groupby("split")["chosen"].sum().tolist() == [1, 1]
    chosen = table[table["chosen"] & (table["split"] == "test")].iloc[0]
    row = row_of(results["scores_truth"], "xai", "test", "length_scaled")
    assert chosen["r_scaled"] == pytest.approx(row["pearson_r"])


def test_choice_does_not_see_the_test_set(results, tmp_path):
    files = write_inputs(tmp_path)
    catalogue = pd.read_csv(files["catalogue"])
    test = catalogue["split"] == "test"
    turned = catalogue.loc[test, "length_scaled"].to_numpy()[::-1]
    catalogue.loc[test, "length_scaled"] = turned
    catalogue.to_csv(files["catalogue"], index=False)
    assert run_rules(files, tmp_path)["choice"] == results["choice"]


def test_one_run_has_no_error_model_and_says_so(tmp_path):
    results = run_rules(write_inputs(tmp_path, runs=1, n=90), tmp_path)
    assert results["errors"]["sigma"].isna().all()
    row = row_of(results["scores"], "xai")
    assert "one run only" in row["note"]
    assert row["slope_origin"] == pytest.approx(1, abs=0.1)


def test_a_galaxy_without_a_prediction_is_named(tmp_path):
    files = write_inputs(tmp_path, n=60)
    control = pd.read_csv(files["control"])
    control.iloc[1:].to_csv(files["control"], index=False)
    with pytest.raises(
        ValueError, match=f"control.csv: 1 of 60 .* first {control['galaxy_id'][0]}"
    ):
        run_rules(files, tmp_path)


def test_settings_are_described_in_words():
    setting = {**make_settings()[-1], "smoothing": 1.5}
    choice = {"model": "xception", "smooth_noise": 0.1, "setting": setting}
    assert describe_setting(choice) == (
        "xception, noise 0.1, level, level_fraction 0.5, absolute map, smoothed by 1.5 px"
    )
