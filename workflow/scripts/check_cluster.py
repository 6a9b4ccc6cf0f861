"""Print what a cluster has and what it lacks, seen from the login node and from a GPU node."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from galbar.jobs.cluster_checks import Check, check_devices, failed, format_checks

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(site, devices, *, without_gpu):
    """Return the table of all checks, and whether one failed; delete what was recorded."""
    seen = json.loads(Path(site).read_text(encoding="utf-8"))
    report = json.loads(Path(devices).read_text(encoding="utf-8"))
    checks = [Check(**fields) for fields in seen["checks"]]
    checks += check_devices(report, seen, without_gpu)
    for path in (site, devices):
        Path(path).unlink()
    return format_checks(checks), failed(checks)


if __name__ == "__main__":
    table, bad = main(
        snakemake.input.site, snakemake.input.devices, without_gpu=snakemake.params.without_gpu
    )
    Path(snakemake.log[0]).write_text(f"{table}\n", encoding="utf-8")
    print(table)
    sys.exit(bad)
