"""What docs/compatibility.md promises: results of earlier versions are read, and named the same."""

import json
import re
from fnmatch import fnmatch
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import yaml
from packaging.requirements import Requirement

from galbar import __version__
from galbar.attribution.heatmap_files import open_heatmaps
from galbar.bundle.read import read_manifest
from galbar.calibration.calibration_file import read_calibration
from galbar.calibration.table import estimate_table
from galbar.config.check import check_config
from galbar.io.result_tables import read_result_table
from galbar.lengths.expected_bias import read_biases
from galbar.lengths.setting_files import group_barlengths
from galbar.scores.summary import summarise_results
from release.stored_checks import flatten, list_rules
from tests.conftest import ROOT
from tests.helpers.result_names import (
    documented_names,
    first_columns,
    is_documented,
    names_in,
    sections_of,
)

SUFFIXES = {".csv", ".json", ".h5", ".fits"}
VERSIONS = sorted(ROOT.glob("tests/stored/results-*"))
OWN = "Bar lengths: results/barlengths_{catalogue}.csv"
RUN = "results/{model}/run{run}"
# Where docs/results.md documents a file: the first pattern that fits; a name may be in any section.
SECTIONS = {
    "catalogues/*": ["results/catalogues", "results/stamps", OWN],
    "completeness/galaxies.csv": ["Completeness and bias", "results/catalogues", OWN],
    "*/truth.csv": ["Simulated survey"],
    "images/*": ["results/images"],
    "stamps/*": ["results/stamps", "results/catalogues", OWN],
    "training_light.json": ["results/stamps"],
    "bar_*": ["results/votes, results/bar_thresholds.json"],
    "votes/*": ["results/votes, results/bar_thresholds.json", OWN],
    "*/predictions_*.csv": [RUN, "results/catalogues"],
    "control/predictions.csv": ["Networks"],
    "rivals/moments/hoyle.h5": ["Rivals: results/rivals", RUN],
    "rivals/moments/*": ["Choice of the setting"],
    "rivals/*": ["Rivals: results/rivals"],
    "*/run1/*": [RUN],
    "barlengths_*": [OWN, "results/catalogues"],
    "calibrat*": [OWN],
    "leading_setting.json": [OWN],
    "misclassified*": ["Networks"],
    "prediction_scores.csv": ["Networks"],
    "heatmap_*": ["Checks of the heat maps"],
    "*correlations_*": ["Choice of the setting"],
    "chosen_setting.json": ["Choice of the setting"],
    "error_model.csv": ["Choice of the setting"],
    "*scor*.csv": ["Scores: results/scores.csv"],
    "dilution.csv": ["Scores: results/scores.csv"],
    "length_bias.csv": ["Completeness and bias"],
    "figures/*": ["Figures: results/figures"],
}
# Documented of runs with other options than those that are stored.
NOT_STORED = {"length_px_run2", "signed", "squared", "variance", "verdict"}
# Stored files that the present run does not make: of an own catalogue, of a run for biases, of
# lengths by another method.
NOT_MADE = {
    "*completeness*",
    "*example.*",
    "*example_*",
    "*/example/*",
    "length_bias.csv",
    "rivals/external/eye.csv",
}
# Documented names that only the results of the next version will have: emptied with each release.
SINCE = set()


@pytest.fixture(params=VERSIONS, ids=lambda folder: folder.name)
def stored(request):
    """Give the folder of the results of a version."""
    return request.param


@pytest.fixture(scope="module")
def sections(root):
    return sections_of((root / "docs/results.md").read_text())


def files_of(results):
    """Return the path below `results` of each file that has names, and these."""
    paths = sorted(path for path in results.rglob("*") if path.suffix in SUFFIXES)
    return {str(path.relative_to(results)): names_in(path) for path in paths}


def titles_of(name):
    titles = [titles for pattern, titles in SECTIONS.items() if fnmatch(name, pattern)]
    assert titles, f"{name}: say in SECTIONS where docs/results.md documents it"
    return titles[0]


def test_what_is_stored_is_documented(stored, sections):
    files = files_of(stored / "results")
    assert len(files) > 60
    for name, names in files.items():
        documented = documented_names("".join(sections[title] for title in titles_of(name)))
        assert {each for each in names if not is_documented(each, documented)} == set(), name


def test_what_is_documented_is_stored(sections):
    """Each name that has a row of its own is in a file that its section documents."""
    results = ROOT / f"tests/stored/results-{__version__}/results"
    stored_names = {title: set() for title in sections}
    for name, names in files_of(results).items():
        for title in titles_of(name):
            stored_names[title] |= names
    tested = set()
    for title in {title for titles in SECTIONS.values() for title in titles}:
        documented = {name for name in first_columns(sections[title]) if re.fullmatch(r"\w+", name)}
        if title.startswith("Figures"):
            continue
        assert documented - stored_names[title] - NOT_STORED - SINCE == set(), title
        tested |= documented
    assert len(tested) > 100


def test_documented_files_are_stored(stored, sections):
    """The files in tables of files, but those that no version keeps."""
    kept = {path.name for path in (stored / "results").rglob("*")}
    titles = ("results/catalogues", RUN, "results/stamps", "Networks")
    text = "".join(sections[title] for title in titles)
    documented = {Path(name).name for name in re.findall(r"`([\w/]+\.(?:csv|json))`", text)}
    assert documented - kept == {"heatmap_plan.json", "heatmap_plan_checks.json"}


@pytest.mark.slow
def test_the_present_code_writes_what_was_stored(stored, finished):
    """Every file, but those of what only the stored run has; in it each column, dataset, key."""
    present, kept = (files_of(folder / "results") for folder in (finished.folder, stored))
    not_made = {name for name in kept if any(fnmatch(name, pattern) for pattern in NOT_MADE)}
    assert set(kept) - set(present) == not_made
    # Too few galaxies of the present run calibrate, so that it holds no numbers.
    compared = {name: kept[name] for name in kept if name not in {*not_made, "calibration.h5"}}
    for name, names in compared.items():
        assert names - present[name] == set(), name
    assert len(compared) > 40
    assert sum(map(len, compared.values())) > 700


def test_tables_are_read(stored):
    results = stored / "results"
    tables = {path: read_result_table(path) for path in results.rglob("*.csv")}
    assert len(tables) > 40
    for path, table in tables.items():
        if "galaxy_id" in table and len(table):
            assert table["galaxy_id"].dtype == np.int64, path
    lengths = tables[results / "barlengths_hoyle.csv"]
    assert (
        lengths["galaxy_id"].tolist()
        == tables[results / "catalogues/hoyle.csv"]["galaxy_id"].tolist()
    )
    assert lengths["length_px_low68"].lt(lengths["length_px_high68"]).all()


def test_lengths_follow_from_the_stored_calibration(stored):
    """By the readers of lengths and of the calibration, which is fitted again."""
    results = stored / "results"
    groups = group_barlengths(sorted(results.glob("*_tiny/run1/barlengths/hoyle/*.h5")))
    expected = read_result_table(results / "calibrated_lengths/hoyle.csv")
    choice = json.loads((results / "chosen_setting.json").read_text())
    calibration = read_calibration(results / "calibration.h5")
    table = estimate_table(groups, expected["galaxy_id"].to_numpy(), calibration, choice)
    pd.testing.assert_frame_equal(
        table, expected, check_dtype=False, rtol=1e-5, check_column_type=False
    )


def test_heat_maps_are_read(stored):
    for path in (stored / "results").glob("*_tiny/run1/heatmaps/example/noise0.1.h5"):
        with open_heatmaps(path) as maps:
            assert maps.attributes["attribution"] == "smoothgrad"
            first = maps.read(0, "absolute")
        assert first.shape == (32, 32)
        with h5py.File(path) as store:
            np.testing.assert_array_equal(first, store["absolute"][0])


def test_biases_and_scores_are_read(stored):
    results = stored / "results"
    assert read_biases(results / "length_bias.csv") is not None
    summary = summarise_results(results)
    scores = read_result_table(results / "scores.csv").set_index(
        ["estimator", "sample", "quantity"]
    )
    r = scores.loc[("calibrated", "test", "length_kpc_h"), "pearson_r"]
    assert f"{r:.3f}" in summary or f"{r:.2f}" in summary


def test_its_configuration_is_accepted(stored):
    """The published settings of that version, which name every key, and those of its run."""
    published = yaml.safe_load((stored / "config.yaml").read_text())
    run = yaml.safe_load((stored / "run.yaml").read_text())
    complete = check_config({**published, **run})
    for key, value in published.items():
        if key not in run and isinstance(value, dict):
            assert {name: complete[key][name] for name in value} == value, key
    assert set(published) <= set(complete)
    # The configuration that its bundle keeps.
    manifest = read_manifest(stored / "results/bundle.zip")
    assert manifest["galbar"] == stored.name.removeprefix("results-")


def test_the_published_settings_keep_their_values(stored, root):
    """A key may join; one that goes, or another value, changes what everybody's runs give."""
    versions = (stored / "config.yaml", root / "config/config.yaml")
    then, now = (flatten(yaml.safe_load(path.read_text())) for path in versions)
    assert {key: now.get(key, "gone") for key in then} == then
    assert len(then) > 100


def test_rules_and_targets_keep_their_names(stored, root):
    """They are asked for on command lines, and imported one by one by other workflows."""
    names = set((stored / "rules.txt").read_text().split())
    assert names - set(list_rules(root)) == set()
    page = (root / "docs/compatibility.md").read_text()
    (row,) = re.findall(r"^\| targets \|(.*?);", page, flags=re.MULTILINE)
    assert set(re.findall(r"`([\w{}]+)`", row)) <= names
    assert len(names) > 80


@pytest.mark.slow
def test_its_bundle_measures_the_example_as_then(stored, workflow, root):
    own = [{"name": "example", "table": str(root / "examples/galaxies.csv")}]
    given = (f"bundle={stored}/results/bundle.zip", f"catalogues={json.dumps(own)}")
    table = "results/barlengths_example.csv"
    workflow.run(table, "--config", *given, 'devices={"without_gpu": "cpu"}')
    lengths, expected = (read_result_table(folder / table) for folder in (workflow.folder, stored))
    assert lengths["id"].tolist() == expected["id"].tolist()
    assert set(expected) - set(lengths) == set()
    for name in ("petror90_r", "pixel_scale", "brightness", "sky_noise", "p_bar"):
        np.testing.assert_allclose(lengths[name], expected[name], rtol=1e-3, err_msg=name)
    # On another CPU a pixel at the edge of a mask may be in it or not.
    for name in ("length_px", "length_kpc_h", "length_px_low68", "length_px_high95"):
        np.testing.assert_allclose(lengths[name], expected[name], rtol=0.05, err_msg=name)


def test_the_promised_versions_are_those_of_the_locks(root):
    page = (root / "docs/compatibility.md").read_text()
    promised = dict(re.findall(r"(?m)^\| (Snakemake|TensorFlow|Keras) \| ([\d.]+) \|", page))
    lines = [*(root / "requirements").glob("*.in")]
    text = "\n".join(path.read_text() for path in lines)
    pins = {}
    for line in re.findall(r"(?m)^(?:snakemake|tensorflow|keras)==[^\s;#]+", text):
        requirement = Requirement(line)
        pins[requirement.name] = str(requirement.specifier).removeprefix("==")
    assert {name.lower(): version for name, version in promised.items()} == pins
    pythons = re.search(r"(?m)^\| Python \| ([\d., ]+) \|", page)[1]
    assert f"with Python {pythons.rpartition(', ')[0]} or" in (root / "README.md").read_text()
    assert f"{__version__.rpartition('.')[0]} " in page
