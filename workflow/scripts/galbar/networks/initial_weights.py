"""Initial weights of a backbone, from a file."""

import math
import tempfile
import warnings
from pathlib import Path

import h5py
import numpy as np


def load_backbone(backbone, path):
    """Load weights, in legacy HDF5 (as published) or of Keras 3, into a backbone without its top.

    FileNotFoundError if there is no such file; ValueError if it holds no weights, other ones, or
    some that are not finite.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file of initial weights")
    try:
        with h5py.File(path) as store:
            legacy = "layer_names" in store.attrs or "model_weights" in store
    except OSError as error:
        raise ValueError(
            f"{path}: found no HDF5 file or a truncated one, expected weights ({error}); delete it "
            "and run again"
        ) from error
    # Keras takes the format from the name alone, and the published files are legacy ones.
    suffix = ".h5" if legacy else ".weights.h5"
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder, f"backbone{suffix}")
        link.symlink_to(path.resolve())
        try:
            # Keras only warns of layers that its own kind of file lacks, and leaves them random.
            with warnings.catch_warnings():
                warnings.simplefilter("error", UserWarning)
                backbone.load_weights(link)
        except (ValueError, KeyError, OSError, UserWarning) as error:
            raise ValueError(
                f"{path}: the weights do not fit {backbone.name} without its top: {error}"
            ) from error
    if not all(math.isfinite(float(np.sum(array))) for array in backbone.get_weights()):
        raise ValueError(f"{path}: found weights that are not finite")
