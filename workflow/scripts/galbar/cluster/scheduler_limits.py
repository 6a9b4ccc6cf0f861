"""How many jobs a scheduler takes at once, alone and as arrays, and whether a profile fits in.

Job arrays of snakemake-executor-plugin-slurm 2.8.0 work only where all jobs of a rule that are
ready fit into ``jobs`` of the profile: those that do not fit are put aside and never submitted.
What one sbatch carries is limited, too: the command lines of all tasks are one argument of it.
"""

import re

from galbar.cluster.checks import FAIL, PASS, WARN, Check
from galbar.cluster.qos import read_associations, read_qos

MOST_TASKS = 25
"""Tasks of an array whose command lines fit into one argument.

Linux allows 131,072 bytes. The argument of 40 tasks of compute_heatmaps had 129,657 where names in
the configuration were longer than those that ship; 25 such tasks take 81,000. It goes with the
lengths of names and paths, and no number is sure for all of them.
"""


def read_limits(accounts, run):
    """Read what a site allows; None where it does not tell or sets no limit.

    Parameters
    ----------
    accounts : collection of str
        Those of the profile.
    run : callable
        Like `galbar.cluster.checks.run_command`.

    Returns
    -------
    dict
        array_tasks (the largest array), submitted (jobs of a user in the queue, the smallest of
        the limits of the accounts and of the QOS that their jobs run with).
    """
    _, text = run("scontrol", "show", "config")
    size = re.search(r"MaxArraySize\s*=\s*(\d+)", text)
    associations = read_associations(accounts, run)
    submitted = [number for entry in associations for number in entry["submitted"]]
    names = set().union(*(entry["qos"] for entry in associations))
    if names:
        qos = (read_qos(names, run) or {}).values()
        submitted += [entry.submitted for entry in qos if entry.submitted is not None]
    # The largest index is one less, and Snakemake counts from one.
    tasks = int(size[1]) - 1 if size else None
    return {"array_tasks": tasks, "submitted": min(submitted, default=None)}


def check_limits(profile, accounts, run):
    """Compare what a profile would submit with what the site allows.

    Parameters
    ----------
    profile : dict
        jobs (at most in the queue), per_second (at most submitted at a time; None: any number),
        array_rules (names of the rules that are submitted as arrays, or "all"; "" for none),
        array_limit (tasks of one array at most), ready (jobs of a rule that may be ready at once).
    accounts : collection of str
        Those of the profile; "" and "None" are none.
    run : callable
        Like `galbar.cluster.checks.run_command`.

    Returns
    -------
    list of Check
    """
    limits = read_limits(accounts, run)
    checks = [_check_submitted(profile["jobs"], limits["submitted"])]
    if not profile["array_rules"]:
        return checks
    return [*checks, _check_array_limit(profile["array_limit"], limits), _check_ready(profile)]


def _check_submitted(jobs, allowed):
    subject = "jobs in the queue"
    if allowed is None:
        return Check(subject, PASS, f"jobs: {jobs}; the site tells no limit")
    if jobs > allowed:
        return Check(
            subject,
            WARN,
            f"jobs: {jobs}, but account or QOS allow {allowed}: sbatch refuses more",
            f"set jobs: {allowed} in the profile, or less where you have other jobs",
        )
    return Check(subject, PASS, f"jobs: {jobs} of {allowed}")


def _check_array_limit(limit, limits):
    subject = "slurm-array-limit"
    allowed = limits["array_tasks"]
    if allowed is not None and limit > allowed:
        return Check(
            subject,
            FAIL,
            f"{limit}, but MaxArraySize allows arrays of {allowed}",
            f"set slurm-array-limit: {min(allowed, MOST_TASKS)} in the profile",
        )
    if limit > MOST_TASKS:
        return Check(
            subject,
            FAIL,
            f"{limit}: the command lines of so many tasks do not fit into one sbatch, and each "
            "task would then do the work of the first",
            f"set slurm-array-limit: {MOST_TASKS} in the profile",
        )
    return Check(subject, PASS, f"{limit} of {allowed or 'a number that scontrol does not tell'}")


def _check_ready(profile):
    subject = "jobs for arrays"
    at_once = min(profile["jobs"], profile["per_second"] or profile["jobs"])
    if profile["ready"] > at_once:
        return Check(
            subject,
            FAIL,
            f"{profile['ready']} jobs of a rule may be ready, {at_once} are submitted at once: the "
            "others would wait for ever",
            f"set jobs: {profile['ready']} and max-jobs-per-timespan: {profile['ready']}/1s in the "
            "profile or more, raise heatmaps.galaxies_per_job, or leave out slurm-array-jobs",
        )
    return Check(subject, PASS, f"{profile['ready']} of {at_once} at once")
