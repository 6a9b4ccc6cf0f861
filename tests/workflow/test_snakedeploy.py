"""Use from an empty folder, by two commands: what snakedeploy writes, and Snakemake."""

import os
import re
import shutil
import subprocess

import pytest
import yaml

from galbar import __version__
from release.addresses import read_address
from tests.helpers.workflow_copy import copy_workflow

# As snakedeploy 0.17.1 writes it (templates/use_module.smk.jinja).
SNAKEFILE = """\
from snakemake.utils import min_version


min_version("6.10.0")


configfile: "config/config.yaml"


# declare https://github.com/owner/galbar as a module
module galbar:
    snakefile: 
        github("owner/galbar", path="workflow/Snakefile", tag="v{version}")
    config:
        config


# use all rules from https://github.com/owner/galbar
use rule * from galbar
"""  # noqa: W291
ADDRESS = "https://github.com/owner/galbar"
COMMAND = ("deploy-workflow", ADDRESS, ".", "--tag", f"v{__version__}")
COPIED = ("config", "profiles", "LICENSE")


@pytest.fixture
def hosted(root, tmp_path, monkeypatch):
    """Give a tagged repository of the workflow, which git takes for the one at `ADDRESS`."""
    folder = tmp_path / "hosting/owner/galbar"
    copy_workflow(root, folder)
    shutil.copy2(root / "LICENSE", folder)
    author = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    for command in (
        ("init", "--quiet"),
        ("add", "--all"),
        (*author, "commit", "--quiet", "--message", "A version"),
        ("tag", f"v{__version__}"),
    ):
        subprocess.run(["git", "-C", folder, *command], check=True)
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"url.file://{tmp_path}/hosting/.insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "https://github.com/")
    # Where Snakemake keeps what it has fetched.
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


@pytest.fixture
def deployed(hosted, tmp_path):
    """Give an empty folder after the first command, run for real where snakedeploy is there."""
    folder = tmp_path / "fresh"
    folder.mkdir()
    program = os.environ.get("GALBAR_SNAKEDEPLOY")
    if program:
        subprocess.run([program, *COMMAND], cwd=folder, check=True)
        return folder
    for name in COPIED:
        copy = shutil.copytree if (hosted / name).is_dir() else shutil.copy2
        copy(hosted / name, folder / name)
    (folder / "workflow").mkdir()
    (folder / "workflow/Snakefile").write_text(SNAKEFILE.format(version=__version__))
    return folder


def test_the_files_are_those_of_snakedeploy(deployed):
    written = (deployed / "workflow/Snakefile").read_text()
    assert written == SNAKEFILE.format(version=__version__)
    assert {path.name for path in deployed.iterdir()} == {*COPIED, "workflow"}


def test_two_commands_suffice(deployed, root, snakemake):
    """The demo is planned as from a clone; rules run with the library from Snakemake's cache."""
    done = snakemake.run(deployed, ["--profile", "profiles/demo", "--dry-run"])
    assert done.returncode == 0, done.stderr[-4000:]
    jobs = done.stdout + done.stderr
    assert re.search(r"catalogue_default +1\n", jobs)
    assert int(re.search(r"\ntotal +(\d+)\n", jobs)[1]) > 100
    config = yaml.safe_load((root / "tests/config/tiny.yaml").read_text())
    config["survey"] |= {"training_galaxies": 20, "test_galaxies": 1, "catalogue_galaxies": 10}
    (deployed / "my.yaml").write_text(yaml.safe_dump(config))
    target = "results/catalogues/hoyle_split.csv"
    done = snakemake.run(deployed, ["--cores", "2", target, "--configfile", "my.yaml"])
    assert done.returncode == 0, done.stderr[-4000:]
    assert len((deployed / target).read_text().splitlines()) == 1 + 10


def test_the_page_has_both_commands(root):
    page = (root / "docs/module.md").read_text()
    commands = re.search(r"```\n(snakedeploy .*)\n(snakemake .*)\n```", page).groups()
    # A placeholder until `make release-address` has set it.
    address = read_address(root) or ADDRESS.replace("owner", "<owner>")
    assert commands[0].split()[1:] == [part.replace(ADDRESS, address) for part in COMMAND]
    assert commands[1] == "snakemake --profile profiles/demo"
