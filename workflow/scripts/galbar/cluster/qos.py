"""What accounting tells of an account's associations and of the QOS that its jobs run with."""

import re
from dataclasses import dataclass

from galbar.cluster.accounting import seconds_of

_SHOW = ("sacctmgr", "--parsable2", "--noheader", "show")


@dataclass(frozen=True)
class Qos:
    """A quality of service of SLURM.

    Attributes
    ----------
    mode : str
        PreemptMode of its jobs; "cluster" for that of the whole cluster.
    grace : int
        GraceTime [s].
    submitted : int or None
        Jobs of a user in the queue at most; None without a limit.
    """

    mode: str
    grace: int
    submitted: int | None


def read_associations(accounts, run):
    """Read this user's associations with accounts: the limits of each, and its QOS.

    Parameters
    ----------
    accounts : collection of str
        Those of the profile; of all accounts where none of them is a name.
    run : callable
        Like `galbar.cluster.checks.run_command`.

    Returns
    -------
    list of dict
        submitted (list of int, MaxSubmit and GrpSubmit where they are set) and qos (names: the
        default one, else all that are allowed). Empty where accounting does not answer.
    """
    _, user = run("id", "-un")
    form = "format=account,maxsubmit,grpsubmit,defaultqos,qos"
    status, text = run(*_SHOW, "associations", form, "where", f"user={user}")
    names = {name.lower() for name in accounts} - {"", "none", "set_me"}
    associations = []
    for line in text.splitlines() if status == 0 else []:
        fields = line.split("|")
        if len(fields) != 5 or (names and fields[0] not in names):
            continue
        _, *limits, default, allowed = fields
        associations.append(
            {
                "submitted": [int(number) for number in limits if number.isdecimal()],
                "qos": set(filter(None, (default or allowed).split(","))),
            }
        )
    return associations


def read_qos(names, run):
    """Read QOS; None where accounting does not answer.

    Parameters
    ----------
    names : collection of str
        Of all QOS where there is none.
    run : callable
        Like `galbar.cluster.checks.run_command`.

    Returns
    -------
    dict of Qos or None
        Name -> QOS.
    """
    status, text = run(*_SHOW, "qos", "format=name,preemptmode,gracetime,maxsubmitpu")
    rows = [line.split("|") for line in text.splitlines()] if status == 0 else []
    rows = [row for row in rows if len(row) == 4]
    if not rows:
        return None
    return {
        name: Qos(mode, _read_grace(grace), int(submitted) if submitted.isdecimal() else None)
        for name, mode, grace, submitted in rows
        if not names or name in names
    }


def _read_grace(text):
    """Convert "00:01:00", or seconds alone, to seconds; 0 if there is none."""
    if text.isdecimal():
        return int(text)
    return int(seconds_of(text)) if re.search(r"\d:\d", text) else 0
