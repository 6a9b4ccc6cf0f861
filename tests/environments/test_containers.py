"""``snakemake --sdm apptainer``: which image jobs are started in, with which options.

Apptainer is a stand-in, which writes down how it was called and runs the command without an image.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.workflow_copy import copy_workflow

# A safety net [s].
LIMIT = 1200
APPTAINER = """#!{python}
import json, os, sys
arguments = sys.argv[1:]
if arguments == ["--version"]:
    print("apptainer version 1.3.4")
    sys.exit()
with open({calls!r}, "a") as file:
    print(json.dumps(arguments), file=file)
# The Python of the "image".
os.environ["PATH"] = {binaries!r} + os.pathsep + os.environ["PATH"]
os.execvp("bash", arguments[arguments.index("-c") - 1 :])
"""
TARGET = "results/survey/truth.csv"


@pytest.fixture
def calls(tmp_path, root, monkeypatch):
    """Give a function that runs the workflow and lists the calls of the stand-in."""
    folder = tmp_path / "galbar"
    copy_workflow(root, folder)
    program, log = tmp_path / "bin" / "apptainer", tmp_path / "calls"
    program.parent.mkdir()
    binaries = str(Path(sys.executable).parent)
    program.write_text(APPTAINER.format(python=sys.executable, calls=str(log), binaries=binaries))
    program.chmod(0o755)
    path = os.pathsep.join(map(str, (program.parent, os.environ["PATH"])))
    monkeypatch.setenv("PATH", path)

    def run(*arguments):
        command = [sys.executable, "-m", "snakemake", "--cores", "2", TARGET, *arguments]
        command += ["--configfile", root / "tests/config/tiny.yaml"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=LIMIT)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
        assert (folder / TARGET).is_file()
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    return run


def test_jobs_start_in_the_image_of_the_configuration(calls, tmp_path):
    image = tmp_path / "own.sif"
    image.touch()
    (survey,) = calls(
        "--sdm", "apptainer", "--apptainer-args=--nv", "--config", f"container={image}"
    )
    assert survey[0] == "exec"
    assert "--nv" in survey
    # The image stands before the command.
    assert survey[survey.index("-c") - 2] == str(image)


def test_without_the_option_no_image_is_looked_for(calls):
    assert calls("--config", "container=missing.sif") == []
