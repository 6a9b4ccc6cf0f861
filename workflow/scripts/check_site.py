"""Check a cluster from its login node: commands, account, partitions, limits, files."""

from galbar.jobs.start import snakemake

import uuid
from pathlib import Path

from galbar.cluster.attempt_checks import check_attempts
from galbar.cluster.checks import check_site, failed, format_checks, run_command
from galbar.cluster.preempted_partitions import check_preemption
from galbar.cluster.scheduler_limits import check_limits
from galbar.io.atomic import write_json
from galbar.jobs.devices import software_versions


def main(requests, settings, site):
    """Write the checks and what the job on a node should find; stop where a job makes no sense."""
    folder = Path(site).parent
    folder.mkdir(parents=True, exist_ok=True)
    checks = check_site(requests, {**settings, "results": folder})
    checks += check_attempts(settings)
    # Without SLURM's commands there is nothing to ask.
    if not failed(checks):
        accounts = {str(request["account"]) for request in requests.values()}
        checks += check_limits(settings["submission"], accounts, run_command)
        lists = [str(request["partition"]).split(",") for request in requests.values()]
        names = [name for names in lists for name in names]
        checks += check_preemption(names, accounts, run_command)
    if failed(checks):
        raise SystemExit(f"{format_checks(checks)}\nno job was submitted")
    write_json(
        {
            "checks": [check.as_dict() for check in checks],
            "token": uuid.uuid4().hex,
            "versions": software_versions(),
        },
        site,
    )


if __name__ == "__main__":
    main(snakemake.params.requests, snakemake.params.settings, snakemake.output.site)
