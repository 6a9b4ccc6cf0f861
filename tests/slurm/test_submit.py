"""The main process as a job that resubmits itself: profiles/slurm/submit.sh on a real cluster.

A small workflow stands for galbar: a chain of two jobs, the first of which waits for a file.
"""

import os
import shutil
import subprocess
import sys
import time

import psutil
import pytest
import yaml

from tests.helpers.slurm_cluster import ACCOUNT, LIMIT
from tests.helpers.slurm_runs import ROOT, SNAKEMAKE

SNAKEFILE = """
rule all:
    input: "results/last.txt"
    localrule: True

rule begin:
    output: "results/first.txt"
    resources: mem_mb=500, runtime=60
    params: words=config.get("words", "")
    shell:
        "echo began >> first.log; while [ ! -e go ]; do sleep 0.2; done; "
        "echo '{params.words}' > {output}"

rule end:
    input: "results/first.txt"
    output: "results/last.txt"
    resources: mem_mb=500, runtime=60
    shell: "echo began >> last.log; [ ! -e broken ] && cp {input} {output}"
"""


class MainJob:
    """A folder with the profile and the script, and the jobs that run Snakemake there."""

    def __init__(self, cluster, folder):
        self.cluster, self.folder = cluster, folder
        (folder / "profiles/slurm").mkdir(parents=True)
        for name in ("submit.sh", "config.yaml"):
            shutil.copy2(ROOT / "profiles/slurm" / name, folder / "profiles/slurm")
        path = folder / "profiles/slurm/config.yaml"
        text = path.read_text().replace("slurm_account: SET_ME", f"slurm_account: {ACCOUNT}")
        profile = yaml.safe_load(text.replace("SET_ME", "cpu"))
        # Those of galbar's rules, which are not here.
        del profile["set-resources"]
        profile |= {"slurm-init-seconds-before-status-checks": 3, "retries": 0}
        path.write_text(yaml.safe_dump(profile, sort_keys=False))
        (folder / "Snakefile").write_text(SNAKEFILE)
        # Snakemake that looks at its jobs each second, as in the other tests.
        (folder / ".venv/bin").mkdir(parents=True)
        program, script = folder / "run_snakemake.py", folder / ".venv/bin/snakemake"
        program.write_text(SNAKEMAKE)
        script.write_text(f'#!/bin/sh\nexec {sys.executable} "{program}" "$@"\n')
        script.chmod(0o755)

    def submit(self, *arguments, options=(), **environment):
        """Submit with sbatch; the number of the job."""
        command = ["sbatch", "--parsable", f"--account={ACCOUNT}", "--mem=1000", *options]
        done = subprocess.run(
            [*command, "profiles/slurm/submit.sh", *arguments],
            cwd=self.folder,
            env={**self.cluster.environment, "GALBAR_SUBMIT_PATIENCE": "2", **environment},
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def log(self, job):
        """Text of the log of a main job; "" before it has begun."""
        path = self.folder / f"results/logs/submit/{job}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def successor(self, job):
        """Return the number of the job that comes after a main job, once it is submitted."""
        begin = "successor: "
        lines = self.wait_for(
            f"the successor of {job}",
            lambda: [line for line in self.log(job).splitlines() if begin in line],
        )
        return lines[-1].partition(begin)[2]

    def state(self, job):
        """State of a job in the queue, ended ones included."""
        text = self.cluster.command("squeue", "-h", "-t", "all", "-j", job, "-o", "%T")
        return text.strip()

    def names(self):
        """Names of the jobs that wait or run here: those of Snakemake, and galbar-main."""
        text = self.cluster.command("squeue", "-h", "-o", "%j %Z")
        lines = [line.split(" ", 1) for line in text.splitlines()]
        return [name for name, folder in lines if folder == str(self.folder)]

    def wait_for(self, event, happened):
        """Wait until ``happened()`` is true; return its value."""
        deadline = time.monotonic() + LIMIT / 4
        while time.monotonic() < deadline:
            value = happened()
            if value:
                return value
            if not self.names():
                # Nothing more will happen, but what is written last may be seen late.
                time.sleep(2)
                return happened() or pytest.fail(f"all has ended before: {event}\n{self.tell()}")
            time.sleep(0.3)
        pytest.fail(f"not within {LIMIT / 4:.0f} s: {event}\n{self.tell()}")

    def wait_for_job(self, times=1):
        """Wait until the first rule's job has begun for so many times."""
        path = self.folder / "first.log"
        self.wait_for(
            f"job {times} of the first rule",
            lambda: path.exists() and len(path.read_text().splitlines()) >= times,
        )

    def wait_for_end(self):
        """Wait until no job of this folder waits or runs."""
        self.wait_for("the end of all jobs", lambda: not self.names())

    def kill(self, job):
        """SIGKILL to the script of a main job; its Snakemake must die with it."""
        processes = list(psutil.process_iter(["environ", "cmdline", "cwd"]))
        inside = [each for each in processes if each.info["cwd"] == str(self.folder)]
        (script,) = [
            each
            for each in inside
            if (each.info["environ"] or {}).get("SLURM_JOB_ID") == job
            and any(word.endswith("/slurm_script") for word in each.info["cmdline"])
        ]
        (snakemake,) = [each for each in inside if f"main-{job}" in (each.info["cmdline"] or [])]
        script.kill()
        snakemake.wait(LIMIT)

    def tell(self):
        """Collect what helps to understand a failure."""
        logs = sorted(self.folder.glob("results/logs/submit/*.log"))
        parts = [f"== {path.name}\n{path.read_text(errors='replace')[-3000:]}" for path in logs]
        return "\n".join([*parts, self.cluster.command("squeue", "-t", "all")])


@pytest.fixture
def main_job(cluster, tmp_path):
    """Make a folder to run Snakemake in as a job; nothing of it is left in the queue."""
    run = MainJob(cluster, tmp_path / "two words")
    yield run
    cluster.command("scancel", "-u", "root")


def test_a_run_over_a_limit_a_kill_and_a_success(main_job):
    # Less than the time before the limit at which the signal comes: it comes at once.
    first = main_job.submit("--config", "words=of two", options=["--time=4"])
    main_job.wait_for_job()
    second = main_job.successor(first)
    # The second one has time enough.
    main_job.cluster.command("scontrol", "update", f"JobId={second}", "TimeLimit=600")
    main_job.wait_for_job(times=2)
    assert "out of time" in main_job.log(first)
    assert f"job {second} goes on" in main_job.log(first)
    # The job that ran on was replaced: one of Snakemake's is left, beside two main jobs.
    assert f"cancelling 1 jobs of turn {first}" in main_job.log(second)
    third = main_job.successor(second)
    assert sorted(name.partition("_")[0] for name in main_job.names()) == [
        *["galbar-main"] * 2,
        f"main-{second}",
    ]
    main_job.kill(second)
    (main_job.folder / "go").touch()
    main_job.wait_for("the third", lambda: main_job.log(third))
    main_job.wait_for_end()
    assert (main_job.folder / "results/last.txt").read_text() == "of two\n", main_job.tell()
    assert (main_job.folder / "last.log").read_text() == "began\n"
    assert main_job.state(third) == "COMPLETED"
    assert "ended with status 0: nothing comes after it" in main_job.log(third)
    assert main_job.state(main_job.successor(third)) == "CANCELLED"


def test_what_its_user_cancels_does_not_come_back(main_job):
    job = main_job.submit()
    main_job.wait_for_job()
    successor = main_job.successor(job)
    # Another one in the same folder stops by itself.
    refused = main_job.submit()
    main_job.wait_for("a refusal", lambda: main_job.state(refused) == "FAILED")
    assert f"found job {job} at work" in main_job.log(refused)
    assert main_job.state(job) == "RUNNING"
    main_job.cluster.command("scancel", job)
    main_job.wait_for_end()
    assert "cancelled by its user" in main_job.log(job)
    assert main_job.log(successor) == ""
    assert main_job.state(successor) == "CANCELLED"
    assert not list(main_job.folder.glob(".snakemake/locks/*"))


def test_a_workflow_that_fails_does_not_loop_even_after_a_lost_node(main_job):
    for name in ("go", "broken"):
        (main_job.folder / name).touch()
    job = main_job.submit(options=["--hold"])
    # What it would have left behind on a node that is gone, when SLURM starts it again.
    lock = main_job.folder / ".snakemake/locks/0.output.lock"
    lock.parent.mkdir(parents=True)
    lock.write_text("results/first.txt\n")
    (main_job.folder / ".snakemake/submit").write_text(f"{job}\n999999\n0\n")
    main_job.cluster.command("scontrol", "release", job)
    successor = main_job.successor(job)
    assert "started again after its node was lost" in main_job.log(job)
    main_job.wait_for_end()
    assert main_job.state(job) == "FAILED"
    assert "Snakemake ended with status 1: nothing comes after it" in main_job.log(job)
    assert main_job.log(successor) == ""
    assert (main_job.folder / "last.log").read_text() == "began\n"
    # Nothing of the job's own SLURM reached Snakemake, which would have warned.
    assert "in a SLURM job context" not in main_job.log(job)


def test_account_and_partition_come_from_the_profile(main_job, tmp_path):
    """Outside of a job, where sbatch was told nothing; sbatch here writes what it gets."""
    sbatch = tmp_path / "sbatch"
    sbatch.write_text('#!/bin/sh\nfor argument in "$@"; do echo "$argument"; done\n')
    sbatch.chmod(0o755)
    environment = {name: text for name, text in os.environ.items() if not name.startswith("SLURM_")}
    done = subprocess.run(
        ["profiles/slurm/submit.sh", "all_lengths", "two words"],
        cwd=main_job.folder,
        env={**environment, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.stdout.splitlines() == [
        f"--account={ACCOUNT}",
        "--partition=cpu",
        "profiles/slurm/submit.sh",
        "--profile=profiles/slurm",
        "all_lengths",
        "two words",
    ], done.stderr
