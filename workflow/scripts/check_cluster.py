"""Print what a cluster has and what it lacks, seen from the login node and from a GPU node."""

from galbar.jobs.start import snakemake

import json
import sys
from pathlib import Path

from galbar.cluster.attempt_checks import check_allocation
from galbar.cluster.checks import Check, check_devices, failed, format_checks
from galbar.io.job_log import print_outside


def main(site, devices, *, without_gpu):
    """Return the table of all checks, and whether one failed; delete what was recorded."""
    seen = json.loads(Path(site).read_text(encoding="utf-8"))
    report = json.loads(Path(devices).read_text(encoding="utf-8"))
    checks = [Check(**fields) for fields in seen["checks"]]
    checks += check_devices(report, seen, without_gpu)
    checks += check_allocation(report)
    for path in (site, devices):
        Path(path).unlink()
    return format_checks(checks), failed(checks)


if __name__ == "__main__":
    table, bad = main(
        snakemake.input.site, snakemake.input.devices, without_gpu=snakemake.params.without_gpu
    )
    print(table)
    print_outside(table)
    sys.exit(bad)
