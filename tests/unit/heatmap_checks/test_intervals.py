"""Means and correlations with intervals, against plain resampling."""

import numpy as np
import pytest

from galbar.heatmap_checks.intervals import Resamples


@pytest.fixture
def resamples():
    return Resamples.draw(80, 3000, 0.95, 7)


@pytest.fixture
def rng():
    return np.random.default_rng(2)


def test_the_mean_has_the_interval_of_the_central_limit(resamples, rng):
    values = rng.normal(3, 2, 80)
    row = resamples.mean(values)
    half = 1.96 * values.std() / np.sqrt(80)
    assert row["value"] == pytest.approx(values.mean())
    assert row["low"] == pytest.approx(values.mean() - half, abs=0.06)
    assert row["high"] == pytest.approx(values.mean() + half, abs=0.06)
    assert np.isnan(row["lost"])


def test_differences_are_paired(resamples, rng):
    """Of two noisy values of the same galaxies the difference is known much better."""
    compared = rng.normal(3, 2, 80)
    row = resamples.mean(compared - 0.5, compared)
    assert (row["lost"], row["lost_low"], row["lost_high"]) == pytest.approx((0.5, 0.5, 0.5))


def test_galaxies_without_a_value_are_left_out(resamples, rng):
    values, compared = rng.random(80), rng.random(80)
    values[:30], compared[20:50] = np.nan, np.nan
    row = resamples.mean(values, compared)
    assert row["n"] == 50
    assert row["value"] == pytest.approx(values[30:].mean())
    assert row["lost"] == pytest.approx(compared[50:].mean() - values[50:].mean())
    assert resamples.mean(np.full(80, np.nan)) == pytest.approx(
        {"n": 0, **dict.fromkeys(("value", "low", "high"), np.nan)}
        | dict.fromkeys(("lost", "lost_low", "lost_high"), np.nan),
        nan_ok=True,
    )


def test_correlations_are_pearsons(resamples, rng):
    reference = rng.random(80)
    good, bad = reference + 0.1 * rng.random(80), rng.random(80)
    reference[3] = np.nan
    row = resamples.correlation(bad, reference, good)
    usable = np.isfinite(reference)
    r = [np.corrcoef(lengths[usable], reference[usable])[0, 1] for lengths in (bad, good)]
    assert row["n"] == 79
    assert row["value"] == pytest.approx(r[0])
    assert row["lost"] == pytest.approx(r[1] - r[0])
    assert row["low"] < r[0] < row["high"]
    # Fisher's transformation gives about the same interval.
    width = np.tanh(np.arctanh(r[0]) + 1.96 / np.sqrt(76)) - r[0]
    assert row["high"] - row["value"] == pytest.approx(width, abs=0.05)
