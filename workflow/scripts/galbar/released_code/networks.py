"""Networks that the released code trained: Keras 2 HDF5 files, read by Keras 3."""

import json
import shutil
import tempfile
from pathlib import Path

import h5py
import keras

from galbar.catalogues.decision_tree import VOTE_COLUMNS
from galbar.io.atomic import file_digest
from galbar.jobs.devices import software_versions
from galbar.networks.build import count_swish, output_stride
from galbar.training.prediction import check_network

# Keras 2 wrote these keys of its parent classes into the layer's configuration; Keras 3 refuses
# them. The values say nothing that the depthwise_* and pointwise_* keys do not.
_FOREIGN_KEYS = {
    "SeparableConv2D": ("groups", "kernel_initializer", "kernel_regularizer", "kernel_constraint"),
    "DepthwiseConv2D": ("groups",),
}


def load_original(path, *, height, width):
    """Load a ``model.h5`` of the released code, which Keras 2 wrote; it is not compiled.

    Parameters
    ----------
    path : str or Path
    height, width : int
        Configured shape of the network's input [px].

    Returns
    -------
    keras.Model

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such file, it holds no network, or one for other images or outputs.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file; models[].trained names it")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "model.h5")
        shutil.copyfile(path, copy)
        try:
            _modernise(copy, path)
            network = keras.models.load_model(copy, compile=False)
        except (OSError, KeyError, TypeError) as error:
            raise ValueError(f"{path}: found no network that can be read ({error})") from error
    # Keras 2 files say "a list of one image"; a network of one input takes the image itself.
    network = keras.Model(network.inputs[0], network.outputs[0], name=network.name)
    check_network(network, str(path), height=height, width=width, outputs=len(VOTE_COLUMNS))
    return network


def describe_import(network, path, name, run):
    """Fill in ``training_summary.json`` with what a file tells about a training elsewhere.

    Returns
    -------
    dict
        The keys of `galbar.training.loop.train_configured`, None where unknown, and the file with
        its checksum.
    """
    unknown = (
        "architecture",
        "cut",
        "width",
        "best_epoch",
        "epochs_run",
        "val_rmse",
        "rmse_of_mean",
        "collapsed",
        "seconds_per_epoch",
        "seed",
        "device",
    )
    swish, relu = count_swish(network)
    return {
        "model": name,
        "run": run,
        **dict.fromkeys(unknown),
        "imported_from": str(path),
        "imported_sha256": file_digest(path),
        "parameters": network.count_params(),
        "output_stride": output_stride(network),
        "swish_layers": swish,
        "relu_layers": relu,
        "versions": software_versions(),
    }


def _modernise(path, original):
    """Rewrite the description of the network in a file as Keras 3 wants it."""
    with h5py.File(path, "r+") as store:
        if "model_config" not in store.attrs:
            raise ValueError(
                f"{original}: found weights without a network, expected a whole model "
                "(model.save, not model.save_weights)"
            )
        config = store.attrs["model_config"]
        config = json.loads(config.decode() if isinstance(config, bytes) else config)
        _change_layers(config)
        store.attrs["model_config"] = json.dumps(config)


def _change_layers(value):
    """Walk through a description and change every layer in it, also in nested networks."""
    if isinstance(value, list):
        for item in value:
            _change_layers(item)
    elif isinstance(value, dict):
        kind, config = value.get("class_name"), value.get("config")
        if isinstance(config, dict):
            for key in _FOREIGN_KEYS.get(kind, ()):
                config.pop(key, None)
        for item in value.values():
            _change_layers(item)
