"""Interrupt a small training on the cluster of a profile, and see it go on.

`python try_preemption.py [PROFILE [FOLDER]]`: by default profiles/site if it was written, else
profiles/slurm, to be filled in. Results are in FOLDER, by default build/preemption; the undisturbed
run there is not done again.
"""

import subprocess
import sys
from pathlib import Path

from galbar.cluster.checks import failed, format_checks
from galbar.cluster.preemption import INTERRUPTIONS, MODEL, run_interrupted

ROOT = Path(__file__).resolve().parents[2]


def main(profile="", folder="build/preemption"):
    """Run all rounds; return the table of the checks, and whether one failed."""
    written = (ROOT / "profiles/site/config.yaml").is_file()
    profile = Path(profile or ROOT / ("profiles/site" if written else "profiles/slurm"))
    command = [sys.executable, "-m", "snakemake", MODEL, "--profile", str(profile.absolute())]
    # One thread: sums on several round in another order each time.
    command += ["--snakefile", str(ROOT / "Snakefile"), "--set-threads", "train_model=1"]
    command += ["--configfile", str(ROOT / "config/preemption.yaml")]
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
    if len(sys.argv) > 3:
        sys.exit("usage: try_preemption.py [PROFILE [FOLDER]]")
    table, bad = main(*sys.argv[1:])
    print(table)
    sys.exit(bad)
