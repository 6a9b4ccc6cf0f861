"""What a SLURM cluster tells of itself: accounts, partitions with their GPUs, limits.

What a command does not tell is empty or None, never guessed.
"""

import re
from dataclasses import dataclass, field

from galbar.cluster.checks import minutes_of, run_command


@dataclass(frozen=True)
class Partition:
    """A partition that jobs begin in.

    Attributes
    ----------
    name : str
    default : bool
        Whether jobs that name none go there.
    minutes : float
        Longest time of a job [min]; infinite without a limit.
    nodes : int
    gpus : dict of int
        Kind of GPU ("" where the site names none) -> number on all its nodes; empty without GPUs.
    accounts : frozenset of str or None
        Accounts that may use it; None for all.
    denied : frozenset of str
        Accounts that may not.
    """

    name: str
    default: bool = False
    minutes: float = float("inf")
    nodes: int = 0
    gpus: dict = field(default_factory=dict)
    accounts: frozenset | None = None
    denied: frozenset = frozenset()

    def admits(self, account):
        """Return whether jobs of an account may use it; True if the account is None."""
        if account is None:
            return True
        return account not in self.denied and (self.accounts is None or account in self.accounts)


@dataclass(frozen=True)
class Site:
    """A cluster, as its commands describe it.

    Attributes
    ----------
    accounts : tuple of str
        Of this user, the default one first if it is known; empty without accounting.
    default_account : str or None
    partitions : tuple of Partition
        Those that are up, and not closed to all groups of this user.
    select_type : str or None
        SelectType of slurm.conf.
    min_job_age : int or None
        How long squeue remembers a job [s].
    """

    accounts: tuple = ()
    default_account: str | None = None
    partitions: tuple = ()
    select_type: str | None = None
    min_job_age: int | None = None


def read_site(run=run_command):
    """Read what the commands of the cluster tell.

    OSError, with what it says, if there is no ``scontrol`` or it does not list partitions.
    """
    accounts, default = _read_accounts(run)
    config = _succeeded(run, "scontrol", "show", "config")
    age = re.search(r"MinJobAge\s*=\s*(\d+)", config)
    select = re.search(r"SelectType\s*=\s*(\S+)", config)
    return Site(
        accounts=accounts,
        default_account=default,
        partitions=tuple(_read_partitions(run)),
        select_type=select and select[1],
        min_job_age=age and int(age[1]),
    )


def _succeeded(run, *command):
    status, text = run(*command)
    return "" if status else text


def _read_accounts(run):
    user = run("id", "-un")[1]
    show = ("sacctmgr", "--noheader", "--parsable2", "show")
    form = "format=account"
    accounts = _succeeded(run, *show, "associations", form, "where", f"user={user}").split()
    default = _succeeded(run, *show, "user", user, "format=defaultaccount").strip()
    accounts = sorted(set(accounts))
    if default not in accounts:
        return tuple(accounts), None
    return (default, *(name for name in accounts if name != default)), default


def _read_partitions(run):
    status, text = run("scontrol", "--oneliner", "show", "partition")
    if status:
        raise OSError(f"scontrol show partition: {text or f'ended with status {status}'}")
    gpus = _read_gpus(run)
    groups = set(_succeeded(run, "id", "-Gn").split())
    for line in filter(None, text.splitlines()):
        fields = dict(part.split("=", 1) for part in line.split() if "=" in part)
        # Some are for administrators or reservations alone.
        closed = "YES" in (fields.get("RootOnly"), fields.get("ReqResv"))
        admitted = _split(fields.get("AllowGroups", "ALL"))
        if groups and admitted is not None:
            closed |= not admitted & groups
        if fields.get("State") != "UP" or closed:
            continue
        name = fields["PartitionName"]
        yield Partition(
            name=name,
            default=fields.get("Default") == "YES",
            minutes=minutes_of(fields.get("MaxTime", "infinite")),
            nodes=int(fields.get("TotalNodes", 0)),
            gpus=gpus.get(name, {}),
            accounts=_split(fields.get("AllowAccounts", "ALL")),
            denied=_split(fields.get("DenyAccounts", "")) or frozenset(),
        )


def _split(names):
    """Split names by commas; None for all."""
    return None if names == "ALL" else frozenset(filter(None, names.split(",")))


def _read_gpus(run):
    """Read the GPUs of each partition: name -> kind -> number on all its nodes."""
    gpus = {}
    # A line for all nodes that are alike.
    for line in _succeeded(run, "sinfo", "--noheader", "--format=%R|%D|%G").splitlines():
        name, nodes, resources = line.split("|", 2)
        # Without the sockets, "gpu:a100:4(S:0-1)".
        for resource in re.sub(r"\(.*?\)", "", resources).split(","):
            kind, *rest = resource.split(":")
            if kind != "gpu":
                continue
            number = int(rest.pop()) if rest and rest[-1].isdecimal() else 1
            entry = gpus.setdefault(name, {})
            kind = rest[0] if rest else ""
            entry[kind] = entry.get(kind, 0) + int(nodes) * number
    return gpus
