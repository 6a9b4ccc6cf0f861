"""What is drawn together shows: by decile, in both slopes, in what intervals cover."""

import numpy as np
import pytest

from galbar.scores.bootstrap import draw_resamples
from galbar.scores.dilution import dilution_table
from galbar.scores.estimator_lengths import EstimatorLengths
from galbar.scores.regression import mae, slope_on_measured, slope_on_reference


def test_deciles_of_lengths_that_move_by_a_third():
    known = np.linspace(30, 80, 200)[np.random.default_rng(0).permutation(200)]
    measured = 40 + (known - 55) / 3
    ends = {0.68: (measured - 10, measured + 10), 0.95: (measured - 20, measured + 20)}
    estimator = EstimatorLengths(
        **{"name": "calibrated", "description": "", "model": ""},
        length={"length_kpc_h": measured},
        sigma={},
        intervals={"length_kpc_h": ends},
    )
    other = EstimatorLengths("size_only", "", "", {"length_kpc_h": known}, {})
    reference = known.copy()
    reference[3] = np.nan
    members = {"test": np.full(200, True), "common": known > 1e9}
    table = dilution_table([estimator, other], {"length_kpc_h": reference}, members)
    assert set(table["estimator"]) == {"calibrated"}
    assert table["n"].sum() == 199
    assert table["decile"].tolist() == list(range(1, 11))
    np.testing.assert_allclose(table["measured"], 40 + (table["reference"] - 55) / 3)
    np.testing.assert_allclose(table["bias"], table["measured"] - table["reference"])
    np.testing.assert_allclose(table["ratio"], table["measured"] / table["reference"])
    off = np.abs(measured - reference)
    assert table["coverage_68"].mul(table["n"]).sum() == np.sum(off <= 10)
    assert table["coverage_95"].mul(table["n"]).sum() == np.sum(off <= 20)


def test_slopes_both_ways_against_a_fit():
    rng = np.random.default_rng(1)
    reference = rng.normal(60, 10, 50)
    measured = 40 + 0.3 * reference + rng.normal(0, 3, 50)
    counts = draw_resamples(50, 20, 3).astype(float)
    for slope, x, y in (
        (slope_on_reference, reference, measured),
        (slope_on_measured, measured, reference),
    ):
        assert slope(measured, reference) == pytest.approx(np.polyfit(x, y, 1)[0])
        found = slope(measured, reference, counts)
        for row, value in zip(counts, found, strict=True):
            drawn = np.repeat(np.arange(50), row.astype(int))
            assert value == pytest.approx(np.polyfit(x[drawn], y[drawn], 1)[0])
    assert np.isnan(slope_on_measured(np.full(50, 3.0), reference))
    assert slope_on_reference(np.full(50, 3.0), reference) == pytest.approx(0, abs=1e-12)
    rows = np.stack([measured, reference])
    assert slope_on_reference(rows, reference)[1] == pytest.approx(1)


def test_mean_absolute_difference():
    assert mae(np.array([1.0, 5.0]), np.array([2.0, 2.0])) == 2
