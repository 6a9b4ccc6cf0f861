"""A baseline is one entry: it is scored and named in figures without any other edit."""

import numpy as np
import pandas as pd

from galbar.figures import score_tables
from galbar.scores.baselines import BASELINES, Baseline
from galbar.scores.estimator_lengths import EstimatorLengths
from galbar.scores.estimators import _baselines


def test_a_new_baseline_is_scored_beside_the_others(monkeypatch):
    ones = Baseline(
        name="ones",
        label="all one",
        description="one petroR90 for all",
        scaled_lengths=lambda catalogue, chosen: np.ones(len(catalogue)),
    )
    monkeypatch.setitem(BASELINES, "ones", ones)
    catalogue = pd.DataFrame(
        {
            "split": ["validation", "validation", "test"],
            "length_scaled": [0.4, 0.8, 0.5],
            "length_avg": [4.0, 4.0, 10.0],
        }
    )
    lengths = {"length_scaled": np.array([0.3, 0.7, 0.6])}
    chosen = EstimatorLengths("saliency", "chosen", "vgg16", lengths, {})
    estimators = {one.name: one for one in _baselines(chosen, catalogue)}
    assert list(estimators) == ["size_only", "shuffled", "ones"]
    np.testing.assert_allclose(estimators["ones"].length["length_kpc_h"], [10, 5, 20])
    np.testing.assert_allclose(estimators["size_only"].length["length_scaled"], 0.6)
    assert estimators["shuffled"].shuffled
    assert estimators["shuffled"].model == "vgg16"
    assert score_tables.score_name("ones", "") == "all one"
