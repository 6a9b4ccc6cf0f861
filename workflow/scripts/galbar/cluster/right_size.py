"""What rules used of what they asked for, and what to ask for: from benchmarks and accounting.

A quarter more than the largest use, rounded up; never less than what a job needed that has failed
with less; never more CPUs than were asked for.
"""

import csv
import math

import numpy as np
import pandas as pd

_MARGIN = 1.25
# The two Snakemakes of a job, which its benchmark does not hold (measured: 220 MB) [MB].
_SNAKEMAKE = 300
_MEMORY_STEP, _TIME_STEP = 500, 10


def read_benchmarks(folder):
    """Read the benchmarks of Snakemake, a row each: rule, elapsed_s, used_mem_mb, cpu_s.

    Files are ``{rule}/*.tsv``; "NA" and "-" are NaN (a job too short to be looked at). Of a job
    that went on from stored work they hold the last part of it only.
    """
    rows = []
    for path in sorted(folder.glob("*/**/*.tsv")):
        with open(path, newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file, delimiter="\t")
            lines = list(reader)
        for name in ("s", "max_rss", "cpu_time"):
            if name not in (reader.fieldnames or []):
                raise ValueError(f"{path}: found columns {reader.fieldnames}, expected {name}")
        if lines:
            texts = {name: lines[-1][name] for name in ("s", "max_rss", "cpu_time")}
            used = {
                name: math.nan if text in ("NA", "-") else float(text)
                for name, text in texts.items()
            }
            rule = path.relative_to(folder).parts[0]
            rows.append([rule, used["s"], used["max_rss"] + _SNAKEMAKE, used["cpu_time"]])
    columns = ["rule", "elapsed_s", "used_mem_mb", "cpu_s"]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[1:], float))


def compare_sizes(requests, benchmarks, jobs):
    """Compare what rules ask for with what they used.

    Parameters
    ----------
    requests : dict of dict
        Rule -> cpus, mem_mb [MB], runtime [min] of the first attempt, most_runtime (that no
        attempt may exceed [min], infinite without such a limit), and whether it is a job (is_job).
    benchmarks : DataFrame
        As from `read_benchmarks`.
    jobs : DataFrame
        As from `galbar.cluster.accounting.read_jobs`.

    Returns
    -------
    DataFrame
        A row for each rule, see docs/results.md; NaN is what is not known.
    """
    rows = []
    for rule, request in requests.items():
        measured = benchmarks[benchmarks["rule"] == rule]
        ran = jobs[(jobs["rule"] == rule) & (jobs["outcome"] != "running")]
        rows.append(_compare(rule, request, measured, ran))
    return pd.DataFrame(rows)


def limit_runtimes(requests, partitions):
    """Limit the runtimes to those of the partitions, too; see `compare_sizes`.

    Parameters
    ----------
    requests : dict of dict
        Rule -> partition (or several, joined by commas), most_runtime [min], is_job and more.
    partitions : dict of dict
        Name -> time [min] and more, as from `galbar.cluster.checks.read_partitions`.

    Returns
    -------
    dict of dict
        Of several partitions the longest counts, as SLURM leaves out those that are too short.
        What is no job has no limit.
    """
    limited = {}
    for rule, request in requests.items():
        if not request["is_job"]:
            limited[rule] = {**request, "most_runtime": np.inf}
            continue
        names = str(request["partition"]).split(",")
        times = [partitions[name]["time"] for name in names if name in partitions]
        most = min(request["most_runtime"], max(times, default=np.inf))
        limited[rule] = {**request, "most_runtime": most}
    return limited


def format_sizes(sizes, remarks=()):
    """Format the table for a terminal: a line per rule that has run, and one for all others.

    Remarks, on what was not read, are above it.
    """
    seen = sizes[sizes["jobs"] > 0]
    lines = [
        *remarks,
        f"{'rule':<24}{'jobs':>5}{'memory [MB]':>21}{'time [min]':>21}{'CPUs':>14}  failed for",
    ]
    lines.append(f"{'':<24}{'':>5}" + f"{'asked used  next':>21}" * 2 + f"{'asked used':>14}")
    for row in seen.itertuples():
        memory = f"{row.asked_mem_mb:g} {row.used_mem_mb:.0f} {row.next_mem_mb:g}"
        time = f"{row.asked_runtime_min:g} {row.longest_min:.1f} {row.next_runtime_min:g}"
        cpus = f"{row.asked_cpus:g} {row.used_cpus:.1f}"
        failures = f"memory {row.out_of_memory}, time {row.out_of_time}"
        told = failures if row.out_of_memory + row.out_of_time else "-"
        lines.append(f"{row.rule:<24}{row.jobs:>5}{memory:>21}{time:>21}{cpus:>14}  {told}")
    unseen = ", ".join(sizes.loc[sizes["jobs"] == 0, "rule"])
    return "\n".join([*lines, f"no job seen of: {unseen}"] if unseen else lines)


def format_snippet(sizes, gpu_rules):
    """Format what to ask for as entries of ``set-resources`` in the profile.

    Rules with a GPU refer to ``&gpu`` there; memory and time grow with the attempt, as before, the
    time up to what no attempt may exceed.
    """
    lines = [
        "# Entries for set-resources of your profile, in the place of those of the same rules.",
        "# A quarter more than the largest use of the jobs that were seen.",
    ]
    for row in sizes[sizes["is_job"]].itertuples():
        keys = {}
        if np.isfinite(row.next_mem_mb):
            keys["mem_mb"] = f"{row.next_mem_mb:g} * attempt"
        if np.isfinite(row.next_runtime_min):
            keys["runtime"] = _grow(row.next_runtime_min, row.most_runtime_min)
        if not keys:
            continue
        lines += [f"  {row.rule}:", f"    # Of {row.jobs} jobs."]
        lines += ["    <<: *gpu"] if row.rule in gpu_rules else []
        lines += [f"    {key}: {value}" for key, value in keys.items()]
        if row.next_cpus < row.asked_cpus:
            busy = f"{row.used_cpus:.1f} CPUs were busy on average"
            lines.append(f"    # {busy}: cpus_per_task: {row.next_cpus:g}")
    return "\n".join(lines) + "\n"


def _compare(rule, request, measured, ran):
    """Return the row of a rule."""
    completed = ran[ran["outcome"] == "completed"]
    # Accounting sees the whole job; a benchmark's peak may be between two looks. What the end of a
    # job did not need its beginning may have needed, which was interrupted.
    memory = pd.concat([ran["used_mem_mb"], measured["used_mem_mb"]]).max()
    seconds = _sum_runs(ran) if len(completed) else measured["elapsed_s"]
    busy = completed if len(completed) else measured.assign(cpus=request["cpus"])
    busy = busy.dropna(subset=["cpu_s", "elapsed_s"])
    busy = busy[busy["elapsed_s"] > 0]
    used_cpus = (busy["cpu_s"] / busy["elapsed_s"]).max() if len(busy) else np.nan
    allocated = (busy["elapsed_s"] * busy["cpus"]).sum()
    failed = {name: ran[ran["outcome"] == name] for name in ("memory", "time")}
    attempts = pd.concat(failed.values())["attempt"]
    longest = seconds.max() / 60
    return {
        "rule": rule,
        "is_job": bool(request["is_job"]),
        "jobs": max(len(completed), len(measured)),
        "seen_by": " and ".join(
            name for name, table in (("sacct", ran), ("benchmarks", measured)) if len(table)
        ),
        "asked_cpus": request["cpus"],
        "asked_mem_mb": request["mem_mb"],
        "asked_runtime_min": request["runtime"],
        "used_cpus": used_cpus,
        "cpu_efficiency": busy["cpu_s"].sum() / allocated if allocated else np.nan,
        "used_mem_mb": memory,
        "mean_min": seconds.mean() / 60,
        "longest_min": longest,
        "out_of_memory": len(failed["memory"]),
        "out_of_time": len(failed["time"]),
        "last_failed_attempt": attempts.max() if len(attempts) else np.nan,
        "next_cpus": np.minimum(request["cpus"], _round_up(_MARGIN * used_cpus, 1)),
        "next_mem_mb": _next_memory(memory, failed["memory"]),
        "next_runtime_min": np.minimum(
            _next_time(longest, request["runtime"], failed["time"]), request["most_runtime"]
        ),
        "most_runtime_min": request["most_runtime"],
    }


def _grow(minutes, most):
    """Return the runtime of a profile that grows with the attempt up to a limit."""
    if minutes >= most:
        return f"{most:g}"
    return (
        f"min({minutes:g} * attempt, {most:g})" if np.isfinite(most) else f"{minutes:g} * attempt"
    )


def _sum_runs(ran):
    """Sum the times that the jobs of a rule ran until each completed, a number for each that did.

    Work goes on from where it was, whoever submits it again: SLURM, Snakemake or another run of it.
    Jobs whose wildcards are not told are the same only if their numbers are.
    """
    names = ran["wildcards"].where(ran["wildcards"] != "", ran["job"])
    completed = ran["outcome"] == "completed"
    # Those of a job that has completed before are of work that was begun anew.
    turns = completed.groupby(names).transform(lambda column: column.cumsum().shift(fill_value=0))
    sums = ran["elapsed_s"].groupby([names, turns])
    return sums.sum()[completed.groupby([names, turns]).any()]


def _next_memory(used, failed):
    """Return the memory to ask for [MB]: more than what was too little; NaN if none has run."""
    wanted = [_MARGIN * used, _MARGIN * failed["asked_mem_mb"].max()]
    return (
        _round_up(np.nanmax([*wanted, -1]), _MEMORY_STEP) if np.isfinite(wanted).any() else np.nan
    )


def _next_time(longest, asked, failed):
    """Return the time to ask for [min]: not less than before where it was too short."""
    if not np.isfinite(longest):
        return np.nan
    # Jobs are told to end two minutes before their limit.
    minutes = _round_up(_MARGIN * longest + 2, _TIME_STEP)
    return max(minutes, asked) if len(failed) else minutes


def _round_up(value, step):
    return step * math.ceil(value / step) if np.isfinite(value) else np.nan
