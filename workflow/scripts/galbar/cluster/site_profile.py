"""The profile of a site, from the template and from what the cluster tells: rules of choice.

Every choice has a comment that says why, and what else there was; what is not known stays SET_ME.
"""

import re
from dataclasses import dataclass

from galbar.cluster.checks import UNSET

# Where several partitions have GPUs, one that allows this time is preferred [min].
_LONGEST = 1440


@dataclass(frozen=True)
class Choice:
    """A value of the profile, and why it is this one.

    Attributes
    ----------
    value, reason : str
    """

    value: str
    reason: str


def choose_account(site):
    """Choose the account: the default one, else the only one; see `galbar.cluster.site.Site`."""
    if not site.accounts:
        return Choice('""', "sacctmgr tells of no account of yours: jobs are submitted without one")
    first, *rest = site.accounts
    also = f"; also yours: {', '.join(rest)}" if rest else ""
    if site.default_account:
        return Choice(first, f"your default account{also}")
    if not rest:
        return Choice(first, "your only account")
    return Choice(UNSET, f"one of {', '.join(site.accounts)}: sacctmgr tells of no default")


def choose_partition(site, account):
    """Choose the partition of jobs without a GPU, and return it as well (or None).

    Of those that admit the account and have no GPUs (else: that have) the default one, else that
    with the longest time, with the most nodes, the first by name.
    """
    admitted = [partition for partition in site.partitions if partition.admits(account)]
    candidates = [partition for partition in admitted if not partition.gpus]
    remark = "" if candidates else ", which has GPUs, as all have"
    return _choose(candidates or admitted, _rank_plain, f"without a GPU{remark}")


def choose_gpu_partition(site, account):
    """Choose the partition of jobs with a GPU, and return it as well (or None).

    Of those that admit the account and have GPUs one that allows a day, with the most GPUs on all
    its nodes, the default one, the first by name.
    """
    admitted = [partition for partition in site.partitions if partition.admits(account)]
    candidates = [partition for partition in admitted if partition.gpus]
    choice, partition = _choose(candidates, _rank_gpu, "with GPUs")
    if len(candidates) > 1:
        names = ",".join([partition.name, *(p.name for p in candidates if p is not partition)])
        reason = f'{choice.reason}. The first that is free of several: "{names}"'
        choice = Choice(choice.value, reason)
    return choice, partition


def choose_gpu_form(site, partition):
    """Choose how a GPU is asked for: the lines of the profile, and why.

    ``--gpus`` needs SelectType select/cons_tres; others know ``--gres`` only.
    """
    kinds = sorted(kind for kind in partition.gpus if kind) if partition else []
    remark = f"; kinds here: {', '.join(kinds)} (gpu_model: {kinds[0]})" if kinds else ""
    if site.select_type is None:
        return ("gpu: 1",), f"scontrol does not tell SelectType: check_cluster tries it{remark}"
    if site.select_type.endswith("cons_tres"):
        return ("gpu: 1",), f"SelectType is {site.select_type}, which knows --gpus{remark}"
    kinds_remark = f"; kinds here: {', '.join(kinds)} (\"'gpu:{kinds[0]}:1'\")" if kinds else ""
    lines = ("gpu: 0", "gres: \"'gpu:1'\"")
    return lines, f"SelectType is {site.select_type}, which knows --gres only{kinds_remark}"


def choose_first_look(site, default):
    """Choose the time to the first look at a job [s]: a third of MinJobAge at most."""
    age = site.min_job_age
    if age is None:
        return Choice(str(default), "scontrol does not tell MinJobAge: ask for it")
    if age >= 3 * default:
        return Choice(str(default), f"MinJobAge is {age} s")
    return Choice(str(max(1, age // 3)), f"a third of MinJobAge, {age} s")


def cap_runtime(minutes, attempts, partition):
    """Return the runtime of a rule that never exceeds its partition's, or None if none does.

    Parameters
    ----------
    minutes : int
        What the first attempt asks for; later ones ask for as many times as much [min].
    attempts : int
    partition : galbar.cluster.site.Partition or None
    """
    if partition is None or attempts * minutes <= partition.minutes:
        return None
    limit = int(partition.minutes)
    return str(limit) if minutes >= limit else f"min({minutes} * attempt, {limit})"


def read_runtimes(texts):
    """Read the runtimes of rules from their files: rule -> first attempt [min].

    Parameters
    ----------
    texts : iterable of str
        Rule files.
    """
    runtimes = {}
    for text in texts:
        for block in re.split(r"(?m)^ *rule ", text)[1:]:
            runtime = re.search(r"runtime=get_scaled\((\d+)\)", block)
            if runtime:
                runtimes[block.split(":")[0]] = int(runtime[1])
    return runtimes


def _choose(candidates, rank, kind):
    """Choose the partition of highest rank; the choice and the partition."""
    if not candidates:
        return Choice(UNSET, f"sinfo and scontrol show no partition {kind} for you"), None
    ordered = sorted(candidates, key=rank)
    best, *rest = ordered
    if not rest:
        reason = "the only one"
    elif rank is _rank_plain:
        reason = "the default partition" if best.default else "the longest"
    elif best.minutes < _LONGEST:
        reason = "it has most GPUs; none allows a day"
    else:
        reason = "it allows a day and has most GPUs"
    text = f"{kind}: {reason} ({_describe(best)})"
    if rest:
        text += f"; also {', '.join(f'{p.name} ({_describe(p)})' for p in rest)}"
    return Choice(best.name, text), best


def _rank_plain(partition):
    return not partition.default, -partition.minutes, -partition.nodes, partition.name


def _rank_gpu(partition):
    # The default partition may have GPUs on a few of its nodes only.
    number = sum(partition.gpus.values())
    return partition.minutes < _LONGEST, -number, not partition.default, partition.name


def _describe(partition):
    time = "no limit" if partition.minutes == float("inf") else f"{partition.minutes:g} min"
    gpus = [f"{number} {kind or 'GPUs'}" for kind, number in sorted(partition.gpus.items())]
    nodes = f"{partition.nodes} node{'' if partition.nodes == 1 else 's'}"
    return ", ".join([time, nodes, *gpus])
