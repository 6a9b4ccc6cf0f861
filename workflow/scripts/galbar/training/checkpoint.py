"""The state of a training after its last finished epoch, on disk, so that a later job goes on.

One HDF5 file holds all that decides how a training goes on: weights, optimizer, what the callbacks
remember, the table of the epochs. Images and their changes need no state: they follow from the seed
and the number of the epoch (`galbar.training.input_pipeline.training_batches`). A training that was
cut off any number of times ends with the same bits as one that was not, on the same kind of
machine.
"""

import hashlib
import json
import logging

import h5py
import keras
import numpy as np

from galbar.io.atomic import atomic_write
from galbar.jobs.devices import describe_devices, software_versions
from galbar.jobs.sigterm import check_interruption

logger = logging.getLogger(__name__)

_FILE = "state.h5"
_REMEMBERED = {
    "EarlyStopping": ("wait", "best", "best_epoch", "stopped_epoch"),
    "ReduceLROnPlateau": ("wait", "best", "cooldown_counter"),
}


def definition_digest(settings, *arrays):
    """Digest settings (by JSON or ``repr``) and arrays: none resumes from another's state."""
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True, default=repr).encode())
    for array in arrays:
        array = np.ascontiguousarray(array)
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


class TrainingState(keras.callbacks.Callback):
    """Store a training after each epoch; take up one that was cut off.

    Must be the last of the callbacks, so that it stores what the others have come to. ``ownership``
    is on the network's file, ``definition`` of `definition_digest`. ``epoch`` counts those that are
    done; ``stopped`` says whether the training has ended before its last epoch.
    """

    def __init__(self, ownership, definition):
        super().__init__()
        self._ownership, self._definition = ownership, definition
        self._others, self._log = {}, None
        self._found = None
        self.epoch, self.stopped = 0, False

    def restore(self, network, callbacks, log):
        """Restore the last stored state, if any, to a compiled network, in place.

        What the callbacks before this one remember is put back when the training begins, after they
        have forgotten it. ValueError if the file is broken or was written for another network or by
        other versions of the software: the rest would not be the same training.
        """
        self._others = {type(callback).__name__: callback for callback in callbacks}
        self._log = log
        network.optimizer.build(network.trainable_variables)
        self._found = self._read(network)
        if self._found is None:
            return
        network.set_weights(self._found["weights"])
        for variable, value in zip(
            network.optimizer.variables, self._found["optimizer"], strict=True
        ):
            variable.assign(value)
        self.epoch, self.stopped = self._found["epoch"], self._found["stopped"]
        logger.info("going on after epoch %d, stored by a job before this one", self.epoch)

    def on_train_begin(self, logs=None):
        """Restore the state of the callbacks and the log."""
        if self._found is None:
            return
        for name, values in self._found["callbacks"].items():
            for key, value in values.items():
                setattr(self._others[name], key, value)
        self._others["EarlyStopping"].best_weights = self._found["best"]
        self._log.restore(self._found["rows"], self._found["seconds"])
        self._found = None

    def on_train_batch_end(self, batch, logs=None):
        """Stop within an epoch on SIGTERM; the epoch is then done again."""
        check_interruption(f"{self.epoch} epochs are stored")

    def on_epoch_end(self, epoch, logs=None):
        """Store the state of the training, and stop if SIGTERM has come."""
        self._ownership.check()
        self.epoch = epoch + 1
        path = self._ownership.own_file(_FILE)
        with atomic_write(path) as temporary, h5py.File(temporary, "w") as store:
            self._write(store)
        for old in self._ownership.files(_FILE):
            if old != path:
                old.unlink(missing_ok=True)
        check_interruption(f"{self.epoch} epochs are stored")

    def _write(self, store):
        stopping = self._others["EarlyStopping"]
        arrays = {
            "weights": self.model.get_weights(),
            "optimizer": [keras.ops.convert_to_numpy(v) for v in self.model.optimizer.variables],
            "best": stopping.best_weights or [],
        }
        for name, values in arrays.items():
            group = store.create_group(name)
            for number, value in enumerate(values):
                group[f"{number:05d}"] = value
        # `item` makes plain Python numbers, without loss, of all that numpy and Keras have.
        notes = {
            "epoch": self.epoch,
            "stopped": bool(self.model.stop_training),
            "callbacks": {
                name: {key: np.asarray(getattr(self._others[name], key)).item() for key in keys}
                for name, keys in _REMEMBERED.items()
                if name in self._others
            },
            "rows": [
                {key: np.asarray(value).item() for key, value in row.items()}
                for row in self._log.rows
            ],
            "seconds": self._log.seconds,
            "device": describe_devices(),
            "versions": software_versions(),
        }
        store.attrs["definition"] = self._definition
        store.attrs["notes"] = json.dumps(notes)

    def _read(self, network):
        """Read the latest state of this definition; None if there is none."""
        for path in self._ownership.files(_FILE):
            try:
                with h5py.File(path) as store:
                    if store.attrs["definition"] != self._definition:
                        logger.info("%s is of other settings or data: not used", path)
                        continue
                    state = json.loads(store.attrs["notes"])
                    for name in ("weights", "optimizer", "best"):
                        state[name] = [store[name][key][()] for key in sorted(store[name])]
            except (OSError, KeyError) as error:
                raise ValueError(
                    f"{path}: the stored state of a training is broken ({error}); delete "
                    f"{path.parent} to train from the beginning"
                ) from error
            _check_versions(path, state)
            shapes = [tuple(weight.shape) for weight in network.weights]
            if shapes != [value.shape for value in state["weights"]]:
                raise ValueError(
                    f"{path}: holds weights of another network; delete {path.parent} to train "
                    "from the beginning"
                )
            return state
        return None


def _check_versions(path, found):
    """Raise if one training would mix software versions; warn of another device."""
    versions = software_versions()
    if found["versions"] != versions:
        raise ValueError(
            f"{path}: this training was begun with {found['versions']}, but this node has "
            f"{versions}; run on nodes with one environment, or delete {path.parent} to train "
            "from the beginning"
        )
    device = describe_devices()
    if found["device"] != device:
        logger.warning(
            "this training was begun on %s and goes on on %s: it will not repeat to the last bit",
            found["device"],
            device,
        )
