"""What volunteers would say of a user's own galaxies, by the predictions of all networks."""

from itertools import islice

import keras
import numpy as np
import pandas as pd

from galbar.catalogues.bar_votes import bar_shares
from galbar.catalogues.decision_tree import VOTE_COLUMNS
from galbar.io.images import centre_crop
from galbar.io.job_log import progress
from galbar.training.prediction import check_network


def load_networks(paths, *, height, width):
    """Load networks that predict all votes of images (height, width) px.

    Returns a list of keras.Model; ValueError if one is for others (`check_network`).
    """
    networks = []
    for path in paths:
        network = keras.models.load_model(path, compile=False)
        check_network(network, path, height=height, width=width, outputs=len(VOTE_COLUMNS))
        networks.append(network)
    return networks


def predict_networks(networks, images, count, *, height, width, batch_size):
    """Predict the votes of images by several networks, reading each image once.

    Parameters
    ----------
    networks : list of keras.Model, of `load_networks`, k of them
    images : iterable of ndarray, shape (ny, nx, 3), float32, 0 to 1, canvases
    count : int, n, how many they are
    height, width : int, of the networks' input [px]
    batch_size : int

    Returns
    -------
    ndarray, shape (k, n, 37), float32
    """
    votes = np.empty((len(networks), count, len(VOTE_COLUMNS)), dtype=np.float32)
    cropped = (centre_crop(canvas, height, width) for canvas in progress(images, count, "galaxies"))
    for row in range(0, count, batch_size):
        batch = np.stack(list(islice(cropped, batch_size)))
        for number, network in enumerate(networks):
            votes[number, row : row + len(batch)] = network.predict_on_batch(batch)
    return votes


def tabulate_own_votes(galaxy_id, votes):
    """Tabulate what matters for a bar length of predicted votes.

    Parameters
    ----------
    galaxy_id : array_like, shape (n,), int64
    votes : ndarray, shape (k, n, 37), by k networks

    Returns
    -------
    DataFrame, n rows
        galaxy_id, then p_bar, p_featured and p_edge_on, see
        `galbar.catalogues.bar_votes.bar_shares`: of the mean votes, as the thresholds were chosen;
        with the ending _sd the standard deviation over the networks, NaN of one.
    """
    table = pd.DataFrame({"galaxy_id": np.asarray(galaxy_id, dtype=np.int64)})
    votes = np.asarray(votes, dtype=float)
    shares = [bar_shares(of_network) for of_network in votes]
    for name, mean in bar_shares(votes.mean(axis=0)).items():
        values = np.stack([of_network[name] for of_network in shares])
        table[name] = mean
        table[f"{name}_sd"] = values.std(axis=0, ddof=1) if len(values) > 1 else np.nan
    return table
