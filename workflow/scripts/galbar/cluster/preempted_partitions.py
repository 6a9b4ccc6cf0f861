"""Whether jobs that are preempted go on: what the PreemptMode and GraceTime of a site mean here."""

import re

from galbar.cluster.checks import PASS, WARN, Check
from galbar.cluster.qos import read_associations, read_qos


def check_preemption(partitions, accounts, run):
    """Check what preempts jobs, partitions or QOS; what does not gives no check.

    Parameters
    ----------
    partitions : iterable of str
        Names, of those that rules ask for.
    accounts : collection of str
        Those of the profile; "" and "None" are none.
    run : callable
        Like `galbar.cluster.checks.run_command`.

    Returns
    -------
    list of Check
    """
    _, config = run("scontrol", "show", "config")
    kind = re.search(r"PreemptType\s*=\s*preempt/(\w+)", config)
    if kind is None or kind[1] == "none":
        return []
    if kind[1] == "qos":
        mode = re.search(r"PreemptMode\s*=\s*(\S+)", config)
        return _check_qos(accounts, mode[1] if mode else "OFF", run)
    checks = []
    for name in sorted(set(partitions)):
        _, text = run("scontrol", "show", "partition", name)
        modes = re.search(r"PreemptMode=(\S+)", text)
        grace = re.search(r"GraceTime=(\d+)", text)
        if modes and modes[1] != "OFF":
            seconds = int(grace[1]) if grace else 0
            checks.append(_check_mode(f"partition {name}: preemption", modes[1], seconds))
    return checks


def _check_qos(accounts, cluster_mode, run):
    """Check the QOS of the accounts' jobs, with preempt/qos: mode and grace time are theirs."""
    associations = read_associations(accounts, run)
    qos = read_qos(set().union(*(entry["qos"] for entry in associations)), run)
    if qos is None:
        return [
            Check(
                "preemption",
                WARN,
                "not looked at: preempt/qos, and sacctmgr does not tell of the QOS",
                "ask the site for PreemptMode and GraceTime of the QOS of your jobs",
            )
        ]
    checks = []
    for name, entry in sorted(qos.items()):
        mode = cluster_mode if entry.mode.lower() in ("", "cluster") else entry.mode.upper()
        if mode != "OFF":
            checks.append(_check_mode(f"QOS {name}: preemption", mode, entry.grace))
    return checks


def _check_mode(subject, mode, grace):
    settings = f"PreemptMode={mode}, GraceTime {grace} s"
    if "CANCEL" in mode and not grace:
        # Read in snakemake-executor-plugin-slurm 2.8.0, and seen: PREEMPTED is no end for it.
        return Check(
            subject,
            WARN,
            f"{settings}: Snakemake waits for ever for a job that is preempted",
            "use another partition or QOS, or end Snakemake when it says that a job was "
            "preempted, and run it again: what was stored is not done again",
        )
    if grace:
        return Check(
            subject,
            WARN,
            f"{settings}: a preempted job ends by itself, and counts as an attempt",
            "set retries to more than the preemptions that you expect of one job",
        )
    return Check(subject, PASS, settings)
