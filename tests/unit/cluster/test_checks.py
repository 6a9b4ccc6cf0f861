"""Checks of a cluster, on what the commands of several clusters answer."""

import errno
import fcntl
import math
import os
import sys

import h5py
import pytest

from galbar.cluster import checks
from galbar.cluster.checks import (
    NO_ANSWER,
    check_devices,
    check_site,
    failed,
    format_checks,
    minutes_of,
    read_partitions,
    run_command,
)

SINFO = """\
cpu|infinite|192000|(null)|up
gpu|3-00:00:00|64000+|gpu:a100:4(S:0-1)|up
gpu|3-00:00:00|128000|gpu:h100:8|up
debug|30:00|64000|gpu:1|up
old|infinite|192000|gpu:1|down
older|infinite|192000|gpu:1|drain"""
ANSWERS = {
    "sbatch": "slurm 22.05.8",
    "squeue": "slurm 22.05.8",
    "scontrol --version": "slurm 22.05.8",
    "scontrol show": "MinJobAge               = 300 sec",
    "sinfo --version": "slurm 22.05.8",
    "sinfo --noheader": SINFO,
    "sacctmgr": "astro\nbars",
    "id": "ada",
    "stat": "nfs",
}


def cluster(**changes):
    """Answer like a cluster; a command that is None is not there, an exit status is a failure."""
    answers = {**ANSWERS, **{key.replace("_", " "): text for key, text in changes.items()}}

    def run(*command):
        for length in (2, 1):
            text = answers.get(" ".join(command[:length]), "")
            if text is None:
                return 127, ""
            if isinstance(text, int):
                return text, "no answer" if text == NO_ANSWER else ""
            if text:
                return 0, text
        return 1, "error"

    return run


def requests(**changes):
    given = {"account": "bars", "partition": "gpu", "gpu": True, "runtime": 1440, "mem_mb": 32000}
    given |= changes
    last = {f"last_{name}": 3 * given[name] for name in ("runtime", "mem_mb")}
    return {"train_model": {**last, **given}}


@pytest.fixture
def settings(tmp_path):
    (tmp_path / "vgg16.weights.h5").touch()
    return {
        "attempts": 3,
        "first_look": 20,
        "results": tmp_path,
        "weights": {"vgg16": tmp_path / "vgg16.weights.h5"},
    }


def find(checks, subject):
    (check,) = [check for check in checks if subject in check.subject]
    return check


def test_a_good_site_passes(settings):
    checks = check_site(requests(), settings, cluster())
    assert not failed(checks)
    assert find(checks, "train_model").found == "1440 of 4320 min, 32000 of 128000 MB"
    assert find(checks, "account").verdict == "pass"
    assert find(checks, "weights of vgg16").verdict == "pass"


@pytest.mark.parametrize(
    ("changes", "subject", "verdict", "change"),
    [
        ({"account": "stars"}, "account", "fail", "one of astro, bars"),
        ({"account": "SET_ME"}, "account", "fail", "set slurm_account in the profile"),
        ({"partition": "SET_ME"}, "train_model", "fail", "to one of cpu, debug, gpu"),
        ({"partition": "old"}, "train_model", "fail", "another one (up: cpu, debug, gpu)"),
        ({"partition": "older"}, "train_model", "fail", "ask the site when it is up again"),
        ({"partition": "cpu"}, "train_model", "fail", "name a partition with GPUs"),
        ({"partition": "debug"}, "train_model", "fail", "set runtime: 30 for this rule"),
        ({"mem_mb": 200000}, "train_model", "fail", "set mem_mb for this rule"),
        ({"mem_mb": 60000}, "train_model", "warn", "lower retries"),
        ({"runtime": 2000}, "train_model", "warn", "lower retries"),
        # An expression of the profile may keep the last attempt within the limit.
        ({"runtime": 2000, "last_runtime": 4320}, "train_model", "pass", ""),
        ({"account": ""}, "account", "warn", "one of astro, bars"),
    ],
)
def test_what_does_not_fit_is_told_with_the_remedy(settings, changes, subject, verdict, change):
    check = find(check_site(requests(**changes), settings, cluster()), subject)
    assert check.verdict == verdict
    assert change in check.change


def test_a_job_without_a_gpu_needs_no_partition_with_one(settings):
    checks = check_site(requests(partition="cpu", gpu=False), settings, cluster())
    assert find(checks, "train_model").verdict == "pass"
    checks = check_site(requests(partition="cpus", gpu=False), settings, cluster())
    assert find(checks, "train_model").found == "no such partition"


def test_each_of_several_partitions_is_checked(settings):
    checks = check_site(requests(partition="gpu,debug,old"), settings, cluster())
    verdicts = {name: find(checks, f"partition {name}").verdict for name in ("gpu", "debug", "old")}
    # SLURM uses the first; the others are too short, and down.
    assert verdicts == {"gpu": "pass", "debug": "warn", "old": "warn"}
    assert "EnforcePartLimits=ALL" in find(checks, "partition debug").change
    assert not failed(checks)


@pytest.mark.parametrize("names", ["gpu,stars", "gpu, debug", "debug,old", "SET_ME,SET_ME"])
def test_a_list_that_no_job_begins_in_fails(settings, names):
    checks = check_site(requests(partition=names), settings, cluster())
    assert failed(checks)


@pytest.mark.parametrize(
    ("answers", "subject", "verdict", "change"),
    [
        ({"sbatch": None}, "command sbatch", "fail", "login node"),
        ({"scontrol_show": "MinJobAge = 30 sec"}, "MinJobAge", "fail", "below 10"),
        ({"scontrol_show": "nothing"}, "MinJobAge", "warn", "at least 60 s"),
        ({"sacctmgr": None}, "account", "warn", "only a job tells"),
        ({"stat": 1}, "file system of", "warn", "ask the site whether all nodes share"),
        ({"stat": "tmpfs"}, "file system of", "warn", "all nodes share"),
        ({"sinfo_--noheader": 1}, "partitions", "fail", "see whether sinfo answers"),
        ({"sinfo_--noheader": NO_ANSWER}, "partitions", "fail", "see whether sinfo answers"),
        ({"sbatch": NO_ANSWER}, "command sbatch", "fail", "sbatch --version answers"),
        ({"scontrol_show": NO_ANSWER}, "MinJobAge", "warn", "at least 60 s"),
        ({"sacctmgr": NO_ANSWER}, "account", "warn", "only a job tells"),
    ],
)
def test_what_a_cluster_lacks_is_told(settings, answers, subject, verdict, change):
    check = find(check_site(requests(), settings, cluster(**answers)), subject)
    assert check.verdict == verdict
    assert change in check.change


def test_a_command_that_hangs_is_stopped(monkeypatch):
    monkeypatch.setattr(checks, "_PATIENCE", 0.01)
    hangs = run_command(sys.executable, "-c", "import time; time.sleep(600)")
    assert hangs == (NO_ANSWER, "no answer within 0.01 s")


def test_a_controller_that_hangs_is_named(settings):
    hangs = cluster(**{"sinfo_--noheader": NO_ANSWER, "scontrol_show": NO_ANSWER})
    checks = check_site(requests(), settings, hangs)
    assert failed(checks)
    assert find(checks, "partitions").found == "sinfo: no answer"
    assert find(checks, "MinJobAge").found == "scontrol: no answer"


def test_all_commands_are_run_by_the_function_handed_in(settings, monkeypatch):
    monkeypatch.setattr(checks.subprocess, "run", lambda *a, **k: pytest.fail(f"ran {a}"))
    check = find(check_site(requests(), settings, cluster()), "file system of")
    assert (check.verdict, check.found) == ("pass", "nfs")


def test_file_locks_that_work_are_told(settings):
    before = sorted(settings["results"].iterdir())
    check = find(check_site(requests(), settings, cluster()), "HDF5")
    assert (check.verdict, check.change) == ("pass", "")
    assert "flock works" in check.found
    assert sorted(settings["results"].iterdir()) == before


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EAGAIN, errno.EOPNOTSUPP, 524])
def test_a_file_system_without_locks_is_only_a_note(settings, monkeypatch, code):
    def refuse(*arguments):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", refuse)
    checks = check_site(requests(), settings, cluster())
    check = find(checks, "HDF5")
    assert check.verdict == "warn"
    assert f"[Errno {code}]" in check.found
    assert "HDF5_USE_FILE_LOCKING=FALSE for other programs" in check.change
    assert not failed(checks)


def test_a_file_system_without_hdf5_files_fails(settings, monkeypatch):
    def refuse(*arguments, **options):
        raise OSError(errno.EIO, "unable to create file")

    monkeypatch.setattr(h5py, "File", refuse)
    check = find(check_site(requests(), settings, cluster()), "HDF5")
    assert check.verdict == "fail"
    assert "unable to create file" in check.found
    assert check.change


def test_weights_that_are_not_there_are_a_warning(settings):
    settings["weights"] = {"xception": "results/weights/xception.weights.h5"}
    check = find(check_site(requests(), settings, cluster()), "weights of xception")
    assert check.verdict == "warn"
    assert "snakemake results/weights/xception.weights.h5" in check.change


def test_partitions_are_the_best_of_their_nodes():
    partitions = read_partitions(cluster())
    assert partitions["gpu"] == {"time": 4320, "memory": 128000, "gpu": True, "state": "up"}
    assert partitions["cpu"] == {"time": math.inf, "memory": 192000, "gpu": False, "state": "up"}
    assert partitions["old"]["state"] == "down"


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("infinite", math.inf),
        ("30:00", 30),
        ("0:30", 0.5),
        ("1:00:00", 60),
        ("3-00:00:00", 4320),
        ("1-12", 2160),
        ("45", 45),
    ],
)
def test_times_as_slurm_writes_them(text, minutes):
    assert minutes_of(text) == minutes


REPORT = {
    "host": "gpu07",
    "gpus": ["NVIDIA A100"],
    "visible": "0",
    "versions": {"tensorflow": "2.21.0"},
    "read": "abc",
}
EXPECTED = {"versions": {"tensorflow": "2.21.0"}, "token": "abc"}


def test_a_good_node_passes():
    checks = check_devices(REPORT, EXPECTED, "fail")
    assert {check.verdict for check in checks} == {"pass"}
    assert find(checks, "GPU seen").found == "NVIDIA A100"


@pytest.mark.parametrize(
    ("changes", "without_gpu", "subject", "verdict"),
    [
        ({"gpus": []}, "fail", "GPU seen", "fail"),
        ({"gpus": []}, "cpu", "GPU seen", "warn"),
        ({"read": "other"}, "fail", "shared file system", "fail"),
        ({"versions": {"tensorflow": "2.20.0"}}, "fail", "same software", "fail"),
    ],
)
def test_what_a_node_lacks_is_told(changes, without_gpu, subject, verdict):
    check = find(check_devices({**REPORT, **changes}, EXPECTED, without_gpu), subject)
    assert check.verdict == verdict
    assert check.change


def test_the_table_holds_all_and_counts(settings):
    checks = check_site(requests(partition="cpu"), settings, cluster())
    table = format_checks(checks)
    for check in checks:
        assert check.found in table
        assert check.change in table
    assert table.splitlines()[-1].endswith("1 fail")
