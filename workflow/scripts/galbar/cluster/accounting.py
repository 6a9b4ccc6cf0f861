"""What SLURM's accounting tells of the jobs of a folder: a row for each time that a job ran."""

import re
from pathlib import Path

import pandas as pd

from galbar.cluster.checks import minutes_of, run_command

_FIELDS = (
    *("JobID", "JobName", "State", "ExitCode", "Elapsed", "TotalCPU", "NCPUS", "ReqMem", "MaxRSS"),
    *("Timelimit", "WorkDir", "Comment"),
)
# Jobs are told to end so long before their limit, and a little later they have [s].
_SIGNAL = 180
_MB = {"K": 1 / 1024, "M": 1.0, "G": 1024.0, "T": 1024.0**2, "": 1 / 1024**2}

COLUMNS = (
    *("job", "rule", "wildcards", "attempt", "outcome", "elapsed_s", "cpu_s", "cpus"),
    *("asked_mem_mb", "used_mem_mb", "limit_min"),
)
"""Columns of `read_jobs`."""


def read_jobs(folder, logs, run=run_command):
    """Read the jobs that Snakemake has submitted from a folder.

    Parameters
    ----------
    folder : Path
        Where Snakemake was started.
    logs : Path
        SLURM's logs, ``rule_{rule}/.../{job}.log``: they tell the rules where the site does not
        store comments.
    run : callable
        Like `galbar.cluster.checks.run_command`.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, a row for each time a job ran (a job that SLURM has requeued ran again).
        attempt counts the submissions of a job by one run of Snakemake (NaN in an array, whose
        tasks have one comment); outcome is "completed",
        "memory", "time", "requeued", "cancelled", "running" or "failed". What is not told is NaN.
        Empty where there is no accounting.
    """
    status, text = run(
        *("sacct", "--noheader", "--parsable2", "--duplicates", "--starttime=now-180days"),
        f"--format={','.join(_FIELDS)}",
    )
    rules = {path.stem: path.relative_to(logs).parts[0] for path in Path(logs).rglob("*.log")}
    rows, submitted = [], {}
    for record in _group_steps(text if status == 0 else ""):
        job, *steps = record
        comment = job["Comment"] or rules.get(job["JobID"], "")
        if not comment.startswith("rule_") or Path(job["WorkDir"]) != Path(folder):
            continue
        rule, _, wildcards = comment.removeprefix("rule_").partition("_wildcards_")
        earlier = submitted.setdefault((job["JobName"], rule, wildcards), [])
        if job["JobID"] not in earlier:
            earlier.append(job["JobID"])
        attempt = float("nan") if "_" in job["JobID"] else 1 + earlier.index(job["JobID"])
        rows.append(_row(job, steps) | {"rule": rule, "wildcards": wildcards, "attempt": attempt})
    return pd.DataFrame(rows, columns=list(COLUMNS))


def megabytes_of(amount, cpus=1):
    """Convert an amount of memory of SLURM ("300M", "4Gn", "2000Mc", "699124K") to MB of 2^20.

    NaN if there is none; "c" at its end is per CPU.
    """
    parts = re.fullmatch(r"(\d+(?:\.\d+)?)([KMGT]?)([cn]?)", amount.strip())
    if parts is None:
        return float("nan")
    return float(parts[1]) * _MB[parts[2]] * (cpus if parts[3] == "c" else 1)


def seconds_of(duration):
    """Convert "1-02:03:04", "02:03:04" or "03:04.567" to seconds; NaN if there is none."""
    parts = re.fullmatch(r"(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)", duration.strip())
    if parts is None:
        return float("nan")
    days, hours, minutes, seconds = (float(part or 0) for part in parts.groups())
    return 86400 * days + 3600 * hours + 60 * minutes + seconds


def _group_steps(text):
    """Yield each time a job ran: its line, and those of its steps, as dictionaries."""
    record = []
    for line in filter(None, text.splitlines()):
        # A comment may hold the mark between fields.
        fields = dict(zip(_FIELDS, line.split("|", len(_FIELDS) - 1), strict=True))
        if "." not in fields["JobID"]:
            if record:
                yield record
            record = [fields]
        elif record:
            record.append(fields)
    if record:
        yield record


def _row(job, steps):
    cpus = int(job["NCPUS"] or 0)
    asked = megabytes_of(job["ReqMem"], cpus)
    # The batch step waits for the others, which follow each other.
    megabytes = pd.Series(
        {step["JobID"]: megabytes_of(step["MaxRSS"]) for step in steps}, dtype=float
    )
    is_batch = megabytes.index.astype(str).str.endswith(".batch")
    largest = pd.Series([megabytes[is_batch].max(), megabytes[~is_batch].max()])
    used = largest.sum(min_count=1)
    limit = minutes_of(job["Timelimit"] if job["Timelimit"] else "n/a")
    elapsed = seconds_of(job["Elapsed"])
    return {
        "job": job["JobID"],
        "outcome": _outcome(job["State"], elapsed, limit, used, asked),
        "elapsed_s": elapsed,
        "cpu_s": seconds_of(job["TotalCPU"]),
        "cpus": cpus,
        "asked_mem_mb": asked,
        "used_mem_mb": used,
        "limit_min": limit,
    }


def _outcome(state, elapsed, limit, used, asked):
    """Name how a job ended; sites tell "FAILED" of many that were out of memory or time."""
    name = state.split()[0]
    outcomes = {
        **{"COMPLETED": "completed", "OUT_OF_MEMORY": "memory", "TIMEOUT": "time"},
        **{"REQUEUED": "requeued", "PREEMPTED": "requeued", "NODE_FAIL": "requeued"},
        **{"CANCELLED": "cancelled", "RUNNING": "running", "PENDING": "running"},
    }
    if name in outcomes:
        return outcomes[name]
    if used >= 0.95 * asked:
        return "memory"
    return "time" if elapsed >= 60 * limit - _SIGNAL else "failed"
