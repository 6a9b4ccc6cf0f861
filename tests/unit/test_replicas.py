"""Several devices take the step of one; a training on them resumes as one on one does."""

import json
import subprocess
import sys

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from galaxy_files import votes_table, write_images

from galbar.datasets import Canvases, plain_batches
from galbar.replicas import fill_up, open_strategy, padded_count


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    names, red = write_images(folder, 32, seed=2)
    table = votes_table(names, red)
    table["split"] = np.where(np.arange(32) % 4 == 0, "validation", "train")
    table.to_csv(folder / "training.csv", index=False)
    return folder / "training.csv"


@pytest.fixture(scope="module")
def run(table, root, tmp_path_factory):
    def run(task):
        folder = tmp_path_factory.mktemp(task)
        command = [sys.executable, root / "tests/unit/two_devices.py", folder, table, task]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return folder

    return run


@pytest.fixture(scope="module")
def compared(run):
    return run("compare")


@pytest.fixture(scope="module")
def resumed(run):
    return run("resume")


def weights(path):
    return keras.models.load_model(path / "model.keras").get_weights()


@pytest.mark.slow
def test_two_devices_come_to_the_weights_of_one(compared):
    for one, two in zip(weights(compared / "one"), weights(compared / "two"), strict=True):
        np.testing.assert_allclose(two, one, atol=2e-5)


@pytest.mark.slow
def test_two_devices_validate_as_one(compared):
    one, two = (pd.read_csv(compared / name / "log.csv") for name in ("one", "two"))
    columns = ["val_loss", "val_root_mean_squared_error", "learning_rate"]
    np.testing.assert_allclose(two[columns], one[columns], rtol=1e-4)
    np.testing.assert_allclose(two["root_mean_squared_error"] ** 2, two["loss"], rtol=1e-4)


@pytest.mark.slow
def test_the_summary_tells_how_many_replicas_there_were(compared):
    one, two = (
        json.loads((compared / name / "summary.json").read_text()) for name in ("one", "two")
    )
    assert (one["replicas"], two["replicas"]) == (1, 2)
    assert two["xla"] is False


@pytest.mark.slow
def test_a_resumed_training_equals_an_undisturbed_one(resumed):
    undisturbed, killed = resumed / "undisturbed", resumed / "killed"
    for first, second in zip(weights(undisturbed), weights(killed), strict=True):
        np.testing.assert_array_equal(second, first)
    logs = [pd.read_csv(folder / "log.csv") for folder in (killed, undisturbed)]
    pd.testing.assert_frame_equal(*logs, check_exact=True)


@pytest.mark.slow
def test_all_replicas_hold_the_network_that_is_stored(resumed):
    agreed = json.loads((resumed / "agreed.json").read_text())
    assert len(agreed) == 5
    assert all(agreed)


@pytest.mark.parametrize(("count", "replicas"), [(6, 2), (5, 2), (1, 3), (7, 4)])
def test_the_weighted_mean_of_equal_parts_is_the_mean(count, replicas):
    values = np.random.default_rng(1).random(count).astype(np.float32)
    (filled,), weights = fill_up((tf.constant(values),), replicas)
    assert len(filled) % replicas == 0
    assert len(filled) < count + replicas
    parts = np.split(filled.numpy() * weights.numpy(), replicas)
    mean = np.mean([part.mean() for part in parts])
    assert mean == pytest.approx(values.mean(), rel=1e-6)
    assert set(filled.numpy()) == set(values)


@pytest.mark.parametrize(("replicas", "padded"), [(2, 22), (4, 24)])
def test_one_pass_has_the_mean_of_its_rows(table, replicas, padded):
    names = pd.read_csv(table)["image"]
    paths = [table.parent / name for name in names]
    canvases = Canvases(paths, height=8, width=8, crop=1.0, threads=1)
    values = np.random.default_rng(1).random((21, 1))
    batches = list(plain_batches(canvases, np.arange(21), values, batch_size=8, replicas=replicas))
    assert [len(images) for images, _, _ in batches] == [8, 8, padded - 16]
    total = sum(float(tf.reduce_sum(wanted[:, 0] * weights)) for _, wanted, weights in batches)
    assert padded_count(21, 8, replicas) == padded
    assert total / padded == pytest.approx(values.mean(), rel=1e-6)


def test_one_gpu_needs_no_strategy(monkeypatch):
    assert open_strategy(1) is None
    monkeypatch.setattr("galbar.replicas.has_gpu", lambda: False)
    assert open_strategy(2) is None
