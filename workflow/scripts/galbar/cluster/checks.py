"""What a SLURM cluster must offer, looked at before days of jobs depend on it.

Each check gives a verdict with what was found and what to change. Commands are run by a function
that is handed in, so that the checks can be tested on the answers of other clusters.
"""

import fcntl
import re
import shutil
import subprocess
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import h5py

PASS, WARN, FAIL = "pass", "warn", "fail"

UNSET = "SET_ME"
"""What stands in a profile where a site has to choose."""

NO_ANSWER = 124
"""Exit status of a command that was stopped because it did not answer."""

# How long a command may take [s].
_PATIENCE = 60

# Kinds of file system that the nodes of a cluster do not share.
_LOCAL_FILE_SYSTEMS = ("tmpfs", "overlay", "overlayfs", "ramfs", "squashfs")


@dataclass(frozen=True)
class Check:
    """Verdict of one check.

    Attributes
    ----------
    subject, found, change : str
        What was checked, what there is, and what to do about it (empty for "pass").
    verdict : {"pass", "warn", "fail"}
    """

    subject: str
    verdict: str
    found: str
    change: str = ""

    def as_dict(self):
        """Return a plain dictionary, for JSON."""
        return asdict(self)


def run_command(*command):
    """Run a command; return its exit status and its output.

    The status is 127 if there is no such command, and `NO_ANSWER` if it does not end.
    """
    if shutil.which(command[0]) is None:
        return 127, ""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return NO_ANSWER, f"no answer within {_PATIENCE} s"
    return done.returncode, (done.stdout or done.stderr).strip()


def check_site(requests, settings, run=run_command):
    """Check everything that can be seen from the login node.

    Parameters
    ----------
    requests : dict of dict
        Rule -> what its first attempt asks for: account, partition (or several, joined by commas),
        gpu (whether it wants one), runtime [min], mem_mb [MB], last_runtime and last_mem_mb (what
        the last attempt asks for).
    settings : dict
        attempts (how often a job is tried), first_look (from a submission to
        the first look at it [s]), results (folder), weights (architecture -> file of initial
        weights, perhaps not there yet).
    run : callable
        Like `run_command`.

    Returns
    -------
    list of Check
    """
    checks = [_check_command(name, run) for name in ("sbatch", "squeue", "sinfo", "scontrol")]
    if FAIL in [check.verdict for check in checks]:
        return checks
    return [
        *checks,
        *_check_accounts(requests, run),
        *_check_partitions(requests, settings["attempts"], run),
        _check_job_age(settings["first_look"], run),
        *_check_files(settings, run),
    ]


def read_partitions(run):
    """Read the partitions: name -> time [min], memory [MB] of the largest node, gpu, state.

    The state is "up" where jobs begin; others are "down", "drain" and "inact". OSError, with what
    it says, if sinfo fails.
    """
    status, text = run("sinfo", "--noheader", "--format=%R|%l|%m|%G|%a")
    if status:
        raise OSError(text or f"sinfo ended with status {status}")
    partitions = {}
    for line in filter(None, text.splitlines()):
        name, limit, memory, resources, state = line.split("|")
        entry = partitions.setdefault(
            name, {"time": 0.0, "memory": 0, "gpu": False, "state": state.strip()}
        )
        entry["time"] = max(entry["time"], minutes_of(limit))
        entry["memory"] = max(entry["memory"], int(re.match(r"\d+", memory)[0]))
        entry["gpu"] |= "gpu" in resources
    return partitions


def minutes_of(limit):
    """Convert a time limit of SLURM, days-hours:minutes:seconds or "infinite", to minutes."""
    if limit in ("infinite", "UNLIMITED", "n/a"):
        return float("inf")
    if limit.isdecimal():
        return float(limit)
    days, _, rest = limit.rpartition("-")
    fields = [int(field) for field in rest.split(":")]
    if days:
        # With days the hours come first, and what is missing is at the end.
        hours, minutes, seconds = [*fields, 0, 0][:3]
    else:
        hours, minutes, seconds = [0, *fields][-3:]
    return 1440 * int(days or 0) + 60 * hours + minutes + seconds / 60


def check_devices(report, expected, without_gpu):
    """Check what a short job on a node of the GPU partition has seen.

    Parameters
    ----------
    report : dict
        host, gpus (list of str), visible (CUDA_VISIBLE_DEVICES), versions, read (the token that
        it read from the results' folder).
    expected : dict
        versions and token of the login node.
    without_gpu : {"fail", "cpu"}
        ``devices.without_gpu`` of the configuration.

    Returns
    -------
    list of Check
    """
    host = report["host"]
    checks = [Check("a job in the GPU partition", PASS, f"ran on {host}")]
    if report["read"] == expected["token"]:
        checks.append(Check("shared file system", PASS, f"{host} reads and writes the results"))
    else:
        checks.append(
            Check(
                "shared file system",
                FAIL,
                f"{host} sees another folder of results",
                "clone to a file system that all nodes share",
            )
        )
    if report["gpus"]:
        checks.append(Check("GPU seen by TensorFlow", PASS, ", ".join(report["gpus"])))
    else:
        visible_gpus = f"none on {host} (CUDA_VISIBLE_DEVICES: {report['visible']})"
        change = "install the GPU packages (make setup DEVICE=gpu), and check the driver there"
        if without_gpu == "cpu":
            change += "; jobs go on with CPUs, as devices.without_gpu allows"
        verdict = FAIL if without_gpu == "fail" else WARN
        checks.append(Check("GPU seen by TensorFlow", verdict, visible_gpus, change))
    same = report["versions"] == expected["versions"]
    checks.append(
        Check(
            "same software on the nodes",
            PASS,
            ", ".join(map(" ".join, expected["versions"].items())),
        )
        if same
        else Check(
            "same software on the nodes",
            FAIL,
            f"{host}: {report['versions']}",
            f"use one environment on all nodes; here are {expected['versions']}",
        )
    )
    return checks


def failed(checks):
    """Return whether one of the checks failed."""
    return any(check.verdict == FAIL for check in checks)


def format_checks(checks):
    """Format checks as a table: verdict, subject, found, and what to change below."""
    width = max(len(check.subject) for check in checks)
    lines = []
    for check in checks:
        lines.append(f"{check.verdict:<5} {check.subject:<{width}}  {check.found}")
        if check.change:
            lines.append(f"{'':<5} {'':<{width}}  -> {check.change}")
    counts = {name: sum(check.verdict == name for check in checks) for name in (PASS, WARN, FAIL)}
    lines.append(", ".join(f"{count} {name}" for name, count in counts.items()))
    return "\n".join(lines)


def _check_command(name, run):
    status, text = run(name, "--version")
    if status == NO_ANSWER:
        return Check(
            f"command {name}",
            FAIL,
            text,
            f"see whether {name} --version answers in a shell; if it hangs there too, ask the site",
        )
    if status:
        return Check(
            f"command {name}",
            FAIL,
            text or "not found",
            "run snakemake on a login node of the cluster (perhaps: module load slurm)",
        )
    return Check(f"command {name}", PASS, text)


def _check_accounts(requests, run):
    accounts = {str(request["account"]) for request in requests.values()}
    status, text = run(
        "sacctmgr",
        "--noheader",
        "--parsable2",
        "show",
        "associations",
        "format=account",
        "where",
        "user=" + _user(run),
    )
    valid = set(filter(None, text.split())) if status == 0 else set()
    for account in sorted(accounts):
        if account == UNSET:
            yield Check("account", FAIL, UNSET, "set slurm_account in the profile")
        elif account in ("", "None") and valid:
            yield Check(
                "account",
                WARN,
                "none: the plugin takes that of your last job",
                f"set slurm_account to one of {', '.join(sorted(valid))}",
            )
        elif account in ("", "None"):
            yield Check("account", PASS, "none, and the site tells of none")
        elif not valid:
            yield Check(
                "account",
                WARN,
                f"{account}, which could not be looked up",
                "without accounting by slurmdbd only a job tells whether it is right",
            )
        elif account not in valid:
            yield Check(
                "account",
                FAIL,
                account,
                f"set slurm_account to one of {', '.join(sorted(valid))}",
            )
        else:
            yield Check("account", PASS, account)


def _user(run):
    return run("id", "-un")[1]


def _check_partitions(requests, attempts, run):
    try:
        partitions = read_partitions(run)
    except OSError as error:
        yield Check(
            "partitions",
            FAIL,
            f"sinfo: {error}",
            "see whether sinfo answers in a shell; if not, SLURM's controller is down or "
            "overloaded: ask the site, and check again when it answers",
        )
        return
    for rule, request in requests.items():
        names = str(request["partition"]).split(",")
        checks = [
            _check_partition(f"{rule}: partition {name}", name, request, attempts, partitions)
            for name in names
        ]
        if len(checks) > 1:
            checks = _weigh_several(checks, names, partitions)
        yield from checks


def _check_partition(subject, name, request, attempts, partitions):
    """Check one partition that a rule names."""
    up = ", ".join(sorted(name for name, entry in partitions.items() if entry["state"] == "up"))
    if name not in partitions:
        return Check(
            subject,
            FAIL,
            "no such partition",
            f"set slurm_partition to one of {up or 'none is up'}",
        )
    if partitions[name]["state"] != "up":
        return Check(
            subject,
            FAIL,
            f"its state is {partitions[name]['state']}: no job would begin in it",
            "ask the site when it is up again, or set slurm_partition to another one "
            f"(up: {up or 'none'})",
        )
    return _check_request(subject, request, attempts, partitions[name])


def _weigh_several(checks, names, partitions):
    """Weigh the checks of a list of partitions, of which SLURM takes the first that is free.

    One that does not fit is a warning where another one does; sbatch refuses a list with one that
    does not exist, and names are not stripped.
    """
    if all(check.verdict == FAIL for check in checks):
        return checks
    weighed = []
    for name, check in zip(names, checks, strict=True):
        if name not in partitions:
            change = "take it out of slurm_partition, or correct it (no blanks after commas)"
            check = replace(
                check, found="no such partition: sbatch refuses the list", change=change
            )
        elif check.verdict == FAIL:
            change = (
                "SLURM uses the others; take it out of slurm_partition (with EnforcePartLimits=ALL "
                "sbatch refuses the list)"
            )
            check = replace(check, verdict=WARN, change=change)
        weighed.append(check)
    return weighed


def _check_request(subject, request, attempts, partition):
    """Compare what a rule asks for with what its partition offers."""
    runtime, memory = request["runtime"], request["mem_mb"]
    request_text = f"{runtime} of {partition['time']:g} min, {memory} of {partition['memory']} MB"
    if request["gpu"] and not partition["gpu"]:
        return Check(subject, FAIL, "no GPU in it", "name a partition with GPUs (sinfo -o '%R %G')")
    if runtime > partition["time"]:
        return Check(
            subject,
            FAIL,
            f"{runtime} min asked, {partition['time']:g} allowed: it would pend for ever",
            f"set runtime: {partition['time']:g} for this rule in the profile; trainings and heat "
            "maps go on from where they were",
        )
    if memory > partition["memory"]:
        return Check(
            subject,
            FAIL,
            f"{memory} MB asked, the largest node has {partition['memory']}",
            "set mem_mb for this rule in the profile",
        )
    last_runtime, last_memory = request["last_runtime"], request["last_mem_mb"]
    if last_runtime > partition["time"] or last_memory > partition["memory"]:
        return Check(
            subject,
            WARN,
            f"{request_text}; attempt {attempts} asks for {last_runtime} min, {last_memory} MB",
            "a last attempt may pend for ever: lower retries, or set runtime and mem_mb",
        )
    return Check(subject, PASS, request_text)


def _check_job_age(first_look, run):
    status, text = run("scontrol", "show", "config")
    age = re.search(r"MinJobAge\s*=\s*(\d+)", text)
    required = 3 * first_look
    if age is None:
        found = f"scontrol: {text}" if status and text else "not told"
        return Check("MinJobAge", WARN, found, f"ask whether it is at least {required} s")
    if int(age[1]) < required:
        return Check(
            "MinJobAge",
            FAIL,
            f"{age[1]} s: squeue forgets a job before Snakemake looks",
            f"lower slurm-init-seconds-before-status-checks below {int(age[1]) // 3}, or use "
            "slurm-status-command: sacct (then cancel jobs only with Snakemake)",
        )
    return Check("MinJobAge", PASS, f"{age[1]} s")


def _check_files(settings, run):
    results = Path(settings["results"])
    status, kind = run("stat", "--file-system", "--format=%T", str(results))
    if status:
        yield Check(
            "file system of results",
            WARN,
            kind or "not told",
            f"ask the site whether all nodes share the file system of {results.absolute()}; only "
            "the job on a node tells otherwise",
        )
    elif kind in _LOCAL_FILE_SYSTEMS:
        yield Check(
            "file system of results",
            WARN,
            kind,
            "clone to a file system that all nodes share",
        )
    else:
        yield Check("file system of results", PASS, kind)
    yield _check_locks(results)
    free = shutil.disk_usage(results).free / 1e9
    # Heat maps of 3150 galaxies at 224 px take 0.6 GB per model, run and level of noise.
    verdict = PASS if free > 20 else WARN
    change = "" if verdict == PASS else "make room: the published run takes about 10 GB"
    yield Check("room for results", verdict, f"{free:.0f} GB", change)
    for architecture, path in settings["weights"].items():
        if Path(path).is_file():
            yield Check(f"weights of {architecture}", PASS, str(path))
        else:
            yield Check(
                f"weights of {architecture}",
                WARN,
                "not fetched yet",
                f"run: snakemake {path} (or they are fetched when needed, from this node)",
            )


def _check_locks(results):
    """Write an HDF5 file without a lock, as all jobs do, and see whether locks work there."""
    subject = "HDF5 files in results"
    try:
        with tempfile.TemporaryDirectory(
            prefix=".check-", dir=results, ignore_cleanup_errors=True
        ) as folder:
            path = Path(folder) / "written.h5"
            with h5py.File(path, "w", locking=False) as store:
                store["number"] = 1
            with h5py.File(path, locking=False) as store:
                store["number"][()]
            refusal = _try_lock(path)
    except OSError as error:
        return Check(
            subject,
            FAIL,
            f"cannot be written, even without locks: {error}",
            "clone to a file system where files can be written and read again",
        )
    if refusal is None:
        return Check(subject, PASS, "written without locks; flock works there, too")
    return Check(
        subject,
        WARN,
        f"written without locks; flock does not work there: {refusal}",
        "nothing for galbar, which uses no locks; set HDF5_USE_FILE_LOCKING=FALSE for other "
        "programs that open HDF5 files there",
    )


def _try_lock(path):
    """Lock a file, as HDF5 does by itself; return the system's refusal (OSError), or None."""
    with open(path, "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            return error
    return None
