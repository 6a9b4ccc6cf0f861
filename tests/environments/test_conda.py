"""``snakemake --sdm conda``: the environments are made, hold together and run the rules.

Conda is a stand-in that takes every package from PyPI (`conda_from_pypi`).
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.helpers.conda_from_pypi import install_conda
from tests.helpers.workflow_copy import copy_workflow
from tests.unit.test_environments import PACKAGE_OF, packages_of, read_rules

# A safety net [s].
LIMIT = 3600
TARGETS = ("results/figures/learning_curves.png",)
SETTINGS = ("selected_models=vgg16_tiny", "training={runs: 1}")
NAME_OF = {package: name for name, package in PACKAGE_OF.items()}


@pytest.fixture(scope="module")
def run(root, tmp_path_factory):
    """Folder of a run with conda environments."""
    folder = tmp_path_factory.mktemp("conda")
    copy_workflow(root, folder / "galbar")
    path = os.pathsep.join([str(install_conda(folder / "conda", root)), os.environ["PATH"]])
    command = [sys.executable, "-m", "snakemake", "--sdm", "conda", "--cores", "2", *TARGETS]
    command += ["--configfile", root / "tests/config/tiny.yaml", "--config", *SETTINGS]
    environment = {**os.environ, "PATH": path, "TF_CPP_MIN_LOG_LEVEL": "2"}
    done = subprocess.run(
        command,
        cwd=folder / "galbar",
        env=environment,
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-8000:]
    return folder / "galbar"


@pytest.fixture(scope="module")
def environments(run):
    """Folder of every environment, by the name of its file."""
    folders = {}
    for copy in (run / ".snakemake/conda").glob("*.yaml"):
        content = yaml.safe_load(copy.read_text())
        for path in (run / "envs").glob("*.yaml"):
            if yaml.safe_load(path.read_text()) == content:
                folders[path.stem] = copy.with_suffix("")
    return folders


def test_rules_of_every_environment_have_run_in_it(run, environments):
    assert all((run / target).stat().st_size for target in TARGETS)
    assert environments.keys() == {path.stem for path in (run / "envs").glob("*.yaml")}
    starts = {name: folder / "started" for name, folder in environments.items()}
    assert [name for name, path in starts.items() if not path.is_file()] == []


@pytest.mark.parametrize("name", ["figures", "measure", "survey", "train"])
def test_packages_of_an_environment_fit_together_and_can_be_imported(name, root, environments):
    scripts = [script for _, environment, script in read_rules() if environment == name]
    packages = {
        package
        for script in scripts
        for package in packages_of(root / "workflow" / "scripts" / f"{script}.py")
    }
    # Snakemake brings itself into a script.
    modules = sorted(
        NAME_OF.get(package, package).replace("-", "_") for package in packages - {"snakemake"}
    )
    # In isolation: nothing of the Python that runs Snakemake can stand in.
    python = environments[name] / "bin" / "python"
    subprocess.run([python, "-I", "-c", f"import {', '.join(modules)}"], check=True, timeout=LIMIT)
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "pip", "check", "--python", python], check=True, timeout=LIMIT)
