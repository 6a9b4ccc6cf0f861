"""Shards as jobs on the tests' cluster, and a count of what they ask of the scheduler."""

import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import yaml

from tests.helpers.slurm_cluster import ACCOUNT, LIMIT

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = ("sbatch", "srun", "squeue", "sacct", "scontrol", "scancel", "sinfo", "sacctmgr")

SNAKEFILE = """
rule all:
    input: expand("results/{shard}.txt", shard=range(1, config["shards"] + 1))
    localrule: True


# Memory for eight at a time on a node of the tests' cluster. Those that are to fail do so once.
rule compute_shard:
    output: "results/{shard}.txt"
    threads: 1
    resources: mem_mb=30000, runtime=60
    shell:
        "echo $SLURM_JOB_ID >> began-{wildcards.shard}; "
        "if [ -e fails-{wildcards.shard} ]; then rm fails-{wildcards.shard}; exit 1; fi; "
        "echo shard {wildcards.shard} > {output}"
"""


class ShardRun:
    """Shards as jobs in a folder, by the profile that ships.

    Parameters
    ----------
    cluster : Cluster
        Started.
    folder : Path
        To be made.
    program : str
        Python program that runs Snakemake.
    changes : dict
        Keys of the profile.
    """

    def __init__(self, cluster, folder, program, **changes):
        self.cluster, self.folder, self.program = cluster, Path(folder), program
        (self.folder / "profile").mkdir(parents=True)
        text = (ROOT / "profiles/slurm/config.yaml").read_text()
        text = text.replace("slurm_account: SET_ME", f"slurm_account: {ACCOUNT}")
        profile = yaml.safe_load(text.replace("SET_ME", "cpu"))
        # Those of galbar's rules, which are not here.
        del profile["set-resources"]
        (self.folder / "profile/config.yaml").write_text(yaml.safe_dump({**profile, **changes}))
        (self.folder / "Snakefile").write_text(SNAKEFILE)
        self._count_calls()

    def run(self, shards):
        """Run Snakemake to its end; return its status, and what it printed."""
        path = [self.folder / "bin", Path(sys.executable).parent, self.cluster.environment["PATH"]]
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                self.program,
                "--profile",
                "profile",
                "--config",
                f"shards={shards}",
            ],
            cwd=self.folder,
            env={**self.cluster.environment, "PATH": os.pathsep.join(map(str, path))},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        return done.returncode, done.stdout

    def calls(self):
        """Count the calls so far: command -> number."""
        path = self.folder / "calls"
        return Counter(path.read_text().split() if path.exists() else [])

    def outputs(self):
        """Read the outputs: shard -> text."""
        return {path.stem: path.read_text() for path in (self.folder / "results").glob("*.txt")}

    def attempts(self):
        """Count how often each shard has begun: shard -> number."""
        paths = self.folder.glob("began-*")
        return {path.name.partition("-")[2]: len(path.read_text().split()) for path in paths}

    def _count_calls(self):
        """Put wrappers of SLURM's commands before them, on the nodes as well."""
        folder = self.folder / "bin"
        folder.mkdir()
        for name in COMMANDS:
            command = shutil.which(name, path=self.cluster.environment["PATH"])
            script = folder / name
            script.write_text(
                f'#!/bin/sh\necho {name} >> "{self.folder}/calls"\nexec {command} "$@"\n'
            )
            script.chmod(0o755)
