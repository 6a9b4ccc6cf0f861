"""Trainings in a process of their own, on one or two virtual devices of the processor.

Usage: ``two_devices.py FOLDER TABLE TASK``. Devices can be set up before TensorFlow's first
operation only, and a process has one strategy.
"""

import json
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "workflow/scripts"), str(ROOT / "tests/unit")]

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from small_training import NETWORK  # noqa: E402

(cpu,) = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)

import test_training_state  # noqa: E402

import train_model  # noqa: E402
from galbar.training_state import TrainingState  # noqa: E402

#: 24 galaxies are trained on: batches of 9, 9 and 6, the first of which cannot be halved.
UNEVEN = {"batch_size": 9, "epochs": 3}


@cache
def mirrored(gpus):
    """Make the one strategy of this process, after the devices are configured."""
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])


def train(table, folder, strategy, normalisation, **changes):
    """Train by the entry script; without normalisation the published step must come out."""
    train_model.open_strategy = strategy
    test_training_state.HOW["network"] = {**NETWORK, "normalisation": normalisation}
    return test_training_state.train(table, folder, **changes)


def compare(table, folder):
    """Train on one and on two devices."""
    for name, strategy in (("one", lambda gpus: None), ("two", mirrored)):
        train(table, folder / name, strategy, False, **UNEVEN)


def resume(table, folder):
    """Train undisturbed, and with a cut within the third epoch; tell whether replicas agree."""
    train(table, folder / "undisturbed", mirrored, True)
    step = TrainingState.on_train_batch_end
    agreed = []

    def stop(self, number, logs=None):
        step(self, number, logs)
        if self.epoch == 2 and number == 1:
            raise KeyboardInterrupt

    def on_epoch_end(self, epoch, logs=None, write=TrainingState.on_epoch_end):
        write(self, epoch, logs)
        copies = [variable.value.values for variable in self.model.weights]
        agreed.append(all(np.array_equal(first, second) for first, second in copies))

    TrainingState.on_train_batch_end, TrainingState.on_epoch_end = stop, on_epoch_end
    try:
        train(table, folder / "killed", mirrored, True)
    except KeyboardInterrupt:
        TrainingState.on_train_batch_end = step
        train(table, folder / "killed", mirrored, True)
    (folder / "agreed.json").write_text(json.dumps(agreed))


if __name__ == "__main__":
    keras.utils.set_random_seed(1)
    globals()[sys.argv[3]](Path(sys.argv[2]), Path(sys.argv[1]))
