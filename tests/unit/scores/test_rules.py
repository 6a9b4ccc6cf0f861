import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import choose_for_images
import choose_setting
import correlate_lengths
import estimate_errors
import score_estimators
import score_truth
from galbar.io.joined_hdf5 import join_files
from galbar.io.shards import list_shards, rows_of_shard
from galbar.lengths.error_model import assign_sigma
from galbar.lengths.length_files import new_barlengths
from galbar.lengths.setting_files import group_barlengths
from galbar.lengths.units import scaled_from_pixels
from galbar.scores.bootstrap import draw_resamples
from galbar.scores.correlation import pearson_r, percentile_interval
from galbar.scores.estimator_names import is_built_in
from galbar.scores.estimator_scores import (
    Resampling,
)
from galbar.scores.estimators import (
    control_lengths,
    setting_lengths,
)
from galbar.scores.inputs import read_catalogue, read_control
from tests.helpers.barlengths_files import OMEGA_M, make_settings, read_barlengths, write_inputs
from tests.helpers.calibrated import write_calibrated
from tests.helpers.score_rows import row_of

COSMOLOGY = {"omega_m": OMEGA_M, "hubble_constant": 70}
RESAMPLING = Resampling(samples=200, level=0.95, seed=42)
QUANTITIES = ("length_kpc_h", "length_scaled")


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """All tables of the score rules on made-up files, and the paths of the inputs."""
    folder = tmp_path_factory.mktemp("scores")
    return run_rules(write_inputs(folder), folder)


def run_rules(files, folder):
    """Run the rules one after the other, and return their tables by name."""
    path = {
        name: folder / f"{name}.csv"
        for name in (
            *("val", "errors", "scores", "differences", "dilution", "test"),
            *("scores_truth", "dilution_truth", "truth_val"),
        )
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
    choose_setting.main(path["val"], chosen)
    estimate_errors.main(*inputs, chosen, path["errors"], omega_m=OMEGA_M)
    calibrated = write_calibrated(*inputs, chosen, folder)
    barlengths, choice = files["moments"]
    tables = files["catalogue"], folder / "moments_val.csv"
    how = {"resampling": RESAMPLING, "min_measured_share": 0.9}
    choose_for_images.main(barlengths, *tables, choice, **how)
    inputs = *inputs, chosen, files["control"], *calibrated
    inputs += files["ellipses"], files["moments"], files["external"]
    settings = {"cosmology": COSMOLOGY, "resampling": RESAMPLING}
    outputs = [path[name] for name in ("scores", "differences", "dilution", "test")]
    score_estimators.main(inputs, *outputs, **settings)
    outputs = [path[name] for name in ("scores_truth", "dilution_truth", "truth_val")]
    score_truth.main(inputs, files["truth"], *outputs, **settings)
    tables = {name: pd.read_csv(file) for name, file in path.items()}
    return {**tables, "inputs": inputs, "files": files, "choice": json.loads(chosen.read_text())}


def test_rules_score_all_estimators_on_both_samples(results):
    scores = results["scores"]
    common = scores[scores["sample"] == "common"]
    assert common["estimator"].tolist() == 4 * [
        "calibrated",
        "calibrated_vgg16",
        "calibrated_xception",
        "saliency",
        "saliency_published",
        "saliency_vgg16",
        "saliency_xception",
        "saliency_averagemeasurements",
        "control",
        "ellipse",
        "ellipse_drop",
        "moments",
        "volunteers",
        "size_only",
        "shuffled",
    ]
    assert "control" not in set(scores.loc[scores["sample"] == "test", "estimator"])
    # One galaxy cannot be measured, another one has no redshift.
    saliency = row_of(scores, "saliency")
    assert (saliency["n"], saliency["n_unmeasurable"]) == (58, 2)
    assert row_of(scores, "saliency", quantity="length_scaled")["n"] == 59
    assert row_of(scores, "control")["n"] == 59
    assert row_of(scores, "size_only")["n"] == 60
    r = {row["estimator"]: row["pearson_r"] for _, row in common.iterrows()}
    scaled = common[common["quantity"] == "length_scaled"].set_index("estimator")["pearson_r"]
    assert scaled["saliency"] > 0.85 > scaled["saliency_published"]
    assert scaled["saliency"] == scaled["saliency_vgg16"] > scaled["saliency_xception"]
    assert abs(scaled["shuffled"]) < 0.1
    assert np.isnan(scaled["size_only"])
    assert saliency["pearson_r_low"] > row_of(scores, "size_only")["pearson_r_high"]
    assert "control" in r
    assert saliency["description"].endswith(
        "vgg16, noise 0.1, pearson, corr_threshold 0.7, len_threshold 10, absolute map x image"
    )


def test_lengths_by_isophotes_are_scored_as_they_are(results):
    """By id, in all units; galaxies without one are counted."""
    scores = results["scores"]
    ellipses = pd.read_csv(results["files"]["ellipses"]).set_index("galaxy_id")
    catalogue = read_catalogue(results["files"]["catalogue"])
    galaxies = catalogue[catalogue["split"] == "test"]
    columns = {"ellipse": "length_px", "ellipse_drop": "length_drop_px"}
    for estimator, column in columns.items():
        measured = scaled_from_pixels(ellipses.loc[galaxies["galaxy_id"], column])
        difference = pd.Series(measured - galaxies["length_scaled"].to_numpy()).dropna()
        row = row_of(scores, estimator, "test", "length_scaled")
        assert row["n"] == len(difference) < len(galaxies)
        assert row["n"] + row["n_unmeasurable"] == len(galaxies)
        assert row["mae"] == pytest.approx(difference.abs().mean())
        assert row["bias"] == pytest.approx(difference.mean())
        in_pixels = row_of(scores, estimator, "test", "length_px")
        assert in_pixels["bias"] == pytest.approx(difference.mean() / scaled_from_pixels(1.0))
        assert pd.isna(row["note"])
    # One more has no redshift.
    lost = [row_of(scores, "ellipse", "test", name)["n_unmeasurable"] for name in QUANTITIES]
    assert lost[0] - lost[1] == 1


def test_without_isophotes_their_rows_are_missing_and_no_others(results, tmp_path):
    without = tmp_path / "scores.csv"
    outputs = [without, *(tmp_path / name for name in ("differences", "dilution", "test"))]
    *first, _, moments, external = results["inputs"]
    inputs = *first, [], moments, external
    score_estimators.main(inputs, *outputs, cosmology=COSMOLOGY, resampling=RESAMPLING)
    estimators = pd.read_csv(without)["estimator"].unique().tolist()
    with_them = results["scores"]["estimator"].unique().tolist()
    assert estimators == [name for name in with_them if not name.startswith("ellipse")]


def test_images_are_measured_by_the_setting_that_is_best_on_the_validation_set(results):
    barlengths, chosen = results["files"]["moments"]
    choice = json.loads(Path(chosen).read_text())
    measured = read_barlengths(barlengths)
    catalogue = read_catalogue(results["files"]["catalogue"])
    is_validation = (catalogue["split"] == "validation").to_numpy()
    human = catalogue["length_scaled"].to_numpy()
    r = [np.corrcoef(of[is_validation], human[is_validation])[0, 1] for of in measured.length.T]
    column = int(np.argmax(r))
    assert choice["r_scaled"] == pytest.approx(r[column])
    assert choice["setting"] == measured.settings[column]
    is_test = ~is_validation & np.isfinite(measured.length[:, column])
    row = row_of(results["scores"], "moments", "test", "length_scaled")
    scaled = scaled_from_pixels(measured.length[is_test, column])
    assert (row["n"], row["n_unmeasurable"]) == (199, 1)
    assert row["pearson_r"] == pytest.approx(np.corrcoef(scaled, human[is_test])[0, 1])
    assert row["mae"] == pytest.approx(np.abs(scaled - human[is_test]).mean())
    assert row["description"].endswith(
        "pearson, corr_threshold 0.7, len_threshold 10, image in place of a heat map"
    )
    # So few galaxies chose.
    assert "galaxies only" in row["note"]


def test_lengths_of_a_users_table_are_scored_as_they_are(results):
    """By id; those that the table lacks are counted; its error weighs the line."""
    table = pd.read_csv(results["files"]["external"][0]).set_index("galaxy_id")
    catalogue = read_catalogue(results["files"]["catalogue"])
    galaxies = catalogue[catalogue["split"] == "test"]
    given = table.loc[galaxies["galaxy_id"]]
    for quantity, column in (("length_kpc_h", "length_avg"), ("length_scaled", "length_scaled")):
        known = given[quantity].notna().to_numpy()
        measured, human = given[quantity][known].to_numpy(), galaxies[column][known].to_numpy()
        row = row_of(results["scores"], "volunteers", "test", quantity)
        assert (row["n"], row["n_unmeasurable"]) == (known.sum(), 40)
        assert row["mae"] == pytest.approx(np.abs(measured - human).mean())
        sigma = 0.17 * human + (0.1 * measured if quantity == "length_kpc_h" else 0)
        slope = (measured * human / sigma).sum() / (human**2 / sigma).sum()
        assert row["slope_origin"] == pytest.approx(slope)
        truth = row_of(results["scores_truth"], "volunteers", "test", quantity)
        assert truth["pearson_r"] == pytest.approx(1)
        assert truth["slope_origin"] == pytest.approx(1.2)
    differences = results["differences"]
    assert (differences["other"] == "volunteers").sum() == 2 * 2


def test_rows_of_all_methods_but_a_users_are_reserved(results):
    """No table of a user's may take the name of a row, whatever the networks are called."""
    names = {*results["scores"]["estimator"], *results["scores_truth"]["estimator"]}
    assert {name for name in names if not is_built_in(name)} == {"volunteers"}


def test_errors_are_given_in_kpc_too(results):
    for estimator in ("calibrated", "size_only", "volunteers"):
        per_h, kpc = (
            row_of(results["scores"], estimator, "test", name)
            for name in ("length_kpc_h", "length_kpc")
        )
        assert kpc["mae"] == pytest.approx(per_h["mae"] / 0.7)
        assert kpc["pearson_r"] == per_h["pearson_r"]


def test_baselines_use_the_mean_of_the_validation_set(results):
    catalogue = pd.read_csv(results["files"]["catalogue"])
    scaled = catalogue["length_scaled"]
    expected = scaled[:100].mean() - scaled[240:].mean()
    row = row_of(results["scores"], "size_only", quantity="length_scaled")
    assert row["bias"] == pytest.approx(expected)
    size = catalogue["length_avg"] / scaled
    expected = stats.pearsonr(size[240:], catalogue["length_avg"][240:]).statistic
    assert row_of(results["scores"], "size_only")["pearson_r"] == pytest.approx(expected)


def test_error_of_an_estimator_is_that_of_its_decile_on_the_test_set(results):
    files = results["files"]
    catalogue = read_catalogue(files["catalogue"])
    groups = group_barlengths(files["barlengths"])
    lengths = setting_lengths("saliency", "", results["choice"], groups, catalogue, OMEGA_M)
    table = results["errors"]
    for quantity, name, factor in (
        ("length_scaled", "length_px", scaled_from_pixels(1.0)),
        ("length_kpc_h", "length_kpc_h", 1.0),
    ):
        of_choice = table[(table["choice"] == "chosen") & (table["quantity"] == name)]
        sigma = assign_sigma(lengths.length[quantity] / factor, of_choice)
        known = np.isfinite(lengths.length[quantity])
        equal = np.isclose(lengths.sigma[quantity], factor * sigma)[known]
        # A galaxy on the edge of a decile may fall to either side by rounding.
        assert equal.sum() >= known.sum() - 1


def test_published_error_of_the_control_is_one_kpc(results):
    catalogue = read_catalogue(results["files"]["catalogue"])
    control = control_lengths(np.full(300, 0.4), catalogue, OMEGA_M)
    assert (control.sigma["length_kpc_h"] == 1).all()
    size = catalogue["length_avg"] / catalogue["length_scaled"]
    np.testing.assert_allclose(control.sigma["length_scaled"] * size, 1)
    known = catalogue["redshift"].notna()
    np.testing.assert_allclose(control.length["length_kpc_h"][known], 0.4 * size[known])
    assert np.isnan(control.length["length_kpc_h"][~known]).all()


def test_rules_give_slopes_near_one_for_lengths_without_bias(results):
    for estimator in ("saliency", "human"):
        for quantity in QUANTITIES:
            row = row_of(results["scores_truth"], estimator, "test", quantity)
            assert row["slope_origin"] == pytest.approx(1, abs=0.05)
    human = row_of(results["scores_truth"], "human", "test", "length_scaled")
    # Scatter of 10 % on lengths of relative spread 1 / sqrt(10).
    assert human["pearson_r"] == pytest.approx(1 / np.sqrt(1 + 0.1**2 * 11), abs=0.03)
    against_truth = row_of(results["scores_truth"], "saliency", "test", "length_scaled")[
        "pearson_r"
    ]
    assert (
        against_truth > row_of(results["scores"], "saliency", "test", "length_scaled")["pearson_r"]
    )


def test_test_table_holds_only_what_was_chosen_before(results):
    test = results["test"]
    assert test.columns.tolist() == [
        *("model", "smooth_noise", "corr_threshold", "len_threshold", "xinput", "correlation"),
        *("attribution", "criterion", "kind", "smoothing"),
        *("elongation_threshold", "level_fraction"),
        *("r_scaled", "r_scaled_low", "r_scaled_high", "spearman", "n", "n_unmeasurable"),
        *("chosen", "published_criterion", "sample"),
    ]
    # The best and the published criterion of three models, and the control.
    assert test["model"].tolist() == 2 * ["vgg16", "xception", "averagemeasurements"] + ["control"]
    assert test["chosen"].tolist() == [True] + 6 * [False]
    assert test["published_criterion"].tolist() == 3 * [False] + 3 * [True] + [False]
    row = row_of(results["scores"], "saliency", "test", "length_scaled")
    assert test.loc[0, "r_scaled"] == pytest.approx(row["pearson_r"])
    control = row_of(results["scores"], "control", quantity="length_scaled")
    assert test.loc[6, "r_scaled"] == pytest.approx(control["pearson_r"])
    assert test.loc[6, "n"] == 60
    # The control's galaxies are the last 60 of the 200 test galaxies.
    catalogue = read_catalogue(results["files"]["catalogue"])
    predicted = read_control(results["files"]["control"], catalogue["galaxy_id"].to_numpy())
    pair = predicted[240:], catalogue["length_scaled"].to_numpy()[240:]
    resampled = pearson_r(*pair, draw_resamples(200, RESAMPLING.samples, RESAMPLING.seed)[:, 140:])
    expected = percentile_interval(resampled, 0.95)
    interval = tuple(test.loc[6, ["r_scaled_low", "r_scaled_high"]])
    assert interval == pytest.approx(expected, abs=1e-12)
    assert pd.isna(test.loc[6, "corr_threshold"])
    assert test.loc[0, "xinput"] in (True, "True")


def test_error_model_of_two_runs_of_known_scatter(results):
    errors = results["errors"]
    # Here the best setting of all is one of a network, and so the best within the calibration.
    same = errors.drop(columns="choice").groupby(errors["choice"])
    pd.testing.assert_frame_equal(
        same.get_group("chosen").reset_index(drop=True),
        same.get_group("within_calibration").reset_index(drop=True),
    )
    errors = errors[errors["choice"] == "chosen"].groupby("quantity")
    pixels = errors.get_group("length_px")
    # 200 test galaxies, one of them unmeasurable; one without a redshift.
    assert pixels["n"].sum() == 199
    assert errors.get_group("length_kpc_h")["n"].sum() == 198
    # Mean |difference| of two normal deviates of sd 4.4 px: 2 / sqrt(pi) times that.
    mean = np.average(pixels["sigma"], weights=pixels["n"])
    assert mean == pytest.approx(4.4 * 2 / np.sqrt(np.pi), rel=0.1)


def test_truth_table_holds_every_setting_on_the_validation_set_only(results):
    table = results["truth_val"]
    assert len(table) == 3 * 2 * len(make_settings())
    assert table["chosen"].sum() == 1
    assert (table["n"] + table["n_unmeasurable"] == 100).all()
    against_catalogue = results["val"][results["val"]["chosen"]].iloc[0]
    chosen = table[table["chosen"]].iloc[0]
    # The truth has no observers' scatter.
    assert chosen["r_scaled"] > against_catalogue["r_scaled"] > 0.5


def test_choice_does_not_see_the_test_set(results, tmp_path):
    files = write_inputs(tmp_path)
    catalogue = pd.read_csv(files["catalogue"])
    test = catalogue["split"] == "test"
    turned = catalogue.loc[test, "length_scaled"].to_numpy()[::-1]
    catalogue.loc[test, "length_scaled"] = turned
    catalogue.to_csv(files["catalogue"], index=False)
    assert run_rules(files, tmp_path)["choice"] == results["choice"]


def test_tables_do_not_depend_on_the_shards(tmp_path):
    files = write_inputs(tmp_path / "whole", n=90)
    joined = {
        **files,
        "barlengths": [split(path, "whole", "joined") for path in files["barlengths"]],
    }
    expected, found = run_rules(files, tmp_path), run_rules(joined, tmp_path)
    for name in ("val", "errors", "scores", "differences", "test", "scores_truth", "truth_val"):
        pd.testing.assert_frame_equal(found[name], expected[name])
    assert found["choice"] == expected["choice"]


def split(path, old, new):
    """Show a file of bar lengths as three shards, in another folder; return its path there."""
    joined = Path(path.replace(f"/{old}/", f"/{new}/"))
    store = read_barlengths(path)
    shards = [joined.with_suffix("") / f"{shard}.h5" for shard in list_shards(3, 1)]
    for shard in shards:
        rows = rows_of_shard(shard.stem, len(store.galaxy_id))
        with new_barlengths(shard, store.galaxy_id[rows], store.settings) as writer:
            writer.add(store.length[rows], store.flag[rows], store.angle[rows])
    join_files(shards, joined)
    return str(joined)


def test_one_run_has_no_error_model_and_says_so(tmp_path):
    results = run_rules(write_inputs(tmp_path, runs=1, n=90), tmp_path)
    assert results["errors"]["sigma"].isna().all()
    row = row_of(results["scores"], "saliency")
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
