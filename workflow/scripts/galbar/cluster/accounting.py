"""What SLURM's accounting tells of the jobs of a folder: a row for each time that a job ran."""

import re
from pathlib import Path

import pandas as pd

from galbar.cluster.checks import minutes_of, run_command

# What users write comes last: it may hold the mark between fields.
_FIELDS = (
    "JobID",
    "State",
    "ExitCode",
    "Elapsed",
    "TotalCPU",
    "NCPUS",
    "ReqMem",
    "MaxRSS",
    "Timelimit",
    "JobName",
    "WorkDir",
    "Comment",
)
# A job, a task or tasks of an array, a part of a job of several; perhaps a step.
_JOB = re.compile(r"\d+(_\d+|_\[.*\]|\+\d+)?(\.\S+)?")
# Jobs are told to end so long before their limit, and a little later they have [s].
_SIGNAL = 180
_MB = {"K": 1 / 1024, "M": 1.0, "G": 1024.0, "T": 1024.0**2, "": 1 / 1024**2}

COLUMNS = (
    "job",
    "rule",
    "wildcards",
    "attempt",
    "outcome",
    "elapsed_s",
    "cpu_s",
    "cpus",
    "asked_mem_mb",
    "used_mem_mb",
    "limit_min",
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
    jobs : DataFrame
        Columns `COLUMNS`, a row for each time a job ran (a job that SLURM has requeued ran again),
        in SLURM's order. attempt counts the submissions of a job by one run of Snakemake, and
        wildcards are those of the job (NaN and "" in an array, whose tasks have one comment);
        outcome is "completed", "memory", "time", "requeued", "cancelled", "running" or "failed".
        What is not told is NaN. Empty where accounting does not answer.
    remarks : list of str
        Why accounting does not answer, and how many of its lines could not be read.
    """
    status, text = run(
        "sacct",
        "--noheader",
        "--parsable2",
        "--duplicates",
        "--starttime=now-180days",
        f"--format={','.join(_FIELDS)}",
    )
    if status:
        return pd.DataFrame(columns=list(COLUMNS)), [_explain(status, text)]
    comments = _read_comments(Path(logs))
    lines, unread = _read_lines(text)
    rows, submitted = [], {}
    for job, *steps in _group_steps(lines):
        comment = job["Comment"] or comments.get(job["JobID"], "")
        if not comment.startswith("rule_") or Path(job["WorkDir"]) != Path(folder):
            continue
        rule, _, wildcards = comment.removeprefix("rule_").partition("_wildcards_")
        earlier = submitted.setdefault((job["JobName"], rule, wildcards), [])
        if job["JobID"] not in earlier:
            earlier.append(job["JobID"])
        is_task = "_" in job["JobID"]
        labels = {
            "rule": rule,
            "wildcards": "" if is_task else wildcards,
            "attempt": float("nan") if is_task else 1 + earlier.index(job["JobID"]),
        }
        try:
            rows.append(_row(job, steps) | labels)
        except (ValueError, IndexError):
            unread += 1
    told = f"sacct: {unread} lines left out, which are no lines of jobs (a name with a line break?)"
    return pd.DataFrame(rows, columns=list(COLUMNS)), [told] if unread else []


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


def _explain(status, text):
    """Say why there are no jobs of accounting: as sacct itself does, where it says something."""
    if status == 127 and not text:
        return "no sacct here: from benchmarks only"
    first = next(iter(text.splitlines()), "without a word")
    return f"sacct ended with status {status} ({first}): from benchmarks only"


def _read_comments(logs):
    """Read what the comments of jobs would be from the paths of their logs: job -> comment."""
    comments = {}
    for path in logs.rglob("*.log"):
        folders = path.relative_to(logs).parts[:-1]
        comments[path.stem] = "_wildcards_".join(folders[:2])
    return comments


def _read_lines(text):
    """Read lines of sacct as dictionaries; count those that are none of a job or step."""
    lines, unread = [], 0
    for line in filter(None, text.split("\n")):
        values = line.split("|", len(_FIELDS) - 1)
        if len(values) == len(_FIELDS) and _JOB.fullmatch(values[0]):
            lines.append(dict(zip(_FIELDS, values, strict=True)))
        else:
            unread += 1
    return lines, unread


def _group_steps(lines):
    """Yield each time a job ran: its line, and those of its steps."""
    record = []
    for fields in lines:
        job, _, step = fields["JobID"].partition(".")
        if not step:
            if record:
                yield record
            record = [fields]
        # Not those of a job whose own line could not be read.
        elif record and record[0]["JobID"] == job:
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
