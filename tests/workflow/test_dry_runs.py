"""What a dry run of the published configuration plans, and what stops it."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections import Counter

import pytest
import yaml

from galbar.catalogues.decision_tree import VOTE_COLUMNS

HEADERS = {
    "training_solutions_rev1.csv": ["GalaxyID", *VOTE_COLUMNS],
    "gz2sample.csv": ["OBJID", "RA", "PETROR90_R", "REDSHIFT"],
    "gz2_filename_mapping.csv": ["objid", "sample", "asset_id"],
    "hoyle_barlengths.csv": [
        *("objid", "ra", "dec", "length_avg", "length_stdev", "width_avg", "width_stdev"),
        *("length_scaled", "bar_meas"),
    ],
}


# An attribution method that does not look at the network.
CENTRE = """
from galbar.attribution.methods.record import AttributionMethod


def make(network, kinds):
    raise NotImplementedError


CENTRE = AttributionMethod(
    name="centre",
    label="centre",
    description="a bright middle",
    constructor="galbar.attribution.methods.centre:make",
    kinds=("absolute",),
)
"""


@pytest.fixture
def data(workflow):
    """Make a data directory of tables that hold next to nothing: a dry run reads their headers."""
    folder = workflow.folder / "data"
    for images in ("images_training_rev1", "images_test_rev1/images", "images_gz2/images"):
        (folder / images).mkdir(parents=True)
        (folder / images / "1.jpg").touch()
    for name, header in HEADERS.items():
        with open(folder / name, "w", newline="") as file:
            csv.writer(file).writerow(header)
    with open(folder / "hoyle_barlengths.csv", "a", newline="") as file:
        csv.writer(file).writerows([[objid] + 8 * [1] for objid in range(1, 11)])
    return folder


@pytest.fixture
def stopped(workflow):
    """Run a dry run that must fail; its output."""

    def run(*arguments):
        done = workflow.run("--dry-run", *arguments, check=False)
        assert done.returncode == 1
        assert "Job stats" not in done.stdout
        return done.stdout + done.stderr

    return run


DUMMY = """

rule plot_dummy:
    output:
        png="results/figures/dummy_{colour}.png",
        pdf="results/figures/dummy_{colour}.pdf",
    wildcard_constraints:
        colour="red|blue",
    shell:
        "touch {output}"
"""


def test_every_rule_of_a_figure_is_asked_for(workflow):
    """A simulated survey has every figure; a new one needs its rule and nothing else."""
    rules = workflow.folder / "workflow/rules/figures_scores.smk"
    rules.write_text(rules.read_text() + DUMMY)
    tiny = ("--configfile", "tests/config/tiny.yaml")
    names = workflow.run(*tiny, "--list-rules").stdout.split()
    lines = workflow.run(*tiny, "--summary", "all_figures").stdout.splitlines()
    rows = [line.split("\t") for line in lines if line.startswith("results/figures/")]
    made = {row[0]: row[2] for row in rows if row[0].endswith((".png", ".pdf"))}
    assert set(made.values()) == {name for name in names if name.startswith("plot_")}
    assert len(set(made.values())) >= 11
    expected = {
        "plot_dummy": ("dummy_red", "dummy_blue"),
        "plot_class_heatmaps": ("class_heatmaps", "class_heatmaps_appendix"),
        "plot_bar_lengths": ("bar_lengths_common", "bar_lengths_test"),
    }
    for rule, figures in expected.items():
        paths = {f"results/figures/{name}.{form}" for name in figures for form in ("png", "pdf")}
        assert {path for path in made if made[path] == rule} == paths


@pytest.mark.usefixtures("data")
class TestPublished:
    def test_the_whole_workflow(self, workflow):
        jobs = workflow.plan()
        assert "simulate_survey" not in jobs
        assert "plot_truth" not in jobs
        assert jobs["fetch_weights"] == 3
        assert jobs["train_model"] == jobs["predict_votes"] == 3 * 2
        assert jobs["compute_heatmaps"] == 3 * 2
        assert jobs["measure_lengths"] == 4 * 2
        # Of both the training and the test set.
        assert jobs["average_predictions"] == 2
        # A catalogue of one shard is one file.
        assert not {"join_heatmaps", "join_lengths"} & set(jobs)
        assert jobs["train_control"] == 1
        assert jobs["decode_images"] == 3
        # Of the bar catalogue, whatever the networks are.
        assert jobs["measure_ellipses"] == jobs["measure_images"] == jobs["choose_for_images"] == 1
        assert "read_external" not in jobs
        # Of each network, and of the average where maps suffice; no masks, no localisation.
        assert (jobs["check_heatmaps"], jobs["score_heatmap_checks"]) == (3, 4)
        assert jobs["plot_heatmap_checks"] == 3

    def test_checks_may_be_left_out(self, workflow):
        (workflow.folder / "without.yaml").write_text("checks: {galaxies: 0}")
        jobs = Counter(workflow.plan("--configfile", "without.yaml"))
        left_out = {"check_heatmaps": 3, "score_heatmap_checks": 4, "judge_heatmaps": 1}
        assert Counter(workflow.plan()) - jobs == left_out | {"plot_heatmap_checks": 3}

    def test_masks_of_a_user_show_where_the_bars_are(self, workflow):
        (workflow.folder / "masks.csv").write_text("galaxy_id,mask\n5,bars/5.png\n")
        (workflow.folder / "bars").mkdir()
        (workflow.folder / "bars/5.png").touch()
        (workflow.folder / "masked.yaml").write_text("checks: {masks: masks.csv}")
        masked = ("--configfile", "masked.yaml")
        assert workflow.plan(*masked)["plot_heatmap_checks"] == 4
        made = workflow.planned_outputs(*masked)
        assert "results/figures/checks_localisation.png" in made

    def test_missing_masks_are_named(self, workflow, stopped):
        (workflow.folder / "masked.yaml").write_text("checks: {masks: none.csv}")
        assert "checks.masks: none.csv: " in stopped("--configfile", "masked.yaml")
        (workflow.folder / "none.csv").write_text("galaxy_id,picture\n")
        assert "missing columns mask" in stopped("--configfile", "masked.yaml")
        (workflow.folder / "none.csv").write_text("galaxy_id,mask\n5,bars/5.png\n")
        assert "bars/5.png" in stopped("--configfile", "masked.yaml")

    def test_isophotes_may_be_left_out(self, workflow):
        (workflow.folder / "without.yaml").write_text("scores: {isophotes: false}")
        jobs = Counter(workflow.plan("--configfile", "without.yaml"))
        assert Counter(workflow.plan()) - jobs == {"measure_ellipses": 1}

    def test_lengths_by_other_methods_are_one_job_each(self, workflow):
        entries = [{"name": name, "table": "other.csv"} for name in ("volunteers", "masks")]
        text = yaml.safe_dump({"scores": {"external": entries}})
        (workflow.folder / "external.yaml").write_text(text)
        (workflow.folder / "other.csv").write_text("objid,length_kpc\n1,5\n")
        jobs = Counter(workflow.plan("--configfile", "external.yaml"))
        assert jobs - Counter(workflow.plan()) == {"read_external": 2}
        (workflow.folder / "other.csv").write_text("objid,bar\n1,5\n")
        done = workflow.run("--dry-run", "--configfile", "external.yaml", check=False)
        assert done.returncode == 1
        assert "other.csv: missing columns, expected one of length_px" in done.stdout + done.stderr

    def test_the_shim_of_the_catalogue_plans_the_same(self, workflow):
        assert workflow.plan("--snakefile", "workflow/Snakefile") == workflow.plan()

    def test_one_model_by_its_target(self, workflow):
        jobs = workflow.plan("only_xception")
        assert jobs["train_model"] == jobs["compute_heatmaps"] == jobs["measure_lengths"] == 2
        assert jobs["fetch_weights"] == 1
        made = workflow.planned_outputs("only_xception")
        assert not [name for name in made if "vgg16" in name or "resnet50v2" in name]

    def test_one_model_by_configuration(self, workflow):
        jobs = workflow.plan("--config", "selected_models=vgg16")
        assert jobs["train_model"] == 2
        # The control remains: a second network's weights.
        assert jobs["fetch_weights"] == 2

    def test_noise_levels_multiply_the_heat_maps(self, workflow):
        jobs = workflow.plan("--config", 'heatmaps={"smooth_noise": [0.1, 0.25]}')
        assert jobs["compute_heatmaps"] == 3 * 2 * 2
        assert jobs["train_model"] == 3 * 2

    def test_methods_stand_side_by_side(self, workflow):
        methods = 'heatmaps={"methods": ["smoothgrad", "tf_keras_vis_smoothgrad"]}'
        one, two = workflow.plan("all_lengths"), workflow.plan("all_lengths", "--config", methods)
        doubled = {"compute_heatmaps", "measure_lengths"}
        assert two == {job: one[job] * (2 if job in doubled else 1) for job in one}

    def test_own_catalogues_have_the_maps_of_the_selected_methods(self, workflow, tmp_path):
        """Those that have one of the selected kinds: Grad-CAM has no signed maps."""
        methods = {
            "methods": ["smoothgrad", "gradcam", "gradient"],
            "kinds": ["absolute", "signed"],
        }
        config = {"heatmaps": methods, "calibration": {"kinds": ["signed"]}}
        own = table_of(tmp_path / "own.csv", 3)
        for selected, expected in (
            ([], {"noise0.1", "gradient"}),
            (["smoothgrad", "gradcam"], {"noise0.1"}),
            (["gradient"], {"gradient"}),
        ):
            config["calibration"]["methods"] = selected
            (workflow.folder / "methods.yaml").write_text(yaml.safe_dump(config))
            arguments = ("all_lengths", "--configfile", "methods.yaml", "--config", own)
            made = workflow.planned_outputs(*arguments)
            folder = "results/vgg16/run1/barlengths/own/"
            files = {name.removeprefix(folder) for name in made if name.startswith(folder)}
            assert files == {f"{maps}.h5" for maps in expected}

    def test_a_new_method_is_a_module_and_a_line(self, workflow):
        """Once without noise: it has one set of heat maps, called by its name."""
        folder = workflow.folder / "workflow/scripts/galbar/attribution/methods"
        (folder / "centre.py").write_text(CENTRE)
        registry = (folder / "registry.py").relative_to(workflow.folder)
        workflow.edit(registry, "        SMOOTHGRAD,", "        SMOOTHGRAD,\n        CENTRE,")
        imported = "from galbar.attribution.methods.centre import CENTRE\n"
        workflow.edit(registry, "from galbar", f"{imported}from galbar")
        settings = 'heatmaps={"methods": ["smoothgrad", "centre"], "smooth_noise": [0.1, 0.2]}'
        made = workflow.planned_outputs("all_heatmaps", "--config", settings)
        folder = "results/vgg16/run1/heatmaps/hoyle"
        maps_made = {name for name in made if name.startswith(folder)}
        assert maps_made == {f"{folder}/{maps}.h5" for maps in ("noise0.1", "noise0.2", "centre")}

    def test_a_plan_of_heat_maps_is_made_only_where_something_is_open(self, workflow):
        assert "plan_heatmaps" not in workflow.plan()
        for setting in ('{"batch_size": "auto"}', '{"precision": "bfloat16"}'):
            assert workflow.plan("--config", f"heatmaps={setting}")["plan_heatmaps"] == 3 * 2

    def test_models_of_the_released_code_are_not_trained(self, workflow):
        old = workflow.folder / "out"
        for run in (1, 2):
            (old / f"vgg16_{run}").mkdir(parents=True)
            (old / f"vgg16_{run}/model.h5").touch()
        models = (
            '[{"name": "vgg16", "architecture": "vgg16", "trained": "out/vgg16_{run}/model.h5"}]'
        )
        jobs = workflow.plan("--config", f"models={models}")
        assert jobs["import_model"] == 2
        assert "train_model" not in jobs

    def test_the_summary_tells_what_is_made_by_which_rule(self, workflow):
        lines = workflow.run("--summary").stdout.splitlines()
        rows = [line.split("\t") for line in lines if "\t" in line]
        assert rows[0][:3] == ["output_file", "date", "rule"]
        rules = {row[0]: row[2] for row in rows[1:]}
        assert rules["results/vgg16/run1/model.keras"] == "train_model"
        assert rules["results/scores.csv"] == "score_estimators"

    @pytest.mark.parametrize("picture", ["--rulegraph", "--dag"])
    def test_pictures_need_no_other_program(self, workflow, picture):
        text = workflow.run(picture, "mermaid-js").stdout
        names = dict(re.findall(r"(id\d+)\[(\w+)", text))
        edges = {
            (names[first], names[second])
            for first, second in re.findall(r"(id\d+) --> (id\d+)", text)
        }
        assert ("train_model", "compute_heatmaps") in edges
        assert ("compute_heatmaps", "measure_lengths") in edges
        models = list(names.values()).count("train_model")
        assert models == (1 if picture == "--rulegraph" else 6)

    @pytest.mark.parametrize("target", ["all_models", "all_heatmaps", "all_lengths", "all_figures"])
    def test_targets_plan_parts(self, workflow, target):
        jobs = set(workflow.plan(target))
        networks = {"prepare_training", "decode_images", "fetch_weights", "train_model"}
        maps = networks | {"prepare_catalogue", "compute_heatmaps"}
        votes = {"prepare_test", "predict_votes", "average_predictions", "score_predictions"}
        control = {"prepare_catalogue", "split_catalogue", "train_control"}
        lengths = {"measure_lengths", "correlate_lengths", "choose_setting"}
        lengths |= {"tabulate_lengths", "estimate_errors", "score_estimators"}
        lengths |= {"calibrate_lengths", "estimate_lengths", "calibrate_networks"}
        lengths |= {"measure_ellipses", "measure_images", "choose_for_images"}
        expected = {
            "all_models": networks | votes | control,
            "all_heatmaps": maps,
            "all_lengths": maps | control | lengths,
        }
        if target == "all_figures":
            bundle = {"measure_training_light", "export_bundle"}
            assert jobs == set(workflow.plan()) - bundle
        else:
            assert jobs == expected[target]


def table_of(path, galaxies, geometry="galaxy_zoo"):
    """Write a table of galaxies, and the folder of their images with the first of them."""
    with open(path, "w") as file:
        file.write("galaxy_id,image,redshift,petror90_r\n")
        file.writelines(f"{587722981736120347 + i},{i}.jpg,0.05,12.3\n" for i in range(galaxies))
    (path.parent / "images").mkdir()
    (path.parent / "images/0.jpg").touch()
    own = {"name": "own", "table": str(path), "images": str(path.parent / "images")}
    return f"catalogues={json.dumps([own | {'geometry': geometry}])}"


@pytest.mark.usefixtures("data")
def test_stamps_of_a_shard_are_a_job_and_the_galaxies_of_its_heat_maps(workflow, tmp_path):
    own = table_of(tmp_path / "own.csv", 25, "survey")
    config = "--config", own, 'heatmaps={"galaxies_per_job": 10}'
    jobs = workflow.plan("all_lengths", *config)
    assert jobs["make_stamps"] == 3
    once = ("read_own_table", "measure_training_light", "calibrate_colours", "collect_galaxies")
    assert [jobs[name] for name in once] == [1] * 4
    assert "prepare_own_catalogue" not in jobs
    assert jobs["compute_heatmaps"] == 3 * 2 * (1 + 3)
    made = workflow.planned_outputs("all_lengths", *config)
    stamps = {name for name in made if name.startswith("results/stamps/own/")}
    numbers = ("1-of-3", "2-of-3", "3-of-3")
    ends = (".h5", "_galaxies.csv", "_dropped.csv")
    assert stamps == {f"results/stamps/own/{number}{end}" for number in numbers for end in ends}
    # Another scale makes other stamps, and no training.
    changed = own.replace('"survey"', '"survey", "pixel_scale": 0.3')
    assert changed != own
    assert workflow.plan("all_models", "--config", changed, config[2]) == workflow.plan(
        "all_models", *config
    )


@pytest.mark.usefixtures("data")
def test_images_of_a_catalogue_are_downloaded_by_one_job(workflow, tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("id,ra,dec,petror90_r\n" + "".join(f"{i},{i},0,5\n" for i in range(25)))
    own = {"name": "own", "table": str(path), "images": {"survey": "legacy"}}
    config = ("--config", f"catalogues={json.dumps([own])}", 'heatmaps={"galaxies_per_job": 10}')
    jobs = workflow.plan("all_lengths", *config)
    assert (jobs["download_images"], jobs["make_stamps"]) == (1, 3)
    text = workflow.run("--dry-run", "all_lengths", *config).stdout
    inputs = re.findall(r"rule (?:make_stamps|calibrate_colours):\n +input: (\S+),", text)
    assert inputs == ["results/downloads/own.csv"] * 4
    # A folder of images in place of the service is no download.
    own["images"] = str(tmp_path)
    path.write_text("id,image\n1,a.fits\n")
    (tmp_path / "a.fits").touch()
    jobs = workflow.plan("all_lengths", "--config", f"catalogues={json.dumps([own])}")
    assert "download_images" not in jobs


@pytest.mark.usefixtures("data")
def test_galleries_are_of_the_catalogues_asked_for(workflow, tmp_path):
    own = table_of(tmp_path / "own.csv", 25, "survey")
    config = "--config", own, 'heatmaps={"galaxies_per_job": 10}'
    jobs = workflow.plan("all_figures", *config)
    assert jobs["make_gallery"] == 2
    # One shard of the catalogue of ten, three of the other.
    assert jobs["draw_sheets"] == 1 + 3
    made = workflow.planned_outputs("all_figures", *config)
    sheets = {name for name in made if name.startswith("results/gallery_sheets/own/")}
    ends = ("1-of-3", "2-of-3", "3-of-3")
    assert sheets == {f"results/gallery_sheets/own/{end}.zip" for end in ends}
    for names, expected in (("[own]", 1), ("[]", 0)):
        asked = (*config[:2], config[2], f"figures={{galleries: {names}}}")
        assert workflow.plan("all_figures", *asked).get("make_gallery", 0) == expected


@pytest.mark.usefixtures("data")
def test_galleries_keep_no_heat_map_that_is_to_be_deleted(workflow):
    """They would wait for the choice of the setting, all shards at once."""
    for keep, expected in (("true", True), ("false", False)):
        text = workflow.run(
            *("results/gallery/hoyle", "--dry-run", "--config", f"heatmaps={{keep: {keep}}}")
        ).stdout
        inputs = re.search(r"rule draw_sheets:\n +input: (.*)", text)[1]
        assert ("noise0.1.h5" in inputs) == expected


@pytest.mark.usefixtures("data")
def test_verdicts_are_an_input_of_the_table_of_lengths(workflow, tmp_path, stopped):
    own = table_of(tmp_path / "own.csv", 3)
    verdicts = tmp_path / "verdicts.csv"
    own = own.replace('"geometry"', f'"verdicts": "{verdicts}", "geometry"')
    text = stopped("all_lengths", "--config", own)
    assert "verdicts.csv: no such file, expected the verdicts of the catalogue of" in text
    verdicts.write_text("galaxy_id,verdict,note\n")
    text = workflow.run("all_lengths", "--dry-run", "--config", own).stdout
    assert re.search(r"rule tabulate_lengths:\n +input: .*verdicts\.csv", text)
    assert text.count("verdicts.csv") < 4


@pytest.mark.usefixtures("data")
def test_shards_are_jobs_of_their_own_and_joined_once(workflow, tmp_path):
    own = table_of(tmp_path / "own.csv", 25)
    config = "--config", own, 'heatmaps={"galaxies_per_job": 10}'
    assert workflow.plan("all_heatmaps", *config)["join_heatmaps"] == 3 * 2
    jobs = workflow.plan("all_lengths", *config)
    # One shard of the catalogue of ten, three of the other.
    assert jobs["compute_heatmaps"] == 3 * 2 * (1 + 3)
    # The average of heat maps is no part of the calibrated length.
    assert jobs["measure_lengths"] == 4 * 2 * 1 + 3 * 2 * 3
    # The catalogue of one shard is its file.
    assert jobs["join_lengths"] == 3 * 2
    assert "join_heatmaps" not in jobs
    assert jobs["train_model"] == 3 * 2
    made = workflow.planned_outputs("all_lengths", *config)
    shards = [name for name in made if name.startswith("results/vgg16/run1/heatmaps/own/")]
    folder = "results/vgg16/run1/heatmaps/own/noise0.1"
    assert sorted(shards) == [f"{folder}/{number}-of-3.h5" for number in (1, 2, 3)]
    whole = [name for name in made if name.startswith("results/vgg16/run1/heatmaps/hoyle")]
    assert whole == ["results/vgg16/run1/heatmaps/hoyle/noise0.1.h5"]
    lengths = [name for name in made if name.startswith("results/vgg16/run2/barlengths/")]
    folder = "results/vgg16/run2/barlengths"
    assert sorted(lengths) == [
        f"{folder}/hoyle/noise0.1.h5",
        f"{folder}/own/noise0.1.h5",
        *(f"{folder}/own/noise0.1/{number}-of-3.h5" for number in (1, 2, 3)),
    ]


def test_own_catalogues_compute_what_the_calibrated_length_is_made_of(workflow, tmp_path):
    """Two of them, of the demo, two runs and levels of noise: 85 jobs, or 17 of one network."""
    table_of(tmp_path / "own.csv", 385)
    entry = {"table": str(tmp_path / "own.csv"), "images": str(tmp_path / "images")}
    entry |= {"geometry": "galaxy_zoo"}
    own = {"catalogues": [{"name": name, **entry} for name in ("first", "second")]}
    selection = {"models": ["vgg16_compact"], "smooth_noise": [0.05]}
    selection |= {"kinds": ["absolute"], "criteria": ["level"], "looks": 0}
    selection |= {"methods": ["smoothgrad"]}
    noise = {"heatmaps": {"smooth_noise": [0.05, 0.1]}, "training": {"runs": 2}}
    noise |= {"calibration": {"looks": 0}}
    parts = {"noise": noise, "own": own, "selected": {"calibration": selection}}
    for name, part in parts.items():
        (workflow.folder / f"{name}.yaml").write_text(yaml.safe_dump(part))
    demo = ("--configfile", "config/demo.yaml", "noise.yaml")
    survey = Counter(workflow.plan(*demo))
    once = {"prepare_own_catalogue": 2, "estimate_lengths": 2, "tabulate_lengths": 2}
    once |= {"predict_own_votes": 2, "draw_sheets": 2, "make_gallery": 2}
    # Three networks in two runs, at two levels of noise and by a method without; no average.
    everything = Counter(workflow.plan(*demo, "own.yaml")) - survey
    assert everything == {**once, **dict.fromkeys(["compute_heatmaps", "measure_lengths"], 36)}
    selected = (*demo, "own.yaml", "selected.yaml")
    jobs = Counter(workflow.plan(*selected))
    assert jobs - survey == {**once, **dict.fromkeys(["compute_heatmaps", "measure_lengths"], 4)}
    # The survey itself has all of them.
    assert not survey - jobs
    parts = [f"run{run}/{part}" for run in (1, 2) for part in ("heatmaps", "barlengths")]
    expected = {f"results/vgg16_compact/{part}/first/noise0.05.h5" for part in parts}
    assert {name for name in workflow.planned_outputs(*selected) if "/first/" in name} == expected
    # A network outside the selection has nothing of them that belongs to it alone.
    for target, of_own in (("only_vgg16_compact", 8), ("only_xception_compact", 0)):
        made = workflow.planned_outputs(target, *selected)
        assert sum("/first/" in name or "/second/" in name for name in made) == of_own


def test_looks_are_measured_where_lengths_are_calibrated(workflow):
    """In the settings of the calibration, and nothing else is made of them."""
    demo = ("--configfile", "config/demo.yaml")
    (workflow.folder / "none.yaml").write_text("calibration: {looks: 0}\n")
    for name, looks in (("two", 2), ("shards", 0)):
        calibration = {"looks": looks, "models": ["vgg16_compact"], "methods": ["smoothgrad"]}
        config = {"calibration": calibration, "heatmaps": {"galaxies_per_job": 400}}
        (workflow.folder / f"{name}.yaml").write_text(yaml.safe_dump(config))
    jobs = {
        name: Counter(workflow.plan(*demo, f"{name}.yaml")) for name in ("none", "two", "shards")
    }
    # Of three networks, by two methods.
    of_look = dict.fromkeys(["compute_heatmaps", "measure_lengths"], 6)
    assert Counter(workflow.plan(*demo)) - jobs["none"] == {"draw_look": 1, **of_look}
    # Two looks of one network in two shards each.
    by_shard = dict.fromkeys(["draw_look", "compute_heatmaps", "measure_lengths"], 4)
    assert jobs["two"] - jobs["shards"] == {**by_shard, "join_lengths": 2}
    outputs = workflow.planned_outputs(*demo, "two.yaml")
    assert "results/stamps/look2/2-of-2.h5" in outputs
    assert "results/vgg16_compact/run1/heatmaps/look2/noise0.05/2-of-2.h5" in outputs


@pytest.mark.usefixtures("data")
def test_the_configuration_of_the_readme(workflow, root):
    readme = (root / "README.md").read_text()
    block = re.search(r"```yaml\n# million.yaml\n(.*?)```", readme, flags=re.DOTALL)[1]
    (workflow.folder / "million.yaml").write_text(block)
    (workflow.folder / "million.csv").write_text("galaxy_id,image\n1,1.jpg\n")
    with zipfile.ZipFile(workflow.folder / "million_images.zip", "w") as archive:
        archive.writestr("1.jpg", b"")
    jobs = workflow.plan("all_lengths", "--configfile", "million.yaml")
    assert jobs["plan_heatmaps"] == 3 * 2
    assert jobs["prepare_own_catalogue"] == 1
    assert jobs["compute_heatmaps"] == 3 * 2 * 2


@pytest.mark.usefixtures("data")
def test_a_million_galaxies(workflow, tmp_path):
    """The limits that a scheduler and a file system set: jobs, files, memory to plan them."""
    own = table_of(tmp_path / "own.csv", 1_000_000)
    noises = "heatmaps=" + '{"smooth_noise": [0.05, 0.1, 0.15, 0.2, 0.25]}'
    program = "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:]); "
    program += "print('peak', resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--dry-run", "--config"]
    done = subprocess.run(
        [sys.executable, "-c", program, *command, own, noises],
        cwd=workflow.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    jobs = int(re.search(r"^total +(\d+)$", done.stdout, flags=re.MULTILINE)[1])
    assert 100 * (3 + 3) * 2 * 5 < jobs < 6500
    made = {
        kind: sum(
            len(line.split(",")) for line in re.findall(rf"^ +{kind}: (.*)$", done.stdout, re.M)
        )
        for kind in ("output", "log", "benchmark")
    }
    assert made["output"] > 100 * (3 + 3) * 2 * 5
    # Snakemake keeps a file of its own for each output, SLURM a log for each job with a GPU.
    clustered = 101 * (3 + 3) * 2 * 5
    assert 2 * made["output"] + made["log"] + made["benchmark"] + clustered < 40_000
    assert int(re.search(r"^peak (\d+)$", done.stdout, re.M)[1]) * 1024 < 8e8


def test_only_the_scores_and_figures_of_a_survey_read_the_truth(root):
    # File by file: the next file's header is no part of a rule.
    texts = [path.read_text() for path in (root / "workflow/rules").glob("*.smk")]
    blocks = [
        block for text in texts for block in re.split(r"^ *rule ", text, flags=re.MULTILINE)[1:]
    ]
    readers = {
        block.split(":")[0] for block in blocks if "truth" in block.split(" output:")[0].lower()
    }
    # all_lengths asks for the scores against it, others draw them.
    assert readers == {
        *("score_truth", "plot_truth", "plot_scores", "plot_dilution", "all_lengths"),
        *("select_examples", "write_front_page", "export_bundle", "score_heatmap_checks"),
        "measure_length_bias",
    }


def test_gpu_rules_go_to_the_cluster_and_the_others_stay(root):
    files = [path for path in (root / "workflow/rules").glob("*.smk") if path.stem != "cluster"]
    text = "".join(path.read_text() for path in files)
    rules = {block.split(":")[0]: block for block in re.split(r"^ *rule ", text, flags=re.M)[1:]}
    gpu = {name for name, block in rules.items() if "gpu=1" in block}
    shardwise = {name for name, block in rules.items() if "localrule: not ON_CLUSTER" in block}
    assert shardwise == {
        "prepare_own_catalogue",
        "calibrate_colours",
        "make_stamps",
        "measure_lengths",
        "measure_ellipses",
        "measure_images",
        "draw_sheets",
    }
    assert all("get_scaled(" in rules[name] for name in shardwise)
    local = {name for name, block in rules.items() if "localrule: True" in block} | shardwise
    assert gpu == {
        *("train_model", "predict_votes", "compute_heatmaps", "compute_class_heatmaps"),
        *("train_control", "plan_heatmaps", "predict_own_votes", "check_heatmaps"),
    }
    # The profile's partition and GPU, what check_cluster asks for, and the guide know all of them.
    profile = yaml.safe_load((root / "profiles/slurm/config.yaml").read_text())
    requests = profile["set-resources"].items()
    assert {name for name, asked in requests if asked.get("gpu")} == gpu | {"report_gpu"}
    listed = re.search(r"^GPU_RULES = \((.*?)^\)", text, flags=re.M | re.S)[1]
    assert sorted(re.findall(r'"(\w+)"', listed)) == sorted(gpu)
    guide = (root / "docs/cluster.md").read_text()
    assert set(re.findall(r"^\| `(\w+)` \| job, GPU partition", guide, flags=re.M)) == gpu
    cpu = {"simulate_survey", "simulate_completeness", "decode_images"}
    assert set(rules) == gpu | local | cpu
    assert not gpu & local
    for name in gpu | cpu:
        assert "mem_mb=get_scaled(" in rules[name]
        assert "runtime=get_scaled(" in rules[name]
        assert "benchmark:" in rules[name]
        assert "conda:" in rules[name]
        assert "threads: 8" in rules[name]
    for name, block in rules.items():
        assert ("log:" in block) == ("script:" in block), name
    # None of them trains or computes heat maps on a CPU without being allowed to.
    for name in gpu:
        script = re.search(r"scripts/(\w+\.py)", rules[name])[1]
        text = (root / "workflow/scripts" / script).read_text()
        assert re.search(r"check_gpu\(.*without_gpu", text), script


@pytest.mark.usefixtures("data")
def test_a_further_run_trains_no_network_again(workflow):
    """Although the decoded images were deleted since then (docs/results.md)."""
    made = [f"results/catalogues/training{end}.csv" for end in ("", "_dropped")]
    made += ["results/images/training.json"]
    models = ("vgg16", "resnet50v2", "xception")
    made += [f"results/weights/{model}.weights.h5" for model in models]
    networks = [f"results/{model}/run{run}" for model in models for run in (1, 2, 3)]
    outputs = ("model.keras", "training_log.csv", "training_summary.json")
    made += [f"{path}/{name}" for path in networks if "run3" not in path for name in outputs]
    for seconds, name in enumerate(made, start=int(time.time()) - 100):
        path = workflow.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, (seconds, seconds))
    for path in (workflow.folder / "data").rglob("*"):
        os.utime(path, (0, 0))
    asked = [f"{path}/model.keras" for path in networks]
    assert workflow.plan(*asked, "--config", 'training={"runs": 3}') == {"train_model": 3}


def pack_images(data):
    """Put archives in the place of the image folders."""
    for name in ("images_training_rev1", "images_test_rev1", "images_gz2"):
        shutil.make_archive(data / name, "zip", root_dir=data, base_dir=name)
        shutil.rmtree(data / name)


def test_archives_take_the_place_of_image_folders(workflow, data):
    expected = workflow.plan()
    pack_images(data)
    assert workflow.plan() == expected
    text = workflow.run("--dry-run").stdout
    inputs = {
        rule: re.search(rf"rule {rule}:\n +input: (.*)", text)[1].split(", ")
        for rule in ("prepare_training", "prepare_test", "prepare_catalogue")
    }
    archives = [f"data/images_{name}.zip" for name in ("training_rev1", "test_rev1", "gz2")]
    assert [paths[-1] for paths in inputs.values()] == archives
    decoded = re.findall(r"rule decode_images:\n +input: .*, (.*)\n", text)
    assert sorted(decoded) == sorted(archives)


class TestFaults:
    def test_a_truncated_archive(self, data, stopped):
        pack_images(data)
        archive = data / "images_training_rev1.zip"
        archive.write_bytes(archive.read_bytes()[:-30])
        text = stopped()
        assert "images_training_rev1.zip: found no whole ZIP archive" in text
        assert "images_gz2" not in text

    def test_no_data(self, stopped):
        text = stopped()
        assert "data.directory: found no folder data" in text

    def test_a_missing_file(self, data, stopped):
        (data / "hoyle_barlengths.csv").unlink()
        assert "hoyle_barlengths.csv" in stopped()

    def test_images_that_are_elsewhere(self, data, stopped, tmp_path):
        own = table_of(tmp_path / "own.csv", 25)
        (tmp_path / "images/0.jpg").rename(tmp_path / "images/0.JPG")
        text = stopped("--config", own)
        assert "none of the images of its first 20 rows: looked for '0.jpg' in" in text
        assert "which holds '0.JPG'" in text

    def test_galaxies_and_splits_that_do_not_fit_the_table(self, data, stopped):
        text = stopped(
            "--config", "figures={galaxies: [3, 99]}", "catalogue={validation_split: 0.05}"
        )
        assert "figures.galaxies: found 99, expected objids of data/hoyle_barlengths.csv" in text
        assert "of 10 galaxies give 0 for validation" in text

    def test_a_block_that_is_given_twice(self, data, workflow, stopped):
        text = "heatmaps:\n  smooth_samples: 4\nheatmaps:\n  jitter: 2\n"
        (workflow.folder / "my.yaml").write_text(text)
        text = stopped("--configfile", "my.yaml")
        assert "my.yaml, line 3: found the key heatmaps again" in text

    def test_a_missing_column(self, data, stopped):
        (data / "gz2sample.csv").write_text("OBJID,PETROR90_R\n")
        text = stopped()
        assert "gz2sample.csv" in text
        assert "REDSHIFT" in text

    @pytest.mark.usefixtures("data")
    @pytest.mark.parametrize(
        ("setting", "message"),
        [
            ("trianing=1", "unknown key trianing"),
            ('image={"depth": 4}', "image.depth: this key is gone"),
            (
                'heatmaps={"smooth_noise": [-0.1]}',
                "heatmaps.smooth_noise[0]: found '-0.1', expected",
            ),
            ("selected_models=vgg", "selected_models: found 'vgg', expected one of vgg16"),
            ('control={"model": {"cut": "blok4_add"}}', "such as block4_add"),
            ('heatmaps={"batch_size": "all"}', "heatmaps.batch_size: found 'all', expected"),
            ('heatmaps={"antithetic": true, "smooth_samples": 25}', "smooth_samples: found 25"),
            ('heatmaps={"tolerance": 1.0}', "heatmaps.tolerance: this key is gone: every galaxy"),
            (
                'heatmaps={"methods": ["gradcam", "occlusion"], "kinds": ["absolute", "variance"]}',
                "heatmaps.kinds: found variance, expected some of absolute, signed",
            ),
            (
                'heatmaps={"watched_lengths": [{"criterion": "level"}]}',
                "heatmaps.watched_lengths[0].level_fraction: found nothing",
            ),
            (
                'heatmaps={"watched_lengths": [{"criterion": "level", "level_fraction": 0.45}]}',
                "level_fraction: found 0.45, expected one of lengths.level_fraction, [0.2,",
            ),
            (
                'heatmaps={"watched_lengths": [{"criterion": "level", "kind": "signed"}]}',
                "heatmaps.watched_lengths[0].kind: found signed, expected one of",
            ),
            (
                'heatmaps={"watched_lengths": [{"criterion": "level", "level_fraction": 0.5}], '
                '"batch_size": 12}',
                "heatmaps.batch_size: found 12, expected a multiple of 8",
            ),
        ],
    )
    def test_a_fault_of_the_configuration(self, stopped, setting, message):
        assert message in stopped("--config", setting)
