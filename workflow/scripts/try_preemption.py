"""Interrupt a small training on the cluster of the profile, and see it go on.

`python try_preemption.py [FOLDER]`, after profiles/slurm/config.yaml is filled in. Results are in
FOLDER, by default build/preemption; the undisturbed run there is not done again.
"""

import subprocess
import sys
from pathlib import Path

from galbar.cluster.checks import failed, format_checks
from galbar.cluster.preemption import INTERRUPTIONS, MODEL, run_interrupted

ROOT = Path(__file__).resolve().parents[2]
# One thread: sums on several round in another order each time.
SNAKEMAKE = [
    *(sys.executable, "-m", "snakemake", MODEL, "--profile", ROOT / "profiles/slurm"),
    *("--snakefile", ROOT / "Snakefile", "--set-threads", "train_model=1"),
    *("--configfile", ROOT / "config/preemption.yaml"),
]


def main(folder, snakemake=SNAKEMAKE):
    """Run all rounds; return the table of the checks, and whether one failed."""
    command = list(map(str, snakemake))
    undisturbed = Path(folder).absolute() / "undisturbed"
    undisturbed.mkdir(parents=True, exist_ok=True)
    print("== a training that nothing disturbs", flush=True)
    status = subprocess.run([*command, "--directory", str(undisturbed)]).returncode
    if status:
        return f"snakemake ended with status {status}, undisturbed: check_cluster tells more", True
    checks = []
    for interruption in INTERRUPTIONS:
        print(f"== one that is interrupted as by {interruption.like}", flush=True)
        checks += run_interrupted(interruption, undisturbed, command)
    return format_checks(checks), failed(checks)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        sys.exit("usage: try_preemption.py [FOLDER]")
    table, bad = main(*(sys.argv[1:] or ["build/preemption"]))
    print(table)
    sys.exit(bad)
