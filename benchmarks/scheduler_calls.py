"""Calls of a scheduler for many shards, each a job of its own and as job arrays.

Usage, as root, from the root of the repository, with what `make test-slurm` needs:
``.venv/bin/python benchmarks/scheduler_calls.py [--shards 100] [--tasks 40]``.

Starts the tests' SLURM on this machine, runs a rule of one short job for each shard twice with the
profile that ships, and counts the calls of SLURM's commands by wrappers that are first on PATH, on
the "login node" and in the jobs. Snakemake looks at its jobs as seldom as it always does, so that
the number of squeue calls goes with the time that the run takes.
"""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "workflow" / "scripts"), str(ROOT)]

from machine import describe_machine  # noqa: E402

from tests.helpers.slurm_calls import COMMANDS, ShardRun  # noqa: E402
from tests.helpers.slurm_cluster import Cluster  # noqa: E402

SNAKEMAKE = "from snakemake.cli import main; main()"


def measure(cluster, folder, shards, **changes):
    """Run all shards; return the calls, the time [s], and what went wrong."""
    run = ShardRun(cluster, folder, SNAKEMAKE, jobs=2 * shards, retries=0, **changes)
    begun = time.monotonic()
    status, text = run.run(shards)
    elapsed = time.monotonic() - begun
    expected = {str(shard): f"shard {shard}\n" for shard in range(1, shards + 1)}
    right = sum(run.outputs().get(shard) == line for shard, line in expected.items())
    repeated = sum(number > 1 for number in run.attempts().values())
    fault = f"; status {status}: {text[-1500:]}" if status else ""
    return run.calls(), elapsed, f"{right} of {shards} right, {repeated} done twice{fault}"


def main(shards, tasks):
    """Print the calls side by side."""
    print(describe_machine())
    folder = Path(tempfile.mkdtemp(prefix="galbar-slurm-", dir="/tmp"))
    cluster = Cluster(folder)
    try:
        cluster.start()
        single, single_time, single_verdict = measure(cluster, folder / "single", shards)
        arrays, arrays_time, arrays_verdict = measure(
            cluster,
            folder / "arrays",
            shards,
            **{"slurm-array-jobs": "compute_shard", "slurm-array-limit": tasks},
        )
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{shards} shards; arrays of at most {tasks} tasks")
    print(f"{'':<10} {'single':>8} {'arrays':>8} {'ratio':>8}")
    for name in COMMANDS:
        ratio = f"{single[name] / arrays[name]:.1f}" if arrays[name] else "-"
        print(f"{name:<10} {single[name]:>8} {arrays[name]:>8} {ratio:>8}")
    print(f"{'time [s]':<10} {single_time:>8.0f} {arrays_time:>8.0f}")
    print(f"single: {single_verdict}\narrays: {arrays_verdict}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--shards", type=int, default=100)
    parser.add_argument("--tasks", type=int, default=40)
    main(**vars(parser.parse_args()))
