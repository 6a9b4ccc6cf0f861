"""The tiny survey runs to its end; what a change then makes Snakemake do again."""

import json

import h5py
import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image

from galbar.attribution.methods.map_sets import MapSet
from galbar.catalogues.decision_tree import VOTE_COLUMNS
from galbar.lengths.setting_files import (
    group_barlengths,
    mean_lengths,
    measurements_of_setting,
)
from galbar.scores.estimator_scores import STATISTICS
from tests.helpers.golden_file import compare

TINY = ("--configfile", "tests/config/tiny.yaml")
TRAININGS = {"train_model", "import_model", "train_control"}

pytestmark = pytest.mark.slow


@pytest.fixture
def results(finished):
    return finished.folder / "results"


def plots(jobs):
    return {name for name in jobs if name.startswith("plot_")}


def test_all_is_done(finished):
    assert finished.plan(*TINY) == {}


def test_predictions_and_heat_maps_carry_their_ids(results):
    for model in ("vgg16_tiny", "xception_tiny", "ensemble"):
        for name, table in (("train", "training"), ("test", "test")):
            predictions = pd.read_csv(results / f"{model}/run1/predictions_{name}.csv")
            galaxies = pd.read_csv(results / f"catalogues/{table}.csv")
            assert predictions["galaxy_id"].tolist() == galaxies["galaxy_id"].tolist()
            assert set(VOTE_COLUMNS) <= set(predictions)
    catalogue = pd.read_csv(results / "catalogues/hoyle.csv")
    for model in ("vgg16_tiny", "xception_tiny"):
        with h5py.File(results / f"{model}/run2/heatmaps/hoyle/noise0.1.h5") as store:
            assert store["galaxy_id"][:].tolist() == catalogue["galaxy_id"].tolist()
            assert store["absolute"].shape == (24, 32, 32)


def test_no_galaxy_is_lost_on_the_way(results):
    catalogue = pd.read_csv(results / "catalogues/hoyle.csv")
    lengths = pd.read_csv(results / "barlengths_hoyle.csv")
    control = pd.read_csv(results / "control/predictions.csv")
    ellipses = pd.read_csv(results / "rivals/ellipse/hoyle.csv")
    assert len(catalogue) == 24
    with h5py.File(results / "rivals/moments/hoyle.h5") as images:
        assert images["galaxy_id"][:].tolist() == catalogue["galaxy_id"].tolist()
        # On every image some setting finds a bar.
        assert np.isfinite(images["length"][:]).any(axis=1).all()
    assert ellipses["galaxy_id"].tolist() == catalogue["galaxy_id"].tolist()
    assert ((ellipses["flag"] == "ok") == ellipses["length_px"].notna()).all()
    assert set(lengths["galaxy_id"]) == set(control["galaxy_id"]) == set(catalogue["galaxy_id"])


def test_lengths_by_another_method_become_rows_of_the_scores(own_copy):
    """Joined by id; a galaxy that the table lacks is counted."""
    config = yaml.safe_load((own_copy.folder / "tests/config/tiny.yaml").read_text())
    config["scores"]["external"] = [{"name": "other_work", "table": "other.csv"}]
    (own_copy.folder / "other.yaml").write_text(yaml.safe_dump(config))
    results = own_copy.folder / "results"
    truth = pd.read_csv(results / "survey/truth.csv")
    galaxies = pd.read_csv(results / "catalogues/hoyle_split.csv")
    lacking = galaxies.loc[galaxies["split"] == "test", "galaxy_id"].iloc[0]
    known = truth[(truth["role"] == "catalogue") & (truth["galaxy_id"] != lacking)][::-1]
    given = pd.DataFrame(
        {"objid": known["galaxy_id"], "length_kpc": known["bar_length_kpc_h"] / 0.7}
    )
    given.to_csv(own_copy.folder / "other.csv", index=False)
    own_copy.run("results/scores_truth.csv", "--configfile", "other.yaml")
    scores = pd.read_csv(results / "scores_truth.csv").set_index(
        ["estimator", "sample", "quantity"]
    )
    row = scores.loc["other_work", "test", "length_kpc_h"]
    assert (row["n"], row["n_unmeasurable"]) == (15, 1)
    assert row["mae"] == pytest.approx(0, abs=1e-6)


def test_what_needs_no_training_is_the_stored_result(results, root):
    """Networks differ between CPUs after an epoch; samples and what is human do not."""
    catalogue = pd.read_csv(results / "catalogues/hoyle_split.csv")
    training = pd.read_csv(results / "catalogues/training.csv")
    truth = pd.read_csv(results / "survey/truth.csv")
    held_out = {
        "training": training["split"] == "validation",
        "heat maps": catalogue["split"] == "validation",
        "control": catalogue["control_split"] == "test",
    }
    found = {
        "galaxies": catalogue["galaxy_id"].tolist(),
        "held out": {name: np.flatnonzero(rows) for name, rows in held_out.items()},
        "measured by eye": catalogue["length_avg"].tolist(),
        "true": truth.loc[truth["role"] == "catalogue", "bar_length_kpc_h"].tolist(),
    }
    numbers = [f"{name}{end}" for name in STATISTICS for end in ("", "_low", "_high")]
    for name in ("scores", "scores_truth"):
        table = pd.read_csv(results / f"{name}.csv")
        # Every estimator is asked about every galaxy of a sample.
        asked = (table["n"] + table["n_unmeasurable"]).groupby(table["sample"]).unique()
        assert asked.map(list).to_dict() == {"common": [4], "test": [16]}
        for row in table[table["estimator"].isin(["size_only", "human"])].to_dict("records"):
            key = f"{name}, {row['estimator']}, {row['sample']}, {row['quantity']}"
            found[key] = {column: row[column] for column in ("n", *numbers)}
    compare(root / "tests/golden/tiny_run.json", "tiny run", found)


def test_the_choice_is_the_best_of_the_validation_table(results):
    table = pd.read_csv(results / "barlength_correlations_val.csv")
    published = ["model", "smooth_noise", "corr_threshold", "len_threshold", "xinput"]
    assert table.columns[:6].tolist() == [*published, "correlation"]
    chosen = json.loads((results / "chosen_setting.json").read_text())
    best = table.loc[table["r_scaled"].idxmax()]
    assert chosen["r_scaled"] == pytest.approx(best["r_scaled"], abs=1e-9)
    assert table["chosen"].sum() == 1
    assert bool(best["chosen"])
    test = pd.read_csv(results / "barlength_correlations_test.csv")
    assert test["chosen"].sum() == 1
    assert test.loc[test["chosen"], "model"].item() == chosen["model"]


FIGURES = {
    "overview",
    "learning_curves",
    "vote_predictions",
    "misclassified",
    "class_heatmaps",
    "class_heatmaps_appendix",
    "isolated_bars",
    "isolated_bars_appendix",
    "bar_lengths_common",
    "bar_lengths_test",
    "correlations",
    "dilution",
    "scores",
    "truth",
    "importance",
    "examples",
    "bar_detection",
    "checks_localisation",
    "checks_random_weights",
    "checks_other_answer",
    "checks_faithfulness",
}


def test_every_figure_is_there(results):
    for suffix in ("png", "pdf"):
        assert {path.stem for path in (results / "figures").glob(f"*.{suffix}")} == FIGURES
    for name in FIGURES:
        with Image.open(results / f"figures/{name}.png") as image:
            image.load()
        assert (results / f"figures/{name}.pdf").read_bytes().rstrip().endswith(b"%%EOF")


def test_the_gallery_holds_every_galaxy(results):
    folder = results / "gallery/hoyle"
    chunk = (folder / "data/0.js").read_text()
    columns = json.loads(chunk.removeprefix("Gallery.chunk(0,").removesuffix(");\n"))
    lengths = pd.read_csv(results / "barlengths_hoyle.csv")
    assert columns["galaxy_id"] == lengths["galaxy_id"].astype(str).tolist()
    assert columns["length_px"] == pytest.approx(lengths["length_px"].tolist(), rel=1e-4)
    with (
        Image.open(folder / "sheets/0.jpg") as image,
        Image.open(folder / "sheets/0_map.jpg") as maps,
    ):
        assert image.size == maps.size
    assert (results / "gallery/hoyle.html").stat().st_size > (folder / "index.html").stat().st_size


def test_the_report_is_one_file(finished):
    finished.run(*TINY, "--report", "report.html")
    report = (finished.folder / "report.html").read_text()
    assert "bar_lengths_test.png" in report
    assert "scores.csv" in report
    assert "gallery/hoyle.html" in report
    # The first page shows the main scores and the overview.
    assert "Against the true lengths, with" in report
    assert "data:image/png;base64," in report.split("var workflow_desc")[1].split("\n")[0]


def test_a_new_noise_level_trains_nothing(finished):
    config = yaml.safe_load((finished.folder / "tests/config/tiny.yaml").read_text())
    config["heatmaps"]["smooth_noise"] = [0.1, 0.2]
    (finished.folder / "noise.yaml").write_text(yaml.safe_dump(config))
    jobs = finished.plan("--configfile", "noise.yaml")
    assert not TRAININGS & set(jobs)
    assert "predict_votes" not in jobs
    assert jobs["compute_heatmaps"] == 4
    made = finished.planned_outputs("--configfile", "noise.yaml")
    assert not [name for name in made if name.endswith("noise0.1.h5")]


def test_a_new_model_trains_that_model_only(finished):
    config = yaml.safe_load((finished.folder / "tests/config/tiny.yaml").read_text())
    config["models"].append({**config["models"][0], "name": "another"})
    (finished.folder / "model.yaml").write_text(yaml.safe_dump(config))
    jobs = finished.plan("--configfile", "model.yaml")
    assert jobs["train_model"] == 2
    assert jobs["predict_votes"] == 2
    # Two of its own; class heat maps are of all models together.
    assert jobs["compute_heatmaps"] == 2
    assert "train_control" not in jobs
    made = finished.planned_outputs("--configfile", "model.yaml")
    assert {name.split("/")[1] for name in made if name.endswith(".keras")} == {"another"}


def test_decoded_images_may_be_deleted_and_decoded_again(finished):
    images = finished.folder / "results/images"
    before = {path: path.read_bytes() for path in images.glob("*.h5")}
    assert {path.stem for path in before} == {"training", "test", "hoyle"}
    for path in before:
        path.unlink()
    assert finished.plan(*TINY) == {}
    targets = [path.relative_to(finished.folder) for path in before]
    finished.run(*targets, *TINY)
    assert {path: path.read_bytes() for path in before} == before
    # The descriptions are newer, but the same.
    assert finished.plan(*TINY) == {}


def test_another_size_of_images_decodes_and_trains_anew(finished):
    config = yaml.safe_load((finished.folder / "tests/config/tiny.yaml").read_text())
    config["image"]["crop"] = 0.4
    (finished.folder / "changed.yaml").write_text(yaml.safe_dump(config))
    jobs = finished.plan("--configfile", "changed.yaml")
    assert jobs["decode_images"] == 3
    assert jobs["train_model"] == jobs["predict_votes"] == 4
    assert jobs["train_control"] == 1


def test_one_model_runs_again_alone(finished):
    """The commands of docs/cluster.md, `--forcerun` with a rule and with a file."""
    own = {"train_model", "predict_votes", "compute_heatmaps", "measure_lengths"}
    jobs = finished.plan("only_xception_tiny", "--forcerun", "train_model", *TINY)
    assert jobs == dict.fromkeys(own, 2)
    model = "results/vgg16_tiny/run2/model.keras"
    again = ("only_vgg16_tiny", "--forcerun", model, *TINY)
    assert finished.plan(*again) == dict.fromkeys(own, 1)
    made = finished.planned_outputs(*again)
    assert {tuple(name.split("/")[1:3]) for name in made} == {("vgg16_tiny", "run2")}


FIGURES_OF_LENGTHS = {
    "plot_bar_lengths",
    "plot_correlations",
    "plot_isolated_bars",
    "plot_overview",
    "plot_dilution",
    "plot_examples",
    "plot_importance",
    "plot_scores",
    "plot_truth",
}
# Which galaxies are shown follows from their lengths, and so do their class heat maps.
FROM_CALIBRATION = {
    "calibrate_lengths",
    "calibrate_networks",
    "estimate_lengths",
    "tabulate_lengths",
    "measure_importance",
    "select_examples",
    "write_front_page",
    "export_bundle",
    "make_gallery",
    "score_estimators",
    "score_truth",
    "select_galaxies",
    "compute_class_heatmaps",
    "plot_class_heatmaps",
    *FIGURES_OF_LENGTHS,
}
# The best setting stands in where there is no calibration.
FROM_CHOICE = {"choose_setting", "estimate_errors", "draw_sheets", *FROM_CALIBRATION}
# The best setting of each kind of map is that of the checks.
JUDGED = {"score_heatmap_checks", "judge_heatmaps", "plot_heatmap_checks"}
FROM_CORRELATIONS = {"correlate_lengths", *FROM_CHOICE, *JUDGED}
FROM_LENGTHS = {"measure_lengths", *FROM_CORRELATIONS}
# The criteria measure images as well.
FROM_CRITERIA = {"measure_images", "choose_for_images", *FROM_LENGTHS}
FROM_MAPS = {
    "compute_heatmaps",
    "check_heatmaps",
    "plot_misclassified",
    *FROM_LENGTHS,
}
FROM_SPLITS = {
    "split_catalogue",
    "train_control",
    "plot_learning_curves",
    "check_heatmaps",
    "choose_for_images",
    *FROM_CORRELATIONS,
}


# Scores, and all that shows them.
FROM_SCORES = {
    "score_estimators",
    "score_truth",
    "export_bundle",
    "plot_scores",
    "plot_dilution",
    "plot_overview",
    "plot_bar_lengths",
    "plot_truth",
    "plot_correlations",
    "write_front_page",
}
FROM_ELLIPSES = {"measure_ellipses", *FROM_SCORES}
FROM_IMAGES = {"measure_images", "choose_for_images", *FROM_SCORES}


SCAN = "lengths/criteria/threshold_scan"


@pytest.mark.parametrize(
    ("module", "old", "new", "rerun"),
    [
        (
            "lengths/criteria/threshold_scan.py",
            'threshold, side="right")',
            'threshold, side="left")',
            FROM_CRITERIA,
        ),
        ("attribution/smoothgrad.py", "signed / covered", "signed * covered", FROM_MAPS),
        ("attribution/methods/record.py", '("kinds", *self', '("kinds", "seed", *self', FROM_MAPS),
        ("attribution/methods/smoothgrad.py", '"antithetic",', "", FROM_MAPS),
        ("calibration/candidates.py", "_TREES = 200", "_TREES = 300", FROM_CALIBRATION),
        ("catalogues/splits.py", "rank >= n - tested", "rank > n - tested", FROM_SPLITS),
        (
            "catalogues/build.py",
            'usable[["galaxy_id", "id", "image", "redshift"',
            'usable[["id", "image", "redshift"',
            set(),
        ),
        (
            "heatmap_checks/random_weights.py",
            "round((1 - share)",
            "int((1 - share)",
            {"check_heatmaps", *JUDGED},
        ),
        ("heatmap_checks/measures.py", "mask > 0.5", "mask > 0.6", JUDGED),
        (
            "heatmap_checks/verdicts.py",
            "MOST_SIMILAR = 0.5",
            "MOST_SIMILAR = 0.4",
            JUDGED - {"score_heatmap_checks"},
        ),
        (
            "rivals/bar_ends.py",
            "FALL, TURN = 0.1",
            "FALL, TURN = 0.2",
            {"measure_ellipses", *FROM_SCORES},
        ),
        ("rivals/image_lengths.py", "grey - sky, 0", "grey, 0", FROM_IMAGES),
        ("lengths/preparation.py", "import numpy as np", "# A comment.\nimport numpy as np", set()),
        ("io/job_log.py", "import time", "import time\n\nEDITED = 1", set()),
        ("__init__.py", '__version__ = "', '__version__ = "9', set()),
    ],
)
def test_an_edit_of_the_library_reruns_what_it_feeds(finished, module, old, new, rerun):
    restore = finished.edit(f"workflow/scripts/galbar/{module}", old, new)
    try:
        jobs = finished.plan(*TINY)
    finally:
        restore()
    assert set(jobs) == rerun


@pytest.mark.parametrize(
    ("section", "key", "value", "rerun"),
    [
        ("catalogue", "validation_split", 0.5, FROM_SPLITS),
        # No heat map and no length.
        ("calibration", "models", ["vgg16_tiny"], FROM_CORRELATIONS),
        ("calibration", "kinds", ["absolute"], FROM_CORRELATIONS),
        ("checks", "random_networks", 3, {"check_heatmaps", *JUDGED}),
        ("calibration", "methods", ["smoothgrad"], FROM_CORRELATIONS),
        # Keys of methods that are not used: only the configuration that a bundle holds.
        ("heatmaps", "integration_steps", 7, {"export_bundle"}),
        ("heatmaps", "baseline_blur", 2.5, {"export_bundle"}),
        ("figures", "dpi", 61, "figures"),
        ("figures", "misclassified_galaxies", 2, "class heat maps"),
    ],
)
def test_a_setting_reruns_what_it_changes(finished, section, key, value, rerun):
    config = yaml.safe_load((finished.folder / "tests/config/tiny.yaml").read_text())
    config.setdefault(section, {})[key] = value
    (finished.folder / "changed.yaml").write_text(yaml.safe_dump(config))
    jobs = finished.plan("--configfile", "changed.yaml")
    assert jobs
    if rerun == "figures":
        # The first page of the report holds one of them.
        assert set(jobs) == plots(jobs) | {"write_front_page"}
    elif rerun == "class heat maps":
        shown = {"select_galaxies", "compute_class_heatmaps", "plot_misclassified"}
        assert set(jobs) == shown
    else:
        assert set(jobs) == rerun


def test_what_is_done_without_a_gpu_reruns_nothing(finished):
    config = yaml.safe_load((finished.folder / "tests/config/tiny.yaml").read_text())
    config["devices"]["without_gpu"] = "fail"
    (finished.folder / "changed.yaml").write_text(yaml.safe_dump(config))
    assert finished.plan("--configfile", "changed.yaml") == {}


def test_a_module_that_moves_reruns_nothing(finished):
    library = finished.folder / "workflow/scripts/galbar"
    name = "galbar.lengths.geometry"
    users = [path for path in sorted(library.rglob("*.py")) if f"from {name} " in path.read_text()]
    moved = (library / "lengths/geometry.py").rename(library / "lengths/shapes.py")
    edits = [finished.edit(path, name, "galbar.lengths.shapes") for path in users]
    edits.append(finished.edit(library / "lengths/__init__.py", '"geometry"', '"shapes"'))
    try:
        jobs = finished.plan(*TINY)
    finally:
        moved.rename(library / "lengths/geometry.py")
        for restore in edits:
            restore()
    assert jobs == {}


def test_an_edit_of_the_figures_draws_only(finished):
    restore = finished.edit("workflow/scripts/galbar/figures/style.py", "84 / 25.4", "85 / 25.4")
    try:
        jobs = finished.plan(*TINY)
    finally:
        restore()
    assert jobs
    assert set(jobs) == plots(jobs)


def configure_own(workflow, **calibration):
    """Write a configuration with the catalogue "mine"; the arguments that ask for its lengths."""
    config = yaml.safe_load((workflow.folder / "tests/config/tiny.yaml").read_text())
    mine = {"name": "mine", "table": "own.csv", "images": "results/survey"}
    config["catalogues"] = [mine | {"geometry": "galaxy_zoo"}]
    config["calibration"] = calibration
    (workflow.folder / "own.yaml").write_text(yaml.safe_dump(config))
    return "results/barlengths_mine.csv", "--configfile", "own.yaml"


def test_methods_with_other_kinds_stand_beside_those_that_are_there(own_copy):
    """Grad-CAM has one of the two kinds; no map of SmoothGrad is computed again."""
    config = yaml.safe_load((own_copy.folder / "tests/config/tiny.yaml").read_text())
    config["heatmaps"] |= {"methods": ["smoothgrad", "gradcam", "occlusion"]}
    config["heatmaps"] |= {"kinds": ["absolute", "gradient_input"], "occlusion_patch": 32}
    config["calibration"] = {"methods": ["smoothgrad"]}
    (own_copy.folder / "methods.yaml").write_text(yaml.safe_dump(config))
    jobs = own_copy.plan("--configfile", "methods.yaml")
    # Two methods, two networks and their average, two runs.
    assert jobs["compute_heatmaps"] == 2 * 2 * 2
    assert jobs["measure_lengths"] == 2 * 3 * 2
    assert not {"train_model", "train_control"} & set(jobs)
    average = "results/averageheatmaps/run1/barlengths/hoyle/gradcam.h5"
    own_copy.run(average, "--configfile", "methods.yaml")
    with h5py.File(own_copy.folder / average) as store:
        assert store.attrs["attribution"] == "gradcam"
        # Of the settings those that the method has, the symmetries among them.
        assert store.attrs["symmetries"]
        assert np.isnan([store.attrs[key] for key in ("smooth_noise", "smooth_samples")]).all()
        assert "occlusion_patch" not in store.attrs
        settings = json.loads(store.attrs["settings"])
    assert {setting["kind"] for setting in settings} == {"absolute"}
    with h5py.File(own_copy.folder / average.replace("gradcam", "noise0.1")) as store:
        both = json.loads(store.attrs["settings"])
    assert {setting["kind"] for setting in both} == {"absolute", "gradient_input"}


def test_own_galaxies_are_measured_with_what_is_selected(own_copy):
    """The first galaxies of the survey as a user's own."""
    results = own_copy.folder / "results"
    survey = pd.read_csv(results / "catalogues/hoyle.csv").head(3)
    own = survey.assign(galaxy_id=[7, 8, 9])[["galaxy_id", "image", "redshift", "petror90_r"]]
    own.to_csv(own_copy.folder / "own.csv", index=False)
    selection = {"models": ["xception_tiny"], "kinds": ["absolute"], "criteria": ["level"]}
    selection |= {"xinput": [True]}
    mine = configure_own(own_copy, **selection)
    # The lengths of the survey are there; only the choice and the calibration look at them again.
    steps = {"correlate_lengths", "choose_setting", "estimate_errors", "calibrate_lengths"}
    steps |= {"prepare_own_catalogue", "estimate_lengths", "tabulate_lengths"}
    steps |= {"predict_own_votes"}
    maps = {"compute_heatmaps": 2, "measure_lengths": 2}
    assert own_copy.plan(*mine) == {**dict.fromkeys(steps, 1), **maps}
    own_copy.run(*mine)
    for run in (1, 2):
        with h5py.File(results / f"xception_tiny/run{run}/heatmaps/mine/noise0.1.h5") as store:
            assert set(store) == {"galaxy_id", "absolute", "mc_error"}
        with h5py.File(results / f"xception_tiny/run{run}/barlengths/mine/noise0.1.h5") as store:
            settings = json.loads(store.attrs["settings"])
        used = {(each["criterion"], each["kind"], each["xinput"]) for each in settings}
        assert used == {("level", "absolute", True)}
    lengths = pd.read_csv(results / "barlengths_mine.csv")
    assert lengths["galaxy_id"].tolist() == [7, 8, 9]
    assert lengths["length_px"].between(0, 424 * 0.3019 * 1.5).any()
    # 0.02 petroR90 to the pixel; the redshift of the table gives kpc/h.
    measured = lengths.dropna(subset=["length_px"])
    assert (measured["length_arcsec"] / measured["length_px"]).between(0.05, 1).all()
    assert measured["length_kpc_h"].notna().all()
    # Its eight galaxies with known lengths are too few to calibrate.
    chosen = json.loads((results / "chosen_setting.json").read_text())["within_calibration"]
    assert (chosen["model"], chosen["setting"]["criterion"]) == ("xception_tiny", "level")
    np.testing.assert_array_equal(lengths["length_px"], lengths["length_px_setting"])
    assert lengths["run_difference_px"].notna().tolist() == lengths["length_px"].notna().tolist()
    assert lengths["length_px_published"].isna().all()
    assert own_copy.plan(*mine) == {}
    # Further selections: what is new in them, and none of the survey's own maps and lengths.
    steps -= {"prepare_own_catalogue", "predict_own_votes"}
    more = {**selection, "criteria": ["level", "elongation"]}
    jobs = own_copy.plan(*configure_own(own_copy, **more))
    assert jobs == {**dict.fromkeys(steps, 1), "measure_lengths": 2}
    more = {**selection, "models": []}
    assert own_copy.plan(*configure_own(own_copy, **more)) == {**dict.fromkeys(steps, 1), **maps}
    made = own_copy.planned_outputs(*configure_own(own_copy, **more))
    assert not [name for name in made if "/hoyle/" in name or "xception_tiny" in name]


def test_without_a_gpu_a_job_fails_where_it_must(finished):
    config = yaml.safe_load((finished.folder / "tests/config/tiny.yaml").read_text())
    config["devices"]["without_gpu"] = "fail"
    config["heatmaps"]["smooth_noise"] = [0.1, 0.3]
    (finished.folder / "gpu.yaml").write_text(yaml.safe_dump(config))
    target = "results/vgg16_tiny/run1/heatmaps/hoyle/noise0.3.h5"
    done = finished.run(target, "--configfile", "gpu.yaml", check=False)
    assert done.returncode == 1
    assert not (finished.folder / target).exists()
    log = "logs/compute_heatmaps/vgg16_tiny_run1_hoyle_noise0.3.log"
    assert "RuntimeError: no GPU on" in (finished.folder / "results" / log).read_text()


def test_what_a_user_has_set_for_other_work_changes_nothing(finished, tmp_path, monkeypatch):
    """A training, its heat maps and a figure, to the last bit."""
    names = "results/vgg16_tiny/run2/heatmaps/hoyle/noise0.1.h5", "results/figures/scores.png"
    files = [finished.folder / name for name in names]
    with h5py.File(files[0]) as store:
        before = store["absolute"][()]
    drawn = files[1].read_bytes()
    settings = {"floatx": "float16", "epsilon": 0.1, "image_data_format": "channels_first"}
    (tmp_path / "keras.json").write_text(json.dumps({**settings, "backend": "jax"}))
    style = "text.usetex: True\nfigure.facecolor: black\nsavefig.bbox: tight\naxes.grid: True\n"
    for folder in (tmp_path, finished.folder):
        (folder / "matplotlibrc").write_text(style)
    foreign = {"KERAS_HOME": tmp_path, "MATPLOTLIBRC": tmp_path / "matplotlibrc"}
    foreign |= {"MPLBACKEND": "module://matplotlib_inline.backend_inline", "KERAS_MAX_EPOCHS": 0}
    foreign |= {"TF_USE_LEGACY_KERAS": 1, "TF_XLA_FLAGS": "--tf_xla_auto_jit=2"}
    for name, value in foreign.items():
        monkeypatch.setenv(name, str(value))
    finished.run(names[1], *TINY, "--forcerun", "plot_scores")
    rules = ("train_model", "compute_heatmaps")
    # Bits are equal at equal numbers of threads.
    threads = (f"{rule}=1" for rule in rules)
    finished.run(names[0], *TINY, "--forcerun", *rules, "--set-threads", *threads)
    log = (finished.folder / "results/logs/train_model/vgg16_tiny_run2.log").read_text()
    assert "KERAS_MAX_EPOCHS" in log
    with h5py.File(files[0]) as store:
        np.testing.assert_array_equal(store["absolute"][()], before)
    assert files[1].read_bytes() == drawn


def test_heat_maps_are_deleted_where_they_are_not_kept(finished):
    config = yaml.safe_load((finished.folder / "tests/config/tiny.yaml").read_text())
    config["heatmaps"] |= {"smooth_noise": [0.1, 0.4], "keep": False, "galaxies_per_job": 12}
    (finished.folder / "gone.yaml").write_text(yaml.safe_dump(config))
    folder = finished.folder / "results/averageheatmaps/run1"
    arguments = ("results/averageheatmaps/run1/barlengths/hoyle/noise0.4.h5",)
    finished.run(*arguments, "--configfile", "gone.yaml")
    with h5py.File(folder / "barlengths/hoyle/noise0.4.h5") as store:
        assert np.isfinite(store["length"][:]).sum() > 24
    assert not list((folder.parent.parent).glob("*/run1/heatmaps/hoyle/noise0.4/*.h5"))
    # What is gone is not computed again.
    assert finished.plan(*arguments, "--configfile", "gone.yaml") == {}
    # Not in shards any more: the file that joined them is not taken for one of its own.
    config["heatmaps"]["galaxies_per_job"] = 24
    (finished.folder / "whole.yaml").write_text(yaml.safe_dump(config))
    jobs = finished.plan(*arguments, "--configfile", "whole.yaml")
    assert jobs == {"compute_heatmaps": 2, "measure_lengths": 1}


def test_planned_and_watched_heat_maps(finished):
    """Every option at once: a batch that fits, another precision, pairs, errors, shards."""
    config = yaml.safe_load((finished.folder / "tests/config/tiny.yaml").read_text())
    level = {"criterion": "level", "level_fraction": 0.5}
    config["heatmaps"] |= {
        **{"smooth_noise": [0.1, 0.5], "batch_size": "auto", "precision": "bfloat16"},
        **{"antithetic": True, "smooth_samples": 32},
        **{"watched_lengths": [level], "galaxies_per_job": 12},
    }
    (finished.folder / "watched.yaml").write_text(yaml.safe_dump(config))
    models = ("vgg16_tiny", "xception_tiny")
    targets = [f"results/{model}/run1/barlengths/hoyle/noise0.5.h5" for model in models]
    finished.run(*targets, "--configfile", "watched.yaml")
    results = finished.folder / "results"
    for model in models:
        plan = json.loads((results / model / "run1/heatmap_plan.json").read_text())
        # Pairs in eight orientations: groups of 16.
        assert plan["batch_size"] == 16
        checks = json.loads((results / model / "run1/heatmap_plan_checks.json").read_text())
        assert len(checks["checks"]) == 3 * 2
        shards = sorted((results / model / "run1/heatmaps/hoyle/noise0.5").glob("*-of-2.h5"))
        assert len(shards) == 2
        for path in shards:
            with h5py.File(path) as store:
                assert store.attrs["precision"] == plan["precision"]
                assert store.attrs["batch_size"] == 16
                # All but those of maps that cannot be measured.
                assert np.isfinite(store["mc_error"][:, 0]).sum() >= 6
    groups = group_barlengths(finished.folder / target for target in targets)
    ids = pd.read_csv(results / "catalogues/hoyle.csv")["galaxy_id"].to_numpy()
    average = {"model": "averagemeasurements", "attribution": "smoothgrad", "smooth_noise": 0.5}
    settings, length = mean_lengths(groups["averagemeasurements", MapSet.of(average)], ids)
    assert length.shape == (24, len(settings))
    watched = {"kind": "absolute", "xinput": False, "smoothing": 0.0, **level}
    for setting in settings:
        choice = average | {"setting": setting}
        (error,) = measurements_of_setting(groups, choice, ids, ["mc_error"])
        assert error.shape == (1, 24)
        assert np.isfinite(error).any() == (watched.items() <= setting.items())
