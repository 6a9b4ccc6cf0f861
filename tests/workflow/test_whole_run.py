"""The tiny survey runs to its end; what a change then makes Snakemake do again."""

import json

import h5py
import pandas as pd
import pytest
import yaml

from galbar.votes import VOTE_COLUMNS

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
    for model in ("vgg16_tiny", "xception_tiny", "averageheatmaps"):
        with h5py.File(results / f"{model}/run2/heatmaps/hoyle/noise0.1.h5") as store:
            assert store["galaxy_id"][:].tolist() == catalogue["galaxy_id"].tolist()
            assert store["absolute"].shape == (24, 32, 32)


def test_no_galaxy_is_lost_on_the_way(results):
    catalogue = pd.read_csv(results / "catalogues/hoyle.csv")
    lengths = pd.read_csv(results / "barlengths_hoyle.csv")
    control = pd.read_csv(results / "control/predictions.csv")
    assert len(catalogue) == 24
    assert set(lengths["galaxy_id"]) == set(control["galaxy_id"]) == set(catalogue["galaxy_id"])


def test_the_choice_is_the_best_of_the_validation_table(results):
    table = pd.read_csv(results / "barlength_correlations_val.csv")
    published = ["model", "smooth_noise", "corr_threshold", "len_threshold", "xinput"]
    assert table.columns[:6].tolist() == [*published, "correlation"]
    chosen = json.loads((results / "chosen_method.json").read_text())
    best = table.loc[table["r_scaled"].idxmax()]
    assert chosen["r_scaled"] == pytest.approx(best["r_scaled"], abs=1e-9)
    assert table["chosen"].sum() == 1
    assert bool(best["chosen"])
    test = pd.read_csv(results / "barlength_correlations_test.csv")
    assert test["chosen"].sum() == 1
    assert test.loc[test["chosen"], "model"].item() == chosen["model"]


def test_every_figure_is_there(results):
    for path in (results / "figures").glob("*.png"):
        assert path.read_bytes().startswith(b"\x89PNG")
        assert path.with_suffix(".pdf").read_bytes().startswith(b"%PDF")
    assert len(list((results / "figures").glob("*.png"))) == 13


def test_the_report_is_one_file(finished):
    finished.run(*TINY, "--report", "report.html")
    report = (finished.folder / "report.html").read_text()
    assert "bar_lengths_test.png" in report
    assert "scores.csv" in report


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


def test_a_figure_setting_draws_figures_only(finished):
    config = yaml.safe_load((finished.folder / "tests/config/tiny.yaml").read_text())
    config["figures"]["dpi"] = 61
    (finished.folder / "dpi.yaml").write_text(yaml.safe_dump(config))
    jobs = finished.plan("--configfile", "dpi.yaml")
    assert jobs
    assert set(jobs) == plots(jobs)


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


@pytest.mark.parametrize(
    ("module", "old", "new", "rerun", "left"),
    [
        (
            "masks.py",
            "import numpy as np",
            "import numpy as np\n\nEDITED = 1",
            {"measure_lengths", "average_lengths", "correlate_lengths", "plot_isolated_bars"},
            TRAININGS | {"predict_votes", "compute_heatmaps", "average_heatmaps"},
        ),
        (
            "saliency.py",
            "import tensorflow as tf",
            "import tensorflow as tf\n\nEDITED = 1",
            {"compute_heatmaps", "compute_class_heatmaps", "average_heatmaps", "measure_lengths"},
            TRAININGS | {"predict_votes", "score_predictions", "plot_learning_curves"},
        ),
        (
            "vote_scores.py",
            "import numpy as np",
            "import numpy as np\n\nEDITED = 1",
            {"average_predictions", "score_predictions"},
            TRAININGS | {"predict_votes", "compute_heatmaps", "measure_lengths", "plot_truth"},
        ),
        ("masks.py", "import numpy as np", "# A comment.\nimport numpy as np", set(), set()),
        ("runlog.py", "import time", "import time\n\nEDITED = 1", set(), set()),
    ],
)
def test_an_edit_of_the_library_reruns_what_it_feeds(finished, module, old, new, rerun, left):
    restore = finished.edit(f"workflow/scripts/galbar/{module}", old, new)
    try:
        jobs = finished.plan(*TINY)
    finally:
        restore()
    assert rerun <= set(jobs)
    assert not left & set(jobs)
    if not rerun:
        assert jobs == {}


def test_an_edit_of_the_figures_draws_only(finished):
    restore = finished.edit(
        "workflow/scripts/galbar/figure_style.py", "import", "EDITED = 1\nimport"
    )
    try:
        jobs = finished.plan(*TINY)
    finally:
        restore()
    assert jobs
    assert set(jobs) == plots(jobs)
