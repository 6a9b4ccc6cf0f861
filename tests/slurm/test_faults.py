"""What clusters do to jobs, done to jobs of a real one; results as if nothing had happened."""

import io
import time
import zipfile

import h5py
import numpy as np
import pandas as pd
import pytest

MODEL = "results/vgg16_tiny/run1/model.keras"
MAPS = "results/vgg16_tiny/run1/heatmaps/hoyle/noise0.1/1-of-1.h5"
# A file in the folder of a run: see slow_down.
HURRY = "hurry"
# Long enough to be disturbed in the middle: some 20 s each.
SLOW = {
    "training": {"epochs": 60, "early_stopping": {"patience": 100}},
    "heatmaps": {"smooth_samples": 1500, "batch_size": 16},
}


@pytest.fixture(scope="session")
def undisturbed(finished, tmp_path_factory):
    """Run a slow training and its slow heat maps, with nothing in their way."""
    run = finished.copy(tmp_path_factory.mktemp("undisturbed") / "galbar")
    (run.folder / "snakemake.log").unlink()
    # One thread: sums on several round in another order where processors are shared.
    profile = run.folder / "profiles/slurm/config.yaml"
    profile.write_text(profile.read_text() + "set-threads: {train_model: 1, compute_heatmaps: 1}\n")
    run.configure(**SLOW)
    run.run(MODEL, MAPS)
    return run


@pytest.fixture
def training(undisturbed, tmp_path):
    """Copy it, without the network and its heat maps."""
    run = undisturbed.copy(tmp_path / "galbar")
    (run.folder / "snakemake.log").unlink()
    (run.folder / MODEL).unlink()
    yield run
    end(run)


@pytest.fixture
def heatmaps(undisturbed, tmp_path):
    """Copy it, without the heat maps."""
    run = undisturbed.copy(tmp_path / "galbar")
    (run.folder / "snakemake.log").unlink()
    (run.folder / MAPS).unlink()
    yield run
    end(run)


def end(run):
    """Leave neither a controller nor a job."""
    if run.process is not None and run.process.poll() is None:
        run.kill()
    run.cluster.command("scancel", "-u", "root")


def slow_down(run, seconds):
    """Let each epoch and each galaxy take longer until `hurry`; nothing else of them changes."""
    wait = f"time.sleep(0 if __import__('os').path.exists({HURRY!r}) else {seconds})"
    waits = {
        "traininglog.py": "        seconds = time.monotonic() - self._begin\n",
        "heatmap_journal.py": "        # Out of this process at once",
    }
    # Neither module is in a digest of the code: no other job runs again for it.
    for name, line in waits.items():
        path = run.folder / "workflow/scripts/galbar" / name
        text = path.read_text()
        assert line in text
        path.write_text(text.replace(line, f"        {wait}\n{line}", 1))


def hurry(run):
    """No epoch and no galaxy waits any longer; a test does not depend on a machine's speed."""
    (run.folder / HURRY).touch()


def start_training(run, epochs=10):
    """Start the training; returns its job's number once some epochs are stored."""
    log = run.results / "vgg16_tiny/run1/training_log.csv"
    log.unlink(missing_ok=True)
    run.start(MODEL)
    run.wait_for(
        "epochs of the training",
        lambda: log.exists() and len(log.read_text().splitlines()) > epochs,
    )
    (job,) = run.submitted()
    return job


def start_heatmaps(run):
    """Start the heat maps; returns their job's number once some galaxies are stored."""
    run.start(MAPS)
    journals = run.folder / MAPS
    pattern = f".{journals.name}.unfinished/maps-*.journal"
    run.wait_for(
        "galaxies of the heat maps",
        lambda: sum(path.stat().st_size for path in journals.parent.glob(pattern)) > 50_000,
    )
    (job,) = run.submitted()
    return job


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
        "compute_heatmaps": "compute_heatmaps/vgg16_tiny_run1_hoyle_noise0.1_1-of-1.log",
    }
    return (run.results / "logs" / names[rule]).read_text()


def states(run):
    """States of the jobs of this run in the accounting."""
    # The accounting may be some seconds behind.
    for _ in range(20):
        found = [job["state"].split()[0] for job in run.jobs()]
        if not {"RUNNING", "PENDING", "COMPLETING"} & set(found):
            break
        time.sleep(0.5)
    return sorted(found)


def test_a_cancelled_training(training, undisturbed):
    slow_down(training, 0.2)
    job = start_training(training)
    training.cluster.command("scancel", job)
    training.finish()
    assert states(training) == ["CANCELLED", "COMPLETED"]
    assert "going on after epoch" in rule_log(training, "train_model")
    check_training(training, undisturbed)


def test_a_cancelled_heat_map_job(heatmaps, undisturbed):
    job = start_heatmaps(heatmaps)
    heatmaps.cluster.command("scancel", job)
    heatmaps.finish()
    assert states(heatmaps) == ["CANCELLED", "COMPLETED"]
    assert "galaxies were done by jobs before this one" in rule_log(heatmaps, "compute_heatmaps")
    check_heatmaps(heatmaps, undisturbed)


def test_a_time_limit_that_is_too_short(training, undisturbed):
    """SLURM's shortest limit, one minute, and a training that waits until it is over."""
    training.set_resources(
        "train_model", runtime="4 * attempt - 3", slurm_extra="'--signal=TERM@10'"
    )
    slow_down(training, 2)
    first = start_training(training, epochs=3)
    training.wait_for("the next attempt", lambda: len(training.submitted()) > 1)
    hurry(training)
    training.finish()
    assert states(training) in (["COMPLETED", "TIMEOUT"], ["COMPLETED", "FAILED"])
    (log,) = training.results.glob(f"logs/slurm/rule_train_model/*/{first}.log")
    assert "stopped by SIGTERM" in log.read_text()
    limits = sorted(int(job["time"]) for job in training.jobs())
    assert limits == [1, 5]
    assert "going on after epoch" in rule_log(training, "train_model")
    check_training(training, undisturbed)


def test_too_little_memory(heatmaps, undisturbed):
    heatmaps.set_resources("compute_heatmaps", mem_mb="450 * attempt")
    heatmaps.run(MAPS)
    memory = [job["tres"].split("mem=")[1].split(",")[0] for job in heatmaps.jobs()]
    assert memory[0] == "450M"
    assert len(memory) > 1
    assert states(heatmaps)[0] == "COMPLETED"
    assert states(heatmaps).count("COMPLETED") == 1
    check_heatmaps(heatmaps, undisturbed)


def test_the_controller_is_killed_and_started_again(training, undisturbed):
    """Two copies of one job run at the same time; the older one stops."""
    slow_down(training, 2)
    older = start_training(training, epochs=3)
    training.kill()
    assert [job["id"] for job in training.cluster.jobs("RUNNING")] == [older]
    training.start("--unlock")
    training.process.wait(60)
    training.start(MODEL)
    wait_for_end(training, older)
    hurry(training)
    training.finish()
    (younger,) = training.submitted() - {older}
    assert states(training) == ["COMPLETED", "FAILED"]
    (failed,) = [job for job in training.jobs() if job["state"].startswith("FAILED")]
    assert failed["id"] == older != younger
    (log,) = training.results.glob(f"logs/slurm/rule_train_model/*/{older}.log")
    assert "another copy of this job" in log.read_text()
    check_training(training, undisturbed)


def test_the_controller_is_killed_while_heat_maps_are_computed(heatmaps, undisturbed):
    slow_down(heatmaps, 6)
    older = start_heatmaps(heatmaps)
    heatmaps.kill()
    heatmaps.start("--unlock")
    heatmaps.process.wait(60)
    heatmaps.start(MAPS)
    wait_for_end(heatmaps, older)
    hurry(heatmaps)
    heatmaps.finish()
    assert len(heatmaps.submitted() - {older}) == 1
    assert states(heatmaps) == ["COMPLETED", "FAILED"]
    (log,) = heatmaps.results.glob(f"logs/slurm/rule_compute_heatmaps/*/{older}.log")
    assert "another copy of this job" in log.read_text()
    check_heatmaps(heatmaps, undisturbed)


def test_slurmctld_is_restarted(training, undisturbed):
    slow_down(training, 0.4)
    start_training(training)
    training.cluster.stop_daemon("slurmctld")
    time.sleep(10)
    training.cluster.start_daemon("slurmctld")
    training.finish()
    assert states(training) == ["COMPLETED"]
    check_training(training, undisturbed)


def test_a_node_goes_down_and_comes_back(training, undisturbed):
    slow_down(training, 0.3)
    job = start_training(training)
    cluster = training.cluster
    cluster.crash_node("gpu1", training.folder, spared=training.process.pid)
    cluster.command("scontrol", "update", "NodeName=gpu1", "State=DOWN", "Reason=crash")
    training.wait_for(
        "the job waits again",
        lambda: [each for each in cluster.jobs("PENDING") if each["id"] == job],
    )
    cluster.start_daemon("gpu1")
    cluster.command("scontrol", "update", "NodeName=gpu1", "State=RESUME")
    training.wait_for("the node", lambda: cluster.node_states()["gpu1"] == "idle")
    # SLURM lets a requeued job wait for as long as a credential lasts: 20 s here, else two minutes.
    training.finish()
    assert training.submitted() == {job}
    assert "going on after epoch" in rule_log(training, "train_model")
    check_training(training, undisturbed)
