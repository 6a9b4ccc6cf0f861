"""A training that was cut off ends as one that was not, bit for bit."""

import json
import os
import shutil
import signal
import subprocess
import sys

import h5py
import keras
import numpy as np
import pandas as pd
import pytest

import train_model
from galbar.jobs.sigterm import Interrupted, watch_for_interruption
from galbar.jobs.takeover import JobTakenOver, OutputOwnership, unfinished_folder
from galbar.training.checkpoint import TrainingState, definition_digest
from tests.helpers.galaxy_files import decode, votes_table, write_images
from tests.helpers.small_training import NETWORK

EPOCHS = 5
TRAINING = {
    "epochs": EPOCHS,
    "batch_size": 8,
    "learning_rate": 0.01,
    "decay": 0.001,
    "schedule": "plateau",
    # Both callbacks act within the five epochs.
    "reduce_lr": {"factor": 0.5, "patience": 1},
    "early_stopping": {"patience": 3},
    "xla": False,
}
AUGMENTATION = {
    "rotation_range": 360,
    "fill_mode": "reflect",
    "horizontal_flip": True,
    "vertical_flip": True,
    "width_shift_range": 0.1,
    "height_shift_range": 0.1,
    "brightness_range": [0.9, 1.1],
    "saturation_range": [0.5, 1.2],
    "gamma_range": None,
    "background_range": None,
    "validation_split": 0.25,
}
SIZE = {"height": 32, "width": 32, "crop": 0.5}
HOW = {
    "image": SIZE,
    "threads": 1,
    "memory_mb": 1000,
    "name": "small",
    "run": 1,
    "seed": 42,
    "network": NETWORK,
    "weights": None,
    "augmentation": AUGMENTATION,
}


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    names, red = write_images(folder, 32, seed=2)
    table = votes_table(names, red)
    table["split"] = np.where(np.arange(32) % 4 == 0, "validation", "train")
    table.to_csv(folder / "training.csv", index=False)
    decode(folder, names, folder / "training.h5", **SIZE)
    return folder / "training.csv"


def train(table, folder, **changes):
    """Run the whole entry script's main; the network's file."""
    outputs = [folder / name for name in ("model.keras", "log.csv", "summary.json")]
    how = {**HOW, "training": {**TRAINING, **changes}}
    train_model.main(table, table.with_suffix(".h5"), *outputs, **how)
    return outputs[0]


@pytest.fixture(scope="module")
def undisturbed(table, tmp_path_factory):
    return train(table, tmp_path_factory.mktemp("undisturbed"))


def weights(path):
    return keras.models.load_model(path).get_weights()


def check_equal(path, expected):
    for found, wanted in zip(weights(path), weights(expected), strict=True):
        np.testing.assert_array_equal(found, wanted)
    for name in ("log.csv",):
        pd.testing.assert_frame_equal(
            pd.read_csv(path.parent / name), pd.read_csv(expected.parent / name), check_exact=True
        )
    summaries = [json.loads((p.parent / "summary.json").read_text()) for p in (path, expected)]
    for summary in summaries:
        del summary["seconds_per_epoch"]
    assert summaries[0] == summaries[1]
    assert not unfinished_folder(path).exists()


class Killed(BaseException):
    """Stands for SIGKILL: nothing can catch it."""


def kill_after(monkeypatch, epoch, batch=None):
    """Kill the training at the end of an epoch, or within the one that follows it."""
    end, step = TrainingState.on_epoch_end, TrainingState.on_train_batch_end

    def on_epoch_end(self, number, logs=None):
        end(self, number, logs)
        if batch is None and number + 1 == epoch:
            raise Killed

    def on_train_batch_end(self, number, logs=None):
        step(self, number, logs)
        if number == batch and self.epoch == epoch:
            raise Killed

    monkeypatch.setattr(TrainingState, "on_epoch_end", on_epoch_end)
    monkeypatch.setattr(TrainingState, "on_train_batch_end", on_train_batch_end)


@pytest.mark.parametrize(("epoch", "batch"), [(1, None), (2, 1), (4, 0), (EPOCHS, None)])
def test_a_killed_training_goes_on(table, undisturbed, tmp_path, monkeypatch, epoch, batch):
    with monkeypatch.context() as patch:
        kill_after(patch, epoch, batch)
        with pytest.raises(Killed):
            train(table, tmp_path)
    assert not (tmp_path / "model.keras").exists()
    trained = []
    step = TrainingState.on_train_batch_end
    monkeypatch.setattr(
        TrainingState,
        "on_train_batch_end",
        lambda self, number, logs=None: (step(self, number, logs), trained.append(number)),
    )
    check_equal(train(table, tmp_path), undisturbed)
    # Three batches of eight images an epoch: what was done is not done again.
    assert len(trained) == 3 * (EPOCHS - epoch)


def test_a_training_that_is_killed_all_the_time_ends_too(table, undisturbed, tmp_path, monkeypatch):
    for epoch in range(1, EPOCHS):
        with monkeypatch.context() as patch:
            kill_after(patch, epoch)
            with pytest.raises(Killed):
                train(table, tmp_path)
    check_equal(train(table, tmp_path), undisturbed)


def test_a_training_that_had_stopped_early_is_not_trained_on(table, tmp_path, monkeypatch):
    early = {"epochs": 40, "learning_rate": 0.0, "early_stopping": {"patience": 2}}
    expected = train(table, tmp_path / "expected", **early)
    rows = len(pd.read_csv(tmp_path / "expected/log.csv"))
    assert rows < 10
    with monkeypatch.context() as patch:
        kill_after(patch, rows)
        with pytest.raises(Killed):
            train(table, tmp_path / "killed", **early)
    check_equal(train(table, tmp_path / "killed", **early), expected)


def test_the_callbacks_remember_across_a_kill(table, tmp_path, monkeypatch):
    """The best epoch, the epochs without progress and the lowered rate lie on both sides of it."""
    restless = {
        "epochs": 14,
        "learning_rate": 0.05,
        "reduce_lr": {"factor": 0.5, "patience": 2},
        "early_stopping": {"patience": 4},
    }
    expected = train(table, tmp_path / "expected", **restless)
    log = pd.read_csv(tmp_path / "expected/log.csv")
    assert log["val_loss"].idxmin() < 4 < len(log) < 14
    assert log["learning_rate"].iloc[3] > 1.5 * log["learning_rate"].iloc[-1]
    with monkeypatch.context() as patch:
        kill_after(patch, 4)
        with pytest.raises(Killed):
            train(table, tmp_path / "killed", **restless)
    check_equal(train(table, tmp_path / "killed", **restless), expected)


def test_sigterm_ends_it_cleanly_and_it_goes_on(table, undisturbed, tmp_path, monkeypatch):
    watch_for_interruption()
    begin = TrainingState.on_epoch_begin

    def on_epoch_begin(self, epoch, logs=None):
        begin(self, epoch, logs)
        if epoch == 3:
            os.kill(os.getpid(), signal.SIGTERM)

    with monkeypatch.context() as patch:
        patch.setattr(TrainingState, "on_epoch_begin", on_epoch_begin)
        with pytest.raises(Interrupted, match=r"stopped by SIGTERM .*: 3 epochs are stored"):
            train(table, tmp_path)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    watch_for_interruption()
    check_equal(train(table, tmp_path), undisturbed)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def test_other_settings_begin_anew(table, tmp_path, monkeypatch):
    expected = train(table, tmp_path / "expected", learning_rate=0.02)
    with monkeypatch.context() as patch:
        kill_after(patch, 2)
        with pytest.raises(Killed):
            train(table, tmp_path / "killed")
    check_equal(train(table, tmp_path / "killed", learning_rate=0.02), expected)


def test_another_environment_is_refused_with_the_remedy(table, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        kill_after(patch, 2)
        patch.setattr(
            "galbar.training.checkpoint.software_versions", lambda: {"tensorflow": "2.20"}
        )
        with pytest.raises(Killed):
            train(table, tmp_path)
    with pytest.raises(ValueError, match=r"begun with .*2\.20.*this node has.*delete .*unfinished"):
        train(table, tmp_path)


def test_images_that_were_decoded_anew_are_the_same_training(
    table, undisturbed, tmp_path, monkeypatch, caplog
):
    caplog.set_level("INFO")
    with monkeypatch.context() as patch:
        kill_after(patch, 2)
        with pytest.raises(Killed):
            train(table, tmp_path)
    names = pd.read_csv(table)["image"].tolist()
    decoded = decode(table.parent, names[::-1], tmp_path / "again.h5", **SIZE)
    outputs = [tmp_path / name for name in ("model.keras", "log.csv", "summary.json")]
    train_model.main(table, decoded, *outputs, **HOW, training=TRAINING)
    assert "going on after epoch 2" in caplog.text
    check_equal(tmp_path / "model.keras", undisturbed)


def test_other_images_of_the_same_galaxies_begin_anew(table, tmp_path, monkeypatch, caplog):
    caplog.set_level("INFO")
    with monkeypatch.context() as patch:
        kill_after(patch, 2)
        with pytest.raises(Killed):
            train(table, tmp_path)
    changed = shutil.copy(table.with_suffix(".h5"), tmp_path / "changed.h5")
    with h5py.File(changed, "r+") as store:
        store["canvas"][5, 3, 3, 1] = 255 - store["canvas"][5, 3, 3, 1]
    outputs = [tmp_path / name for name in ("model.keras", "log.csv", "summary.json")]
    train_model.main(table, changed, *outputs, **HOW, training=TRAINING)
    assert "going on" not in caplog.text


def test_a_broken_state_is_named(table, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        kill_after(patch, 2)
        with pytest.raises(Killed):
            train(table, tmp_path)
    (state,) = unfinished_folder(tmp_path / "model.keras").glob("state-*.h5")
    state.write_bytes(state.read_bytes()[:1000])
    with pytest.raises(ValueError, match=r"state-.*is broken .*delete .*unfinished"):
        train(table, tmp_path)


def test_an_older_copy_stops_and_leaves_the_younger_one_alone(
    table, undisturbed, tmp_path, monkeypatch
):
    """A second copy begins while the first is in its third epoch, and ends before it."""
    begin = TrainingState.on_epoch_begin
    second = []

    def on_epoch_begin(self, epoch, logs=None):
        begin(self, epoch, logs)
        if epoch == 2 and not second:
            second.append(OutputOwnership(tmp_path / "model.keras"))

    with monkeypatch.context() as patch:
        patch.setattr(TrainingState, "on_epoch_begin", on_epoch_begin)
        with pytest.raises(JobTakenOver, match="another copy of this job"):
            train(table, tmp_path)
    assert not (tmp_path / "model.keras").exists()
    second[0].check()
    check_equal(train(table, tmp_path), undisturbed)


KILLED = """
import os, pathlib, signal, sys
sys.path[:0] = sys.argv[4:]
import test_checkpoint
from galbar.training.checkpoint import TrainingState

table, undisturbed, killed = map(pathlib.Path, sys.argv[1:4])
test_checkpoint.train(table, undisturbed)
step = TrainingState.on_train_batch_end

def kill(self, number, logs=None):
    step(self, number, logs)
    if self.epoch == 2 and number == 1:
        os.kill(os.getpid(), signal.SIGKILL)

TrainingState.on_train_batch_end = kill
test_checkpoint.train(table, killed)
"""
RESUMED = """
import pathlib, sys
sys.path[:0] = sys.argv[4:]
import test_checkpoint

test_checkpoint.train(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[3]))
"""


def test_a_real_sigkill(table, tmp_path, root):
    """A process of its own is killed, another one ends its work."""
    # The same number of threads in all: sums on other numbers of threads round otherwise.
    folders = [tmp_path / "undisturbed", tmp_path / "killed"]
    paths = [root / "tests/unit/training", root, root / "workflow/scripts"]
    for code, status in ((KILLED, -signal.SIGKILL), (RESUMED, 0)):
        command = [sys.executable, "-c", code, *map(str, (table, *folders, *paths))]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert done.returncode == status, done.stderr
    check_equal(folders[1] / "model.keras", folders[0] / "model.keras")


def test_the_definition_tells_settings_and_data_apart():
    rows = np.arange(3)
    first = definition_digest([1, {"a": 2}], rows)
    assert definition_digest([1, {"a": 2}], rows.copy()) == first
    assert definition_digest([1, {"a": 3}], rows) != first
    assert definition_digest([1, {"a": 2}], rows[::-1]) != first
    assert definition_digest([1, {"a": 2}], rows.astype(float)) != first
