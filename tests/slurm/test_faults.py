"""What clusters do to jobs, done to jobs of a real one; results as if nothing had happened.

No test depends on the speed of the machine: jobs wait in the middle until what a test does to them
is done (`hold`, `release`).
"""

import io
import json
import sys
import zipfile

import h5py
import numpy as np
import pandas as pd
import pytest

from galbar.cluster.checks import format_checks
from galbar.cluster.preemption import Interruption, run_interrupted
from tests.helpers.slurm_runs import SNAKEMAKE, Run

MODEL = "results/vgg16_tiny/run1/model.keras"
MAPS = "results/vgg16_tiny/run1/heatmaps/hoyle/noise0.1.h5"
# Epochs and galaxies (of 24) there are enough to be cut off in the middle.
LONG = {"training": {"epochs": 8, "early_stopping": {"patience": 100}}}
HELD_AFTER = 3
# In the folder of a run: "go" lets all jobs go on, "go-17" job 17.
GATE = f"""

def _held(check):
    import os, time

    def check_after_release(stored):
        gates = ("go", f"go-{{os.environ['SLURM_JOB_ID']}}")
        while int(stored.split()[0]) >= {HELD_AFTER} and not _received:
            if any(map(os.path.exists, gates)):
                break
            time.sleep(0.1)
        check(stored)

    return check_after_release


check_interruption = _held(check_interruption)
"""


@pytest.fixture(scope="session")
def undisturbed(cluster, tmp_path_factory):
    """Run a training and its heat maps, with nothing in their way."""
    run = Run.fresh(cluster, tmp_path_factory.mktemp("undisturbed") / "galbar")
    # One thread: sums on several round in another order where CPUs are shared.
    profile = run.folder / "profiles/slurm/config.yaml"
    profile.write_text(profile.read_text() + "set-threads: {train_model: 1, compute_heatmaps: 1}\n")
    run.configure(**LONG)
    run.run(MODEL, MAPS)
    return run


@pytest.fixture
def training(undisturbed, tmp_path):
    """Copy it, without the network and its heat maps; the training will be held."""
    yield from hold(undisturbed.copy(tmp_path / "galbar"), MODEL)


@pytest.fixture
def heatmaps(undisturbed, tmp_path):
    """Copy it, without the heat maps; these will be held."""
    yield from hold(undisturbed.copy(tmp_path / "galbar"), MAPS)


def hold(run, target):
    """Let jobs wait once they have stored some epochs or galaxies, until `release` or SIGTERM."""
    (run.folder / target).unlink()
    # In no digest of the code: no other job runs again for it.
    library = (run.folder / "workflow/scripts/galbar").rglob("*.py")
    (path,) = [path for path in library if "\ndef check_interruption(" in path.read_text()]
    path.write_text(path.read_text() + GATE)
    yield run
    run.stop()


def release(run, job=None):
    """No job waits any longer, or one of them does not."""
    (run.folder / ("go" if job is None else f"go-{job}")).touch()


def start(run, target):
    """Start Snakemake and wait until the job of a target is held; returns its number."""
    run.start(target)
    (job,) = run.wait_for(f"the job of {target}", run.submitted)
    wait_until_held(run, target, job)
    return job


def wait_until_held(run, target, job):
    """Wait until a job is the one that writes a target, and has stored something."""
    folder = (run.folder / target).with_name(f".{(run.folder / target).name}.unfinished")

    def held():
        owner = folder / "owner.json"
        if not owner.exists() or json.loads(owner.read_text())["job"] != job:
            return False
        stored = folder.glob("state-*.h5" if target == MODEL else "maps-*.journal")
        return any(path.stat().st_size > 10_000 for path in stored)

    run.wait_for(f"job {job} is held", held)


def wait_for_end(run, job):
    """Wait until a job has left the queue."""
    run.wait_for(
        f"the end of job {job}",
        lambda: job not in [each["id"] for each in run.cluster.jobs("RUNNING,COMPLETING")],
    )


def weights(path):
    """All weights in a .keras file."""
    with zipfile.ZipFile(path) as archive, archive.open("model.weights.h5") as file:
        content = io.BytesIO(file.read())
    found = {}
    with h5py.File(content) as store:
        store.visititems(
            lambda name, node: (
                found.__setitem__(name, node[()])
                if isinstance(node, h5py.Dataset) and not name.startswith("optimizer")
                else None
            )
        )
    return found


def check_training(run, undisturbed):
    """Compare the network and the table of its epochs with those of the undisturbed run."""
    found, expected = weights(run.folder / MODEL), weights(undisturbed.folder / MODEL)
    assert found.keys() == expected.keys()
    assert len(found) > 5
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values, err_msg=name)
    logs = [
        pd.read_csv(each.results / "vgg16_tiny/run1/training_log.csv")
        for each in (run, undisturbed)
    ]
    pd.testing.assert_frame_equal(*logs, check_exact=True)
    check_end(run, MODEL)


def check_heatmaps(run, undisturbed):
    """Compare the file with that of the undisturbed run, byte for byte."""
    assert (run.folder / MAPS).read_bytes() == (undisturbed.folder / MAPS).read_bytes()
    check_end(run, MAPS)


def check_end(run, target):
    """Nothing is left lying about, and Snakemake knows that all is done."""
    assert not list(run.results.glob("**/.*.unfinished"))
    assert "Nothing to be done" in run.run(target, "--dry-run")


def rule_log(run, rule):
    """Text of the log of the one job of a rule."""
    names = {
        "train_model": "train_model/vgg16_tiny_run1.log",
        "compute_heatmaps": "compute_heatmaps/vgg16_tiny_run1_hoyle_noise0.1.log",
    }
    return (run.results / "logs" / names[rule]).read_text()


def states(run):
    """States of the jobs of this run in the accounting, which may be some seconds behind."""
    under_way = {"RUNNING", "PENDING", "COMPLETING"}

    def found():
        states = [job["state"].split()[0] for job in run.jobs()]
        return states if len(states) == len(run.submitted()) and not under_way & set(states) else []

    return sorted(run.wait_for("the accounting", found, running=False))


def test_a_cancelled_training(training, undisturbed):
    job = start(training, MODEL)
    training.cluster.command("scancel", job)
    wait_for_end(training, job)
    release(training)
    training.finish()
    assert states(training) == ["CANCELLED", "COMPLETED"]
    assert "going on after epoch" in rule_log(training, "train_model")
    check_training(training, undisturbed)


def test_a_cancelled_heat_map_job(heatmaps, undisturbed):
    job = start(heatmaps, MAPS)
    heatmaps.cluster.command("scancel", job)
    wait_for_end(heatmaps, job)
    release(heatmaps)
    heatmaps.finish()
    assert states(heatmaps) == ["CANCELLED", "COMPLETED"]
    assert "galaxies were done by jobs before this one" in rule_log(heatmaps, "compute_heatmaps")
    check_heatmaps(heatmaps, undisturbed)


def test_a_time_limit_that_is_too_short(training, undisturbed):
    """A limit that turns out too short once the training is under way, however fast that was."""
    training.set_resources("train_model", runtime="60 * attempt", slurm_extra="'--signal=TERM@600'")
    first = start(training, MODEL)
    begun = training.cluster.command("squeue", "-h", "-j", first, "-o", "%M").strip()
    minutes = int(begun.split(":")[-2])
    # Less than the 600 s are left then: SLURM sends SIGTERM when it looks at its jobs next.
    training.cluster.command("scontrol", "update", f"JobId={first}", f"TimeLimit={minutes + 8}")
    wait_for_end(training, first)
    release(training)
    training.finish()
    assert states(training) in (["COMPLETED", "TIMEOUT"], ["COMPLETED", "FAILED"])
    (log,) = training.results.glob(f"logs/slurm/rule_train_model/*/{first}.log")
    assert "stopped by SIGTERM" in log.read_text()
    limits = {job["id"]: int(job["time"]) for job in training.jobs()}
    (second,) = limits.keys() - {first}
    assert limits == {first: minutes + 8, second: 120}
    assert "going on after epoch" in rule_log(training, "train_model")
    check_training(training, undisturbed)


def test_too_little_memory(heatmaps, undisturbed):
    # TensorFlow alone takes more than the first attempt has.
    heatmaps.set_resources("compute_heatmaps", mem_mb="250 * 6 ** (attempt - 1)")
    heatmaps.start(MAPS)
    (first,) = heatmaps.wait_for("the first attempt", heatmaps.submitted)
    heatmaps.wait_for("the second attempt", lambda: len(heatmaps.submitted()) > 1)
    release(heatmaps)
    heatmaps.finish()
    memory = {job["id"]: job["tres"].split("mem=")[1].split(",")[0] for job in heatmaps.jobs()}
    assert memory[first] == "250M"
    (log,) = heatmaps.results.glob(f"logs/slurm/rule_compute_heatmaps/*/{first}.log")
    assert "exceeded memory limit" in log.read_text()
    assert states(heatmaps)[0] == "COMPLETED"
    assert states(heatmaps).count("COMPLETED") == 1
    check_heatmaps(heatmaps, undisturbed)


@pytest.mark.parametrize("target", [MODEL, MAPS])
def test_the_controller_is_killed_and_started_again(target, request, undisturbed):
    """Two copies of one job run at the same time; the older one stops."""
    run = request.getfixturevalue("training" if target == MODEL else "heatmaps")
    older = start(run, target)
    run.kill()
    assert [job["id"] for job in run.cluster.jobs("RUNNING")] == [older]
    run.run("--unlock")
    run.start(target)
    run.wait_for("the second job", lambda: run.submitted() - {older})
    (younger,) = run.submitted() - {older}
    wait_until_held(run, target, younger)
    release(run, older)
    wait_for_end(run, older)
    release(run)
    run.finish()
    assert run.submitted() == {older, younger}
    assert states(run) == ["COMPLETED", "FAILED"]
    (failed,) = [job for job in run.jobs() if job["state"].startswith("FAILED")]
    assert failed["id"] == older
    rule = "train_model" if target == MODEL else "compute_heatmaps"
    (log,) = run.results.glob(f"logs/slurm/rule_{rule}/*/{older}.log")
    assert "another copy of this job" in log.read_text()
    check = check_training if target == MODEL else check_heatmaps
    check(run, undisturbed)


def test_the_trial_of_preemption(training, undisturbed, tmp_path, monkeypatch):
    """`make try-preemption` as far as it interrupts a job, here one that waits for that."""
    for name, value in training.cluster.environment.items():
        monkeypatch.setenv(name, value)
    program = f'scancel --signal=TERM "$0" && touch {tmp_path / "terminated/go"}'
    terminate = Interruption("terminated", ("sh", "-c", program), "a partition", "a remedy")
    command = [
        sys.executable,
        "-c",
        SNAKEMAKE,
        MODEL,
        "--snakefile",
        training.folder / "Snakefile",
        "--profile",
        training.folder / "profiles/slurm",
        "--configfile",
        training.folder / "run.yaml",
    ]
    # A copy of what is done, beside which the trial makes its own; the code is that which waits.
    finished = undisturbed.copy(tmp_path / "undisturbed")
    checks = run_interrupted(terminate, finished.folder, list(map(str, command)), MODEL)
    verdicts = {check.subject: (check.verdict, check.found) for check in checks}
    assert verdicts["terminated: interrupted"][0] == "pass"
    # It may be interrupted before it waits.
    epochs = [f"after epoch {epoch}, which was stored before" for epoch in range(1, HELD_AFTER + 1)]
    verdict, epoch = verdicts["terminated: went on"]
    assert verdict == "pass", format_checks(checks)
    assert epoch in epochs
    assert verdicts["terminated: same network"] == ("pass", "to the last bit")


def test_slurmctld_is_restarted(training, undisturbed):
    start(training, MODEL)
    training.cluster.stop_daemon("slurmctld")
    # The plugin asks squeue, and says so when that no longer answers.
    training.wait_for("a failed look", lambda: "Falling back to 'sacct'" in training.log())
    training.cluster.start_daemon("slurmctld")
    training.wait_for("slurmctld", training.cluster.answers)
    release(training)
    training.finish()
    assert states(training) == ["COMPLETED"]
    check_training(training, undisturbed)


def test_a_node_goes_down_and_comes_back(training, undisturbed):
    job = start(training, MODEL)
    cluster = training.cluster
    cluster.crash_node("gpu1", training.folder, spared=training.process.pid)
    cluster.command("scontrol", "update", "NodeName=gpu1", "State=DOWN", "Reason=crash")
    training.wait_for(
        "the job waits again",
        lambda: [each for each in cluster.jobs("PENDING") if each["id"] == job],
    )
    # It reports back, and is taken up again (ReturnToService).
    cluster.start_daemon("gpu1")
    training.wait_for("the node", lambda: cluster.node_states()["gpu1"] == "idle")
    release(training)
    # SLURM lets a requeued job wait for as long as a credential lasts: 20 s here, else two minutes.
    training.finish()
    assert training.submitted() == {job}
    assert "going on after epoch" in rule_log(training, "train_model")
    check_training(training, undisturbed)
