"""The trial of preemption, with a program that stands for Snakemake and its job."""

import sys
import zipfile

import h5py
import numpy as np
import pytest

from galbar.cluster.preemption import (
    MODEL,
    Interruption,
    largest_difference,
    resumed_epoch,
    run_interrupted,
    storing_job,
)

LOG = "results/logs/train_model/interrupted_run1.log"
# Stores a state as job 17, goes on when it is interrupted, and writes what the test wants.
SNAKEMAKE = f"""
import pathlib, shutil, sys, time
folder = pathlib.Path(sys.argv[sys.argv.index("--directory") + 1])
model = folder / "{MODEL}"
unfinished = model.with_name(".model.keras.unfinished")
unfinished.mkdir()
(unfinished / "state-a.h5").touch()
(unfinished / "owner.json").write_text('{{"job": "17"}}')
while not (folder.parent / "job-17").exists():
    time.sleep(0.01)
shutil.rmtree(unfinished)
(folder / "{LOG}").write_text((folder.parent / "log").read_text())
shutil.copy(folder.parent / "result", model)
sys.exit(int((folder.parent / "status").read_text()))
"""


def interruption(folder, status=0):
    """Make an interruption that leaves a file named after the job, and ends with a status."""
    program = f"import sys, pathlib; pathlib.Path('{folder}', 'job-' + sys.argv[1]).touch()"
    program += f"; sys.exit({status})"
    return Interruption("requeued", (sys.executable, "-c", program), "a partition", "the remedy")


def write_model(path, weights):
    """Write what is read of a .keras file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    inner = path.with_suffix(".h5")
    with h5py.File(inner, "w") as store:
        store["layers/conv/vars/0"] = np.asarray(weights, dtype="f4")
        store["optimizer/vars/0"] = np.random.default_rng().random(3)
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(inner, "model.weights.h5")
    inner.unlink()


@pytest.fixture
def undisturbed(tmp_path):
    """Make a finished run, and what its copy is to come to: the same, after epoch 5."""
    folder = tmp_path / "undisturbed"
    write_model(folder / MODEL, [1, 2, 3])
    (folder / LOG).parent.mkdir(parents=True)
    (folder / LOG).write_text("done")
    write_model(tmp_path / "result", [1, 2, 3])
    (tmp_path / "log").write_text("INFO galbar: going on after epoch 5, stored by a job before")
    (tmp_path / "status").write_text("0")
    return folder


def verdicts(undisturbed, status=0):
    command = [sys.executable, "-c", SNAKEMAKE]
    checks = run_interrupted(interruption(undisturbed.parent, status), undisturbed, command)
    return {check.subject.partition(": ")[2]: check for check in checks}


def test_a_job_that_goes_on(undisturbed):
    checks = verdicts(undisturbed)
    assert {name: check.verdict for name, check in checks.items()} == {
        "interrupted": "pass",
        "went on": "pass",
        "same network": "pass",
    }
    assert checks["went on"].found == "after epoch 5, which was stored before"
    assert (undisturbed / LOG).read_text() == "done"


def test_another_network_and_a_new_begin_are_told(undisturbed):
    write_model(undisturbed.parent / "result", [1, 2, 3.25])
    (undisturbed.parent / "log").write_text("epoch 1")
    checks = verdicts(undisturbed)
    assert checks["went on"].verdict == "fail"
    assert checks["same network"].verdict == "warn"
    assert "by up to 0.25" in checks["same network"].found


def test_a_refusal_and_a_failure_are_told_with_the_remedy(undisturbed):
    (undisturbed.parent / "status").write_text("1")
    checks = verdicts(undisturbed, status=1)
    assert checks["interrupted"].verdict == "fail"
    assert checks["interrupted"].change == "the remedy"
    assert checks["finished"].verdict == "fail"
    assert "retries" in checks["finished"].change


def test_a_training_that_ends_at_once_is_no_trial(undisturbed):
    command = [sys.executable, "-c", "import sys; sys.exit(3)"]
    (check,) = run_interrupted(interruption(undisturbed.parent), undisturbed, command)
    assert check.verdict == "fail"
    assert "status 3 before anything was stored" in check.found


def test_the_last_of_several_interruptions_counts():
    assert resumed_epoch("going on after epoch 3\n...\ngoing on after epoch 12, stored") == 12
    assert resumed_epoch("") is None


def test_a_job_counts_once_it_has_stored_something(tmp_path):
    assert storing_job(tmp_path / MODEL) is None
    unfinished = (tmp_path / MODEL).with_name(".model.keras.unfinished")
    unfinished.mkdir(parents=True)
    (unfinished / "owner.json").write_text('{"job": "5"}')
    assert storing_job(tmp_path / MODEL) is None
    (unfinished / "state-x.h5").touch()
    assert storing_job(tmp_path / MODEL) == "5"


def test_networks_with_other_weights_differ_without_bound(tmp_path):
    write_model(tmp_path / "a.keras", [1, 2])
    write_model(tmp_path / "b.keras", [1, 2, 3])
    assert largest_difference(tmp_path / "a.keras", tmp_path / "b.keras") == np.inf
    assert largest_difference(tmp_path / "a.keras", tmp_path / "a.keras") == 0
