"""What a bundle plans, what stops it, and the example that ships."""

import json
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import yaml

from galbar.bundle.card import SIMULATED_ONLY
from galbar.bundle.extend import extend_bundle
from galbar.bundle.read import read_manifest
from tests.helpers import bundles


@pytest.fixture
def bundle(root, tmp_path):
    path = tmp_path / "tiny.zip"
    bundles.write_small_bundle(path, bundles.configuration_of(root))
    return path


@pytest.fixture
def own(tmp_path):
    """Write two tables; the argument of --config that names them."""
    (tmp_path / "1.fits").touch()
    (tmp_path / "1.jpg").touch()
    for name, ending, count in (("any", "fits", 25), ("zoo", "jpg", 3)):
        rows = [f"{number},{number}.{ending},1,2,0.03" for number in range(1, count + 1)]
        text = "\n".join(["id,image,ra,dec,redshift", *rows]) + "\n"
        (tmp_path / f"{name}.csv").write_text(text)
    tables = {name: str(tmp_path / f"{name}.csv") for name in ("any", "zoo")}
    survey = {"name": "any", "table": tables["any"], "formats": ["fits", "reg"]}
    zoo = {"name": "zoo", "table": tables["zoo"], "geometry": "galaxy_zoo"}
    return f"catalogues={json.dumps([survey, zoo])}"


SHARDS = 'heatmaps={"galaxies_per_job": 10}'
# Two networks, two runs; three shards of one catalogue, one of the other.
MEASURING = {
    "unpack_bundle": 1,
    "read_own_table": 1,
    "calibrate_colours": 1,
    "make_stamps": 3,
    "collect_galaxies": 1,
    "prepare_own_catalogue": 1,
    "compute_heatmaps": 2 * 2 * (3 + 1),
    "measure_lengths": 2 * 2 * (3 + 1),
    "join_lengths": 2 * 2,
    "predict_own_votes": 3 + 1,
    "estimate_lengths": 2,
    "tabulate_lengths": 2,
    "write_lengths": 2,
    "draw_sheets": 3 + 1,
    "make_gallery": 2,
}


def test_a_bundle_plans_the_measuring_alone(workflow, bundle, own):
    """Without a data directory; on the command line, as with the profile of a cluster."""
    given = ("--config", f"bundle={bundle}", own, SHARDS)
    assert workflow.plan(*given) == MEASURING
    assert workflow.plan("measured", *given) == MEASURING
    made = workflow.planned_outputs(*given)
    assert "results/bundle/vgg16_tiny/run2/model.keras" in made
    # Nothing of a run in the same folder is written over.
    assert "results/vgg16_tiny/run2/model.keras" not in made
    assert "results/calibration.h5" not in made


# With two networks in two runs; 2500 galaxies make two shards of 2000.
COMPLETENESS = {
    "simulate_completeness": 1,
    "unpack_bundle": 1,
    "prepare_own_catalogue": 1,
    "compute_heatmaps": 2 * 2 * 2,
    "measure_lengths": 2 * 2 * 2,
    "join_lengths": 2 * 2,
    "predict_own_votes": 2,
    "estimate_lengths": 1,
    "tabulate_lengths": 1,
    "measure_length_bias": 1,
    "plot_length_bias": 1,
    "add_length_bias": 1,
}
COMPLETE = ("--configfile", "config/completeness.yaml")
SIMULATED = ("--config", 'completeness={"galaxies": 2500}', 'heatmaps={"galaxies_per_job": 2000}')


def test_simulated_galaxies_are_measured_as_anyones(workflow, bundle, own):
    assert workflow.plan(*COMPLETE, *SIMULATED, f"bundle={bundle}") == COMPLETENESS
    # Beside a user's own, which then have expected biases of this run.
    given = (*COMPLETE, *SIMULATED, f"bundle={bundle}", own)
    text = workflow.run("--dry-run", *given).stdout
    inputs = dict(re.findall(r"rule tabulate_lengths:\n +input: (.*)\n +output: (.*)", text))
    tables = {output: "results/length_bias.csv" in names for names, output in inputs.items()}
    assert tables == {
        "results/barlengths_any.csv": True,
        "results/barlengths_zoo.csv": True,
        "results/barlengths_completeness.csv": False,
    }
    # They have no gallery.
    assert workflow.plan(*given)["make_gallery"] == 2


def test_a_run_measures_them_with_its_own_networks(workflow):
    tiny = ("--configfile", "tests/config/tiny.yaml")
    without = workflow.plan(*tiny)
    jobs = workflow.plan(*tiny, "config/completeness.yaml", *SIMULATED)
    added = {name: jobs[name] - without.get(name, 0) for name in jobs}
    added = {name: count for name, count in added.items() if count}
    expected = {
        name: count
        for name, count in COMPLETENESS.items()
        if name not in ("unpack_bundle", "add_length_bias")
    }
    # A run keeps the heat maps of all galaxies.
    expected["join_heatmaps"] = 2 * 2
    assert added == expected
    text = workflow.run("--dry-run", *tiny, "config/completeness.yaml", *SIMULATED).stdout
    (inputs,) = re.findall(r"rule export_bundle:\n +input: (.*)\n", text)
    assert "results/length_bias.csv" in inputs.split(", ")


def test_a_bundle_with_biases_gives_them_to_own_catalogues(workflow, bundle, own, tmp_path):
    table, extended = tmp_path / "length_bias.csv", tmp_path / "extended.zip"
    table.touch()
    extend_bundle(bundle, extended, {"results/length_bias.csv": table})
    for given, expected in ((bundle, 0), (extended, 2)):
        text = workflow.run("--dry-run", "--config", f"bundle={given}", own).stdout
        inputs = re.findall(r"rule tabulate_lengths:\n +input: (.*)\n", text)
        assert len(inputs) == 2
        assert sum("results/bundle/length_bias.csv" in names for names in inputs) == expected


def test_nothing_trains_with_a_bundle(workflow, bundle, own):
    done = workflow.run("all_models", "--dry-run", "--config", f"bundle={bundle}", own, check=False)
    assert done.returncode == 1
    assert "MissingInputException" in done.stdout + done.stderr


def test_a_run_measures_without_the_rest_of_itself(workflow, own):
    (workflow.folder / "own.yaml").write_text(
        yaml.safe_dump({"catalogues": json.loads(own.removeprefix("catalogues="))})
    )
    files = ("--configfile", "tests/config/tiny.yaml", "own.yaml")
    jobs = workflow.plan("measured", *files)
    assert not {"unpack_bundle", "export_bundle", "train_control", "score_estimators"} & set(jobs)
    assert not [name for name in jobs if name.startswith("plot_")]
    assert jobs["train_model"] == 2 * 2
    assert jobs["tabulate_lengths"] == jobs["write_lengths"] == 2
    assert workflow.plan(*files)["export_bundle"] == 1


def test_a_run_with_a_criterion_of_its_own_has_no_bundle(workflow, root):
    page = (root / "docs/criteria.md").read_text()
    code = re.search(r"```python\n(.*?)```", page, re.DOTALL)[1]
    (workflow.folder / "own.py").write_text(code)
    config = yaml.safe_load((root / "tests/config/tiny.yaml").read_text())
    config["lengths"]["criteria"] = ["pearson", {"name": "outstanding", "file": "own.py"}]
    (workflow.folder / "own.yaml").write_text(yaml.safe_dump(config))
    assert "export_bundle" not in workflow.plan("--configfile", "own.yaml")
    for target in ("bundle", "results/bundle.zip"):
        done = workflow.run(target, "--dry-run", "--configfile", "own.yaml", check=False)
        assert done.returncode == 1
        assert "lengths.criteria: found outstanding of your own" in done.stdout + done.stderr


@pytest.mark.parametrize("size", [16, 7])
def test_a_batch_size_that_is_written_counts(workflow, bundle, own, size):
    """Of galbar's own file, which says 16, nothing is a user's."""
    probe = "raise WorkflowError(f\"size {config['heatmaps']['batch_size']}.\")"
    (workflow.folder / "probe.smk").write_text(f'include: "Snakefile"\n{probe}\n')
    for written, expected in (([], 2), ([f'heatmaps={{"batch_size": {size}}}'], size)):
        given = ["--config", f"bundle={bundle}", own, *written]
        done = workflow.run("--snakefile", "probe.smk", "--dry-run", *given, check=False)
        assert f"size {expected}." in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ('image={"height": 64, "width": 64}', "image.height: found 64, expected nothing, or 32 as"),
        ("selected_models=vgg16_tiny", "selected_models: found 'vgg16_tiny', expected one of vgg1"),
        ("bundle=none.zip", "bundle: found no file none.zip"),
    ],
)
def test_what_contradicts_a_bundle_stops_the_run(workflow, bundle, own, setting, message):
    given = [f"bundle={bundle}", own, setting]
    done = workflow.run("--dry-run", "--config", *given, check=False)
    assert done.returncode == 1
    assert message in done.stdout + done.stderr


def test_a_bundle_that_holds_more_stops_the_run(workflow, bundle, own, tmp_path):
    changed = tmp_path / "changed.zip"
    bundles.repack(bundle, changed, lambda members: members.update({"run.py": b"1"}))
    done = workflow.run("--dry-run", "--config", f"bundle={changed}", own, check=False)
    assert done.returncode == 1
    assert f"{changed}: missing members [], unknown members ['run.py']" in done.stdout + done.stderr


def test_what_ships_is_small_and_has_seen_simulated_galaxies_only(root):
    files = {path: path.stat().st_size for path in (root / "examples").rglob("*.*")}
    assert files[root / "examples/bundle.zip"] <= 4_000_000
    assert sum(size for path, size in files.items() if path.suffix == ".fz") <= 300_000
    manifest = read_manifest(root / "examples/bundle.zip")
    assert manifest["trained_on"]["simulated"]
    # Of the demo's survey, which has none of the example's galaxies.
    assert manifest["trained_on"]["survey_seed"] == 42


@pytest.mark.slow
def test_the_example_that_ships_is_measured(root, tmp_path):
    """What `make measure` runs."""
    command = [sys.executable, root / "workflow/scripts/measure.py"]
    command += [root / "examples/galaxies.csv", root / "examples/bundle.zip", "", ""]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "3 galaxies measured: measured/galaxies/results/barlengths_galaxies.csv" in done.stdout
    assert "in a browser: measured/galaxies/results/gallery/galaxies/index.html" in done.stdout
    assert done.stdout.rstrip().endswith(SIMULATED_ONLY)
    lengths = pd.read_csv(tmp_path / "measured/galaxies/results/barlengths_galaxies.csv")
    truth = pd.read_csv(root / "examples/truth.csv")
    assert lengths["id"].tolist() == truth["id"].tolist()
    # How long they are is a matter of the networks; where they point, of everything else.
    ratio = np.median(lengths["length_arcsec"] / truth["length_arcsec"])
    assert ratio == pytest.approx(1, abs=0.3)
    turned = (lengths["pa_sky"] - truth["pa_sky"] + 90) % 180 - 90
    assert np.median(np.abs(turned)) < 10
