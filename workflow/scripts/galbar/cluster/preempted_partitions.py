"""Whether jobs that a partition preempts go on: what its PreemptMode and GraceTime mean here."""

import re

from galbar.cluster.checks import PASS, WARN, Check


def check_preemption(partitions, run):
    """Check the partitions that preempt jobs; those that do not give no check.

    Parameters
    ----------
    partitions : iterable of str
        Names, of those that rules ask for.
    run : callable
        Like `galbar.cluster.checks.run_command`.

    Returns
    -------
    list of Check
    """
    _, config = run("scontrol", "show", "config")
    if re.search(r"PreemptType\s*=\s*preempt/(?!none)", config) is None:
        return []
    checks = []
    for name in sorted(set(partitions)):
        _, text = run("scontrol", "show", "partition", name)
        modes = re.search(r"PreemptMode=(\S+)", text)
        grace = re.search(r"GraceTime=(\d+)", text)
        if modes and modes[1] != "OFF":
            checks.append(_check_partition(name, modes[1], int(grace[1]) if grace else 0))
    return checks


def _check_partition(name, mode, grace):
    subject = f"partition {name}: preemption"
    settings = f"PreemptMode={mode}, GraceTime {grace} s"
    if "CANCEL" in mode and not grace:
        # Read in snakemake-executor-plugin-slurm 2.8.0, and seen: PREEMPTED is no end for it.
        return Check(
            subject,
            WARN,
            f"{settings}: Snakemake waits for ever for a job that is preempted",
            "use another partition, or end Snakemake when it says that a job was preempted, and "
            "run it again: what was stored is not done again",
        )
    if grace:
        return Check(
            subject,
            WARN,
            f"{settings}: a preempted job ends by itself, and counts as an attempt",
            "set retries to more than the preemptions that you expect of one job",
        )
    return Check(subject, PASS, settings)
