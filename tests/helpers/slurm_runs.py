"""Runs of the workflow on the tests' cluster, and ways to start, watch and disturb them."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from tests.helpers.slurm_cluster import ACCOUNT, LIMIT
from tests.helpers.workflow_copy import copy_workflow

ROOT = Path(__file__).resolve().parents[2]
# Snakemake as it is, but for the time between two looks at its jobs, which the plugin makes longer
# and longer: here jobs are short, and no other users' squeue is slowed down.
SNAKEMAKE = """
from snakemake.cli import main
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor
RemoteExecutor.next_seconds_between_status_checks = property(lambda self: 1, lambda *_: None)
main()
"""


class Run:
    """A copy of the workflow in a folder on the "shared" disk, with a site's profile."""

    # What the tests look at: all rules with a GPU, measuring and scores, and a figure of thirteen.
    targets = (
        *("all_lengths", "all_checks", "only_vgg16_tiny", "only_xception_tiny"),
        *(f"results/ensemble/run1/class_heatmaps/{name}.h5" for name in ("hoyle", "training")),
        "results/figures/overview.png",
    )

    def __init__(self, cluster, folder):
        self.cluster, self.folder = cluster, Path(folder)
        self.results = self.folder / "results"
        self.began = time.time()
        self.process = None

    @classmethod
    def fresh(cls, cluster, folder):
        """Copy the workflow and set what a site must set."""
        run = cls(cluster, folder)
        copy_workflow(ROOT, run.folder)
        run.edit_profile("slurm_account: SET_ME", f"slurm_account: {ACCOUNT}")
        run.edit_profile("slurm_partition: SET_ME", "slurm_partition: cpu", count=1)
        run.edit_profile("slurm_partition: SET_ME", "slurm_partition: gpu")
        return run

    def copy(self, folder):
        """Copy with all results, as it stands; what Snakemake has printed so far is left out."""
        shutil.copytree(
            self.folder, folder, symlinks=True, ignore=shutil.ignore_patterns("snakemake.log")
        )
        return Run(self.cluster, folder)

    def edit_profile(self, old, new, count=-1):
        """Replace text in the profile."""
        path = self.folder / "profiles/slurm/config.yaml"
        text = path.read_text()
        assert old in text, old
        path.write_text(text.replace(old, new, count))

    def set_resources(self, rule, **resources):
        """Give a rule other resources in the profile."""
        path = self.folder / "profiles/slurm/config.yaml"
        profile = yaml.safe_load(path.read_text())
        profile["set-resources"][rule] = {**profile["set-resources"][rule], **resources}
        path.write_text(yaml.safe_dump(profile))

    def configure(self, **changes):
        """Write run.yaml, the tiny survey with one run of each network and sections updated."""
        config = yaml.safe_load((self.folder / "tests/config/tiny.yaml").read_text())
        config["training"]["runs"] = 1
        for section, values in changes.items():
            both = isinstance(config.get(section), dict) and isinstance(values, dict)
            config[section] = {**config[section], **values} if both else values
        (self.folder / "run.yaml").write_text(yaml.safe_dump(config))

    def start(self, *arguments):
        """Start Snakemake in the background."""
        # Options that take several values come last: they would swallow the targets.
        command = [sys.executable, "-c", SNAKEMAKE, *map(str, arguments)]
        command += ["--profile", "profiles/slurm", "--configfile", "run.yaml"]
        path = f"{Path(sys.executable).parent}{os.pathsep}{self.cluster.environment['PATH']}"
        with open(self.folder / "snakemake.log", "ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=self.folder,
                env={**self.cluster.environment, "PATH": path, "TF_CPP_MIN_LOG_LEVEL": "2"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def finish(self, status=0):
        """Wait for Snakemake's end; its output."""
        try:
            self.process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self.kill()
            pytest.fail(f"did not end within {LIMIT:.0f} s\n{self.tell()}")
        assert self.process.returncode == status, self.tell()
        return self.log()

    def run(self, *arguments, status=0):
        """Run Snakemake to its end; its output."""
        self.start(*arguments)
        return self.finish(status)

    def kill(self):
        """SIGKILL to Snakemake and what it runs on the "login node"; its jobs go on."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(LIMIT)

    def stop(self):
        """Leave neither a controller nor a job."""
        if self.process is not None and self.process.poll() is None:
            self.kill()
        self.cluster.command("scancel", "-u", "root")

    def log(self):
        """Output of all runs so far."""
        return (self.folder / "snakemake.log").read_text(errors="replace")

    def tell(self):
        """Collect what helps to understand a failure."""
        logs = [*self.results.glob("logs/*/*.log"), *self.results.glob("logs/slurm/**/*.log")]
        young = sorted(logs, key=lambda path: path.stat().st_mtime)[-3:]
        parts = [f"== {path}\n{path.read_text(errors='replace')[-2500:]}" for path in young]
        return "\n".join([self.log()[-6000:], *parts, str(self.jobs())])

    def wait_for(self, what, found, running=True):
        """Wait until ``found()`` is true; its value. Fail if Snakemake ends before.

        With ``running=False`` Snakemake may have ended.
        """
        deadline = time.monotonic() + LIMIT
        while time.monotonic() < deadline:
            value = found()
            if value:
                return value
            if running and self.process.poll() is not None:
                pytest.fail(f"ended before: {what}\n{self.tell()}")
            time.sleep(0.3)
        self.stop()
        pytest.fail(f"not within {LIMIT:.0f} s: {what}\n{self.tell()}")

    def jobs(self):
        """Jobs that this run has submitted, from the accounting, with rule and wildcards."""
        jobs = self.cluster.accounting(self.began)
        for job in jobs:
            rule, _, wildcards = job["comment"].removeprefix("rule_").partition("_wildcards_")
            job |= {"rule": rule, "wildcards": wildcards}
        return [job for job in jobs if job["comment"] and job["id"] in self.submitted()]

    def submitted(self):
        """Numbers of the jobs that Snakemake says it has submitted."""
        return set(re.findall(r"submitted with SLURM jobid (\d+)", self.log()))
