"""Scores in pixels and kpc are those of lengths in these units."""

import numpy as np
import pandas as pd
import pytest

from galbar.lengths.units import scaled_from_pixels
from galbar.scores.dilution import dilution_table
from galbar.scores.estimator_lengths import EstimatorLengths
from galbar.scores.estimator_scores import STATISTICS, Resampling, score_table
from galbar.scores.other_units import add_kpc, add_pixels


def make_estimator(length, shuffled=False):
    """Make an estimator of one quantity, with an interval and an error of a tenth of its mean."""
    quantity, values = length
    width = 0.2 * values.mean()
    ends = {level: (values - level * width, values + level * width) for level in (0.68, 0.95)}
    return EstimatorLengths(
        name="calibrated",
        description="",
        model="",
        # Shuffled lengths are exchanged as length_scaled.
        length={quantity: values, "length_scaled": values},
        sigma={quantity: np.full(len(values), 0.1 * values.mean())},
        shuffled=shuffled,
        intervals={quantity: ends},
    )


CONVERSIONS = {
    "length_px": (("length_scaled", scaled_from_pixels(1.0)), add_pixels),
    "length_kpc": (("length_kpc_h", 0.7), lambda table: add_kpc(table, 70)),
}


@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("unit", CONVERSIONS)
def test_other_units_are_scored_as_if_they_had_been_given(unit, shuffled):
    from_unit, add = CONVERSIONS[unit]
    rng = np.random.default_rng(3)
    reference = rng.gamma(9, 6, 150)
    measured = 20 + 0.6 * reference + rng.normal(0, 8, 150)
    samples, resampling = {"test": np.ones(150, dtype=bool)}, Resampling(50, 0.95, 1)
    scored = {}
    for quantity, factor in (from_unit, (unit, 1.0)):
        estimators = [make_estimator((quantity, factor * measured), shuffled)]
        references = {quantity: factor * reference}
        scored[quantity] = (
            score_table(estimators, references, samples, resampling),
            dilution_table(estimators, references, samples),
        )
    for scaled, pixels in zip(*scored.values(), strict=True):
        both = add(scaled)
        pd.testing.assert_frame_equal(both.iloc[: len(scaled)], scaled)
        added = both.iloc[len(scaled) :].reset_index(drop=True)
        pd.testing.assert_frame_equal(added, pixels, rtol=1e-9)
    scores = scored[unit][0].iloc[0]
    assert all(np.isfinite(scores[name]) for name in STATISTICS)
    if not shuffled:
        assert scores["mae"] == pytest.approx(np.abs(measured - reference).mean())
