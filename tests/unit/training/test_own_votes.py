"""Votes of a user's own galaxies by several networks."""

import keras
import numpy as np
import pytest

from galbar.catalogues.decision_tree import VOTE_COLUMNS
from galbar.io.images import centre_crop
from galbar.training.own_votes import load_networks, predict_networks, tabulate_own_votes

SIZE = {"height": 8, "width": 8}


def network(seed):
    keras.utils.set_random_seed(seed)
    layers = [keras.layers.Flatten(), keras.layers.Dense(len(VOTE_COLUMNS), activation="sigmoid")]
    return keras.Sequential([keras.Input((8, 8, 3)), *layers])


def test_each_network_sees_the_middle_of_each_image(tmp_path):
    networks = [network(1), network(2)]
    for number, each in enumerate(networks):
        each.save(tmp_path / f"{number}.keras")
    canvases = np.random.default_rng(1).random((5, 12, 13, 3)).astype(np.float32)
    loaded = load_networks([tmp_path / "0.keras", tmp_path / "1.keras"], **SIZE)
    votes = predict_networks(loaded, iter(canvases), 5, **SIZE, batch_size=2)
    assert votes.shape == (2, 5, 37)
    for of_network, each in zip(votes, networks, strict=True):
        expected = each.predict_on_batch(centre_crop(canvases, 8, 8))
        np.testing.assert_allclose(of_network, expected, atol=1e-5)
    assert predict_networks(loaded, iter([]), 0, **SIZE, batch_size=2).shape == (2, 0, 37)
    with pytest.raises(ValueError, match="the network takes images"):
        load_networks([tmp_path / "0.keras"], height=9, width=9)


def test_shares_are_of_the_mean_votes():
    """As the thresholds were chosen: a network that asks nobody for a bar hardly counts."""
    votes = np.zeros((2, 1, 37))
    columns = list(VOTE_COLUMNS)
    for number, (bar, none) in enumerate([(0.6, 0.2), (0.001, 0.009)]):
        votes[number, 0, columns.index("Class3.1")] = bar
        votes[number, 0, columns.index("Class3.2")] = none
    row = tabulate_own_votes([7], votes).iloc[0]
    assert row["galaxy_id"] == 7
    assert row["p_bar"] == pytest.approx(0.601 / 0.81)
    assert row["p_bar_sd"] == pytest.approx(np.std([0.75, 0.1], ddof=1))
    assert np.isnan(tabulate_own_votes([7], votes[:1])["p_bar_sd"][0])
