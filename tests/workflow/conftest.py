"""A copy of the workflow that tests may edit, and a way to run Snakemake on it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from workflow_copy import copy_workflow

# A safety net: ten times what the longest run takes on a usual machine, and more [s].
LIMIT = 3600.0


class Workflow:
    """A copy of the workflow in a folder of its own."""

    def __init__(self, root, folder):
        self.folder = Path(folder)
        copy_workflow(root, self.folder)

    def run(self, *arguments, check=True):
        """Run Snakemake; the completed process with its output as text."""
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "TF_CPP_MIN_LOG_LEVEL": "2"}
        done = subprocess.run(
            [sys.executable, "-m", "snakemake", "--cores", "2", *map(str, arguments)],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
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
            if name not in ("total", "all", "catalogue_default")
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


@pytest.fixture
def workflow(root, tmp_path):
    """Give a fresh copy of the workflow, nothing run yet."""
    return Workflow(root, tmp_path / "galbar")


@pytest.fixture(scope="session")
def finished(root, tmp_path_factory):
    """Give a copy of the workflow on which the tiny survey has run to its end."""
    copy = Workflow(root, tmp_path_factory.mktemp("finished") / "galbar")
    copy.run("--configfile", "tests/config/tiny.yaml")
    return copy
