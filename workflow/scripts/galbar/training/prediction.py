"""Predictions of a trained network for the images of a table."""

import math

import numpy as np
import pandas as pd

from galbar.catalogues.decision_tree import VOTE_COLUMNS
from galbar.io.job_log import progress
from galbar.training.input_pipeline import plain_batches


def check_network(network, name, *, height, width, outputs):
    """Raise ValueError, with what was found and expected, unless a network fits the images."""
    expected = (None, height, width, 3)
    if tuple(network.input_shape) != expected:
        raise ValueError(
            f"{name}: the network takes images {network.input_shape[1:]}, but image.height, "
            f"image.width and the number of colours are {expected[1:]}"
        )
    if tuple(network.output_shape) != (None, outputs):
        raise ValueError(
            f"{name}: the network gives {network.output_shape[1:]}, expected ({outputs},)"
        )


def predict_images(network, canvases, *, batch_size):
    """Predict for unchanged images.

    Parameters
    ----------
    network : keras.Model
    canvases : galbar.training.input_pipeline.Canvases, of n images
    batch_size : int

    Returns
    -------
    ndarray, shape (n, outputs), float32
    """
    batches = plain_batches(canvases, np.arange(len(canvases)), batch_size=batch_size)
    total = math.ceil(len(canvases) / batch_size)
    results = [
        network.predict_on_batch(images)
        for images in progress(batches, total, f"batches of {batch_size} images")
    ]
    if not results:
        return np.empty((0, network.output_shape[-1]), dtype=np.float32)
    return np.concatenate(results)


def votes_table(galaxies, votes):
    """Put predicted votes into a table.

    Parameters
    ----------
    galaxies : pandas.DataFrame, n rows, with a column galaxy_id and perhaps ``split``
    votes : ndarray, shape (n, 37), float

    Returns
    -------
    pandas.DataFrame, columns galaxy_id, split (if ``galaxies`` has it) and `VOTE_COLUMNS`
    """
    kept = [name for name in ("galaxy_id", "split") if name in galaxies]
    table = galaxies[kept].reset_index(drop=True)
    return table.join(pd.DataFrame(votes, columns=list(VOTE_COLUMNS)))


def lengths_table(galaxies, lengths):
    """Put the control's lengths into a table, each beside its galaxy's id.

    Parameters
    ----------
    galaxies : pandas.DataFrame, n rows, with the columns galaxy_id and control_split
    lengths : ndarray, shape (n, 1), float, in units of the galaxy's size

    Returns
    -------
    pandas.DataFrame, columns galaxy_id, length_scaled_predicted, control_split
    """
    table = galaxies[["galaxy_id", "control_split"]].reset_index(drop=True)
    table.insert(1, "length_scaled_predicted", np.asarray(lengths)[:, 0])
    return table
