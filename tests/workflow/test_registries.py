"""A criterion and a family of networks are each a module and a line: nothing else is edited."""

import shutil
import subprocess
import sys

import pandas as pd
import pytest
import yaml

CRITERION = """
from galbar.lengths.criteria.record import Criterion, Parameter


def isolate(prepared, settings):
    return [prepared.values > setting["bright_share"] for setting in settings]


BRIGHT = Criterion(
    name="bright",
    description="pixels above a value",
    parameters=(Parameter("bright_share", "value that pixels exceed", grid=(0.4, 0.8)),),
    isolate=isolate,
)
"""
FAMILY = """
from galbar.networks.backbones.record import Backbone


def build(include_top, weights, input_shape):
    import keras

    image = keras.Input(input_shape)
    features = keras.layers.Conv2D(4, 3, strides=2, activation="relu", name="first")(image)
    return keras.Model(image, keras.layers.MaxPooling2D(name="last")(features))


SMALL = Backbone(
    name="small",
    label="Small Family",
    constructor="galbar.networks.backbones.small:build",
    layers=("first", "last"),
    weights_file="small.h5",
    weights_md5="0",
    stem="first",
    normalised=False,
)
"""


@pytest.fixture
def begun(workflow, finished_folder):
    """Copy a finished run of the tiny survey; returns it and its configuration."""
    shutil.copytree(finished_folder, workflow.folder, dirs_exist_ok=True, symlinks=True)
    config = yaml.safe_load((workflow.folder / "tests/config/tiny.yaml").read_text())
    return workflow, config


def register(workflow, package, module, text, name):
    """Add a module and the line of a registry."""
    folder = workflow.folder / "workflow/scripts/galbar" / package
    (folder / f"{module}.py").write_text(text)
    registry = folder / "registry.py"
    line = f"from galbar.{package.replace('/', '.')}.{module} import {name}\n"
    content = registry.read_text().replace("\nfrom galbar", f"\n{line}from galbar", 1)
    last = {"BRIGHT": "LEVEL)", "SMALL": "XCEPTION)"}[name]
    assert content.count(last) == 1
    registry.write_text(content.replace(last, f"{last[:-1]}, {name})"))


def test_a_new_criterion_arrives_in_tables_and_figures(begun):
    workflow, config = begun
    register(workflow, "lengths/criteria", "bright", CRITERION, "BRIGHT")
    config["lengths"] |= {"criteria": ["pearson", "bright"], "bright_share": [0.4, 0.6, 0.8]}
    (workflow.folder / "new.yaml").write_text(yaml.safe_dump(config))
    table = "results/barlength_correlations_val.csv"
    workflow.run(table, "results/figures/correlations.png", "--configfile", "new.yaml")
    rows = pd.read_csv(workflow.folder / table)
    assert sorted(rows["bright_share"].dropna().unique()) == [0.4, 0.6, 0.8]
    assert set(rows["criterion"]) == {"pearson", "bright"}


def test_a_new_family_arrives_in_networks_tables_and_figures(begun):
    workflow, config = begun
    register(workflow, "networks/backbones", "small", FAMILY, "SMALL")
    config["models"].append({"name": "small", "architecture": "small", "weights": "random"})
    (workflow.folder / "new.yaml").write_text(yaml.safe_dump(config))
    table = "results/prediction_scores.csv"
    workflow.run(table, "results/figures/learning_curves.pdf", "--configfile", "new.yaml")
    assert "small" in set(pd.read_csv(workflow.folder / table)["model"])
    config["models"][-1]["cut"] = "lst"
    (workflow.folder / "new.yaml").write_text(yaml.safe_dump(config))
    done = workflow.run("--dry-run", "--configfile", "new.yaml", check=False)
    message = "found 'lst', expected a layer of small in keras.applications, such as last"
    assert message in done.stdout
    label = "from galbar.figures.style import readable_name; print(readable_name('small_net'))"
    scripts = workflow.folder / "workflow/scripts"
    shown = subprocess.run(
        [sys.executable, "-c", label], cwd=scripts, capture_output=True, text=True, check=True
    )
    assert shown.stdout == "Small Family net\n"
