"""The recipes of an image against each other, and the choice of a Python to build on."""

import re
import subprocess

import pytest


@pytest.fixture(scope="module")
def dockerfile(root):
    """Text of the recipe for Docker."""
    return (root / "container/Dockerfile").read_text()


@pytest.fixture(scope="module")
def definition(root):
    """Text of the recipe for Apptainer."""
    return (root / "container/galbar.def").read_text()


def packages(text):
    """Return the packages of Debian that a recipe installs."""
    lines = re.findall(r"apt-get install --yes --no-install-recommends ([\w+ -]+)", text)
    return {name for line in lines for name in line.split()}


def test_recipes_make_the_same_image(dockerfile, definition):
    base = re.search(r"^ARG BASE=docker\.io/library/(\S+)$", dockerfile, re.MULTILINE)[1]
    assert re.search(r"^From: (\S+)$", definition, re.MULTILINE)[1] == base
    assert packages(dockerfile) == packages(definition) == {"g++", "make", "libgomp1"}
    command = re.search(r"RUN (make setup .*)", dockerfile)[1]
    assert command.replace('"${DEVICE}"', "{{ DEVICE }}") in definition
    for text in (dockerfile, definition):
        assert "DEVICE=gpu" in text
        assert "/opt/galbar/container/run" in text


def test_images_have_a_python_that_galbar_takes(dockerfile, root):
    (version,) = re.findall(r"python:(3\.\d+)-", dockerfile)
    environment = (root / "envs/measure.yaml").read_text()
    assert f"python={version}" in environment


def test_recipes_copy_the_same_files_and_no_more(dockerfile, definition, root):
    final = dockerfile.split("\nFROM ")[-1]
    lines = re.findall(r"^COPY (?!--from)(.*) \S+$", final, re.MULTILINE)
    copied = {name for line in lines for name in line.split()}
    files = re.search(r"%files\n((?: +\S+ /opt/galbar/\S+\n)+)", definition)[1]
    assert {line.split()[0] for line in files.splitlines()} == copied
    assert all((root / name).exists() for name in copied)
    # Neither an environment nor data, whatever lies in the folder.
    assert copied.isdisjoint({".", ".venv", "data", "results", "demo"})
    assert {"Snakefile", "config", "workflow", "examples", "container"} <= copied


@pytest.fixture
def check(root, tmp_path):
    """Give a function that checks a Python which answers with these lines of shell."""

    def run(body):
        python = tmp_path / "python"
        python.write_text(f"#!/bin/sh\n{body}\n")
        python.chmod(0o755)
        command = [root / "requirements/find_python", "--check", python]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return run


def test_a_python_without_headers_is_refused(check):
    done = check(
        "case $2 in *sysconfig*) echo /nowhere/Python.h ;; *platform*) echo 3.12.1 ;; esac"
    )
    assert done.returncode == 1
    assert "has no /nowhere/Python.h" in done.stderr
    assert "python3-dev" in done.stderr


def test_a_python_without_venv_is_refused(check, tmp_path):
    header = tmp_path / "Python.h"
    header.touch()
    done = check(f"case $2 in *sysconfig*) echo {header} ;; *ensurepip*) exit 1 ;; esac")
    assert done.returncode == 1
    assert "python3-venv" in done.stderr


def test_a_python_of_another_version_is_refused(check):
    done = check("case $2 in *platform*) echo 3.9.2 ;; *) exit 1 ;; esac")
    assert done.returncode == 1
    assert "is Python 3.9.2" in done.stderr


def test_a_complete_python_is_taken(check, tmp_path):
    header = tmp_path / "Python.h"
    header.touch()
    assert check(f"case $2 in *sysconfig*) echo {header} ;; esac").returncode == 0
