"""A copy of the workflow that tests may edit, and a way to run Snakemake on it."""

import fcntl
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.workflow_copy import copy_workflow

# A safety net: ten times what the longest run takes on a usual machine, and more [s].
LIMIT = 3600.0


class Snakemake:
    """Snakemake in a process that has imported it once (`warm_snakemake`)."""

    def __init__(self):
        self._process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("warm_snakemake.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, folder, arguments):
        """Run it in a folder; the completed process with its output as text."""
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "TF_CPP_MIN_LOG_LEVEL": "2"}
        files = {name: folder.with_name(f"snakemake.{name}") for name in ("out", "err")}
        order = {
            **{"folder": str(folder), "arguments": arguments, "environment": environment},
            **{name: str(path) for name, path in files.items()},
        }
        print(json.dumps(order), file=self._process.stdin, flush=True)
        answered, _, _ = select.select([self._process.stdout], [], [], LIMIT)
        out, err = (path.read_text() if path.exists() else "" for path in files.values())
        if not answered:
            self.stop()
            pytest.fail(f"did not end within {LIMIT:.0f} s\n{out[-4000:]}\n{err[-8000:]}")
        status = int(self._process.stdout.readline())
        return subprocess.CompletedProcess(arguments, status, out, err)

    def stop(self):
        """End the process and all that it has started."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()


class Workflow:
    """A copy of the workflow in a folder of its own."""

    def __init__(self, root, folder, snakemake):
        self.folder, self._snakemake = Path(folder), snakemake
        copy_workflow(root, self.folder)

    def run(self, *arguments, check=True):
        """Run Snakemake; the completed process with its output as text."""
        done = self._snakemake.run(self.folder, ["--cores", "2", *map(str, arguments)])
        if check and done.returncode:
            logs = "\n".join(
                f"== {path}\n{path.read_text()[-3000:]}"
                for path in self.folder.glob("results/logs/**/*.log")
                if "Traceback" in path.read_text()
            )
            pytest.fail(f"{done.stdout[-4000:]}\n{done.stderr[-8000:]}\n{logs}")
        return done

    def plan(self, *arguments):
        """Count the jobs per rule that a dry run announces, target rules left out."""
        done = self.run("--dry-run", *arguments)
        text = done.stdout + done.stderr
        if "Nothing to be done" in text:
            return {}
        table = re.search(r"Job stats:\njob +count\n[- ]+\n((?:\w+ +\d+\n)+)", text)
        assert table, text
        jobs = {name: int(count) for name, count in re.findall(r"(\w+) +(\d+)\n", table[1])}
        return {
            name: count
            for name, count in jobs.items()
            if name not in ("total", "all", "catalogue_default", "measured", "bundle")
            and not name.startswith(("all_", "only_"))
        }

    def planned_outputs(self, *arguments):
        """All output files that a dry run announces."""
        done = self.run("--dry-run", *arguments)
        lines = re.findall(r"^ +output: (.*)$", done.stdout + done.stderr, flags=re.MULTILINE)
        return [name.strip() for line in lines for name in line.split(",")]

    def edit(self, name, old, new):
        """Replace text in a file of the copy; the returned function puts it back, time too."""
        path = self.folder / name
        before, times = path.read_text(), path.stat()
        assert old in before, f"{name} has no {old!r}"
        path.write_text(before.replace(old, new, 1))

        def restore():
            path.write_text(before)
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))

        return restore


@pytest.fixture(scope="session")
def snakemake():
    """Give Snakemake, imported once for all tests."""
    snakemake = Snakemake()
    yield snakemake
    snakemake.stop()


@pytest.fixture
def workflow(root, tmp_path, snakemake):
    """Give a fresh copy of the workflow, nothing run yet."""
    return Workflow(root, tmp_path / "galbar", snakemake)


@pytest.fixture(scope="session")
def finished_folder(root, tmp_path_factory, snakemake):
    """Run the tiny survey to its end, once for all processes of the tests; not to be changed."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own) / "finished"
    folder.mkdir(exist_ok=True)
    with open(folder / "lock", "w") as lock:
        # The process that comes second waits until the first is done.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            shutil.rmtree(folder / "galbar", ignore_errors=True)
            copy = Workflow(root, folder / "galbar", snakemake)
            # One thread each: two at a time, as so small networks take longer to import than run.
            rules = ("train_model", "train_control", "predict_votes", "compute_heatmaps")
            threads = (f"{rule}=1" for rule in (*rules, "compute_class_heatmaps"))
            copy.run("--configfile", "tests/config/tiny.yaml", "--set-threads", *threads)
            (folder / "done").touch()
    return folder / "galbar"


@pytest.fixture(scope="session")
def finished(root, tmp_path_factory, snakemake, finished_folder):
    """Give a copy of the workflow on which the tiny survey has run to its end."""
    copy = Workflow(root, tmp_path_factory.mktemp("copied") / "galbar", snakemake)
    shutil.copytree(finished_folder, copy.folder, dirs_exist_ok=True, symlinks=True)
    return copy


@pytest.fixture
def own_copy(root, tmp_path, snakemake, finished_folder):
    """Give such a copy to one test alone, which changes results that others look at."""
    copy = Workflow(root, tmp_path / "galbar", snakemake)
    shutil.copytree(finished_folder, copy.folder, dirs_exist_ok=True, symlinks=True)
    return copy


@pytest.fixture(scope="module")
def own_copy_of_module(root, tmp_path_factory, snakemake, finished_folder):
    """Give such a copy to the tests of one module."""
    copy = Workflow(root, tmp_path_factory.mktemp("own") / "galbar", snakemake)
    shutil.copytree(finished_folder, copy.folder, dirs_exist_ok=True, symlinks=True)
    return copy
