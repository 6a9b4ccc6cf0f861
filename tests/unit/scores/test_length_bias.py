"""Completeness, bias and scatter by bins, against what is planted in a table."""

import numpy as np
import pandas as pd
import pytest
import yaml
from astropy.stats import binom_conf_interval
from scipy.stats import norm

from galbar.lengths.expected_bias import read_biases
from galbar.scores.estimator_scores import Resampling
from galbar.scores.length_bias import ALL, bias_table, join_truth

BINS = 4
EACH = 400
# Planted in each bin of true length over PSF width.
BIAS = np.array([0.30, 0.10, 0.0, -0.15])
SCATTER = np.array([0.25, 0.15, 0.10, 0.05])
DETECTED = np.array([0.1, 0.4, 0.75, 1.0])
RESAMPLING = Resampling(samples=300, level=0.95, seed=7)


def simulated():
    """Return lengths and truth of barred galaxies of the catalogue and of galaxies without bars."""
    rng = np.random.default_rng(5)
    n = BINS * EACH
    group = np.repeat(np.arange(BINS), EACH)
    over_psf = 2 + 3 * group + rng.uniform(0, 3, n)
    psf_px = rng.uniform(3, 6, n)
    true_px = over_psf * psf_px
    # Quantiles of a normal distribution: what is planted is there exactly.
    deviates = np.tile(norm.ppf((np.arange(EACH) + 0.5) / EACH), BINS)
    measured = true_px * (1 + BIAS[group] + SCATTER[group] * deviates)
    detected = np.tile(np.arange(EACH), BINS) < DETECTED[group] * EACH
    barred = {"role": "catalogue", "barred": True, "bar_length_px": true_px}
    barred |= {"psf_fwhm_px": psf_px, "length_px": measured, "bar": np.where(detected, "yes", "no")}
    unbarred = {"role": "catalogue", "barred": False, "bar_length_px": np.nan}
    unbarred |= {"psf_fwhm_px": psf_px, "length_px": 40.0, "bar": ["yes", *["unsure"] * (n - 1)]}
    table = pd.concat([pd.DataFrame(barred), pd.DataFrame(unbarred)], ignore_index=True)
    table = table.assign(galaxy_id=np.arange(2 * n), mask_axis_ratio=0.4)
    table["inclination"] = rng.uniform(0, 60, 2 * n)
    table["bar_contrast"] = np.where(table["barred"], rng.uniform(1, 2, 2 * n), np.nan)
    table["signal_to_noise"], table["bulge_to_total"] = 10.0, rng.uniform(0, 0.5, 2 * n)
    for level, width in ((68, 1.0), (95, 2.0)):
        spread = width * np.append(SCATTER[group], np.zeros(n)) * table["bar_length_px"]
        table[f"length_px_low{level}"] = table["length_px"] - spread
        table[f"length_px_high{level}"] = table["length_px"] + spread
    measured_columns = ["galaxy_id", "bar", "mask_axis_ratio"]
    measured_columns += [name for name in table if name.startswith("length_px")]
    lengths = table[measured_columns].sample(frac=1, random_state=2)
    truth = table.drop(columns=[name for name in measured_columns if name != "galaxy_id"])
    return lengths, truth


@pytest.fixture(scope="module")
def biases():
    return bias_table(join_truth(*simulated()), BINS, RESAMPLING)


def rows_of(biases, name):
    return biases[biases["property"] == name].reset_index(drop=True)


def test_what_is_planted_in_a_bin_comes_out(biases):
    rows = rows_of(biases, "length_over_psf")
    assert rows["n_barred"].tolist() == rows["n_measured"].tolist() == [EACH] * BINS
    np.testing.assert_allclose(rows["bias"], BIAS, atol=1e-9)
    # 16 and 84 % of a normal distribution are 0.994 of its standard deviation from the middle.
    np.testing.assert_allclose(rows["scatter"], SCATTER * norm.ppf(0.84), rtol=0.01)
    np.testing.assert_allclose(rows["completeness"], DETECTED, atol=1e-9)
    assert rows["unmeasured"].tolist() == [0] * BINS
    edges = [2, 5, 8, 11]
    np.testing.assert_allclose(rows["bin_low"], edges, atol=0.1)
    assert rows["bin_high"].tolist()[:-1] == rows["bin_low"].tolist()[1:]
    assert not rows["is_measured"].any()


def test_intervals_are_those_of_shares_and_of_medians(biases):
    rows = rows_of(biases, "length_over_psf")
    z = norm.ppf(0.975)
    for name, low_or_high in (("completeness_low", -1), ("completeness_high", 1)):
        share = DETECTED
        middle = share + z**2 / (2 * EACH)
        root = z * np.sqrt(share * (1 - share) / EACH + z**2 / (4 * EACH**2))
        expected = (middle + low_or_high * root) / (1 + z**2 / EACH)
        np.testing.assert_allclose(rows[name], expected, atol=1e-9)
    # The median of normal deviates has the standard error 1.253 sigma / sqrt(n).
    width = rows["bias_high"] - rows["bias_low"]
    expected = 2 * z * np.sqrt(np.pi / 2) * SCATTER / np.sqrt(EACH)
    np.testing.assert_allclose(width, expected, rtol=0.25)
    assert ((rows["bias_low"] < BIAS) & (rows["bias_high"] > BIAS)).all()
    assert (
        (rows["scatter_low"] < rows["scatter"]) & (rows["scatter_high"] > rows["scatter"])
    ).all()


def test_coverage_is_the_share_within(biases):
    """A symmetric interval about a biased length holds less than it says."""
    rows = rows_of(biases, "length_over_psf")
    for level, width in ((68, 1.0), (95, 2.0)):
        shift = BIAS / SCATTER
        expected = norm.cdf(width - shift) - norm.cdf(-width - shift)
        np.testing.assert_allclose(rows[f"coverage_{level}"], expected, atol=0.005)


def test_galaxies_without_a_bar_are_counted_apart(biases):
    rows = rows_of(biases, ALL)
    assert rows["n_unbarred"].tolist() == [BINS * EACH]
    assert rows["false_positives"].tolist() == [1 / (BINS * EACH)]
    assert 0 < rows["false_positives_low"][0] < rows["false_positives"][0]
    assert rows["completeness"][0] == pytest.approx(DETECTED.mean())
    # None of them has a true length.
    rows = rows_of(biases, "length_over_psf")
    assert rows["n_unbarred"].tolist() == [0] * BINS
    assert rows["false_positives"].isna().all()
    assert (rows_of(biases, "inclination")["n_unbarred"] > 300).all()


def test_bins_by_what_is_measured(biases):
    rows = rows_of(biases, "measured_length_over_psf")
    assert rows["is_measured"].all()
    assert rows["n_barred"].tolist() == [EACH] * BINS
    lengths, truth = simulated()
    joined = lengths.merge(truth, on="galaxy_id")
    joined = joined[joined["barred"]]
    measured = joined["length_px"] / joined["psf_fwhm_px"]
    low, high = rows["bin_low"][1], rows["bin_high"][1]
    ratio = (joined["length_px"] / joined["bar_length_px"])[(measured >= low) & (measured < high)]
    assert rows["bias"][1] == pytest.approx(np.median(ratio) - 1)


def test_a_property_that_does_not_vary_has_no_bins(biases):
    assert rows_of(biases, "signal_to_noise").empty


def test_unmeasured_galaxies_stay_in_the_bins_of_their_truth():
    lengths, truth = simulated()
    lengths.loc[lengths["galaxy_id"] < EACH // 4, "length_px"] = np.nan
    rows = rows_of(bias_table(join_truth(lengths, truth), BINS, RESAMPLING), "length_over_psf")
    assert rows["n_barred"].tolist() == [EACH] * BINS
    assert rows["n_measured"].tolist() == [EACH * 3 // 4, EACH, EACH, EACH]
    assert rows["unmeasured"].tolist() == [0.25, 0, 0, 0]
    # They count among those to be detected.
    np.testing.assert_allclose(rows["completeness"], DETECTED, atol=1e-9)


def test_nothing_measured_is_nan_and_no_fault():
    lengths, truth = simulated()
    lengths[[name for name in lengths if name.startswith("length_px")]] = np.nan
    biases = bias_table(join_truth(lengths, truth), BINS, RESAMPLING)
    rows = rows_of(biases, "length_over_psf")
    assert rows["unmeasured"].tolist() == [1] * BINS
    numbers = ["bias", "bias_low", "bias_high", "scatter", "coverage_68", "coverage_95"]
    assert rows[numbers].isna().all(axis=None)
    assert rows_of(biases, "measured_length_over_psf").empty


@pytest.mark.parametrize("measured", [3, 1, 0])
def test_there_are_no_more_bins_than_galaxies(measured, tmp_path):
    """And what is written can be read for the galaxies of a user, however few were measured."""
    lengths, truth = simulated()
    lengths.loc[lengths["galaxy_id"] >= measured, "length_px"] = np.nan
    biases = bias_table(join_truth(lengths, truth), BINS, RESAMPLING)
    rows = rows_of(biases, "measured_length_over_psf")
    # A single length has no width of a bin.
    assert rows["n_measured"].tolist() == [1] * (measured if measured > 1 else 0)
    biases.to_csv(tmp_path / "length_bias.csv", index=False)
    read = read_biases(tmp_path / "length_bias.csv")
    np.testing.assert_allclose(read["bias"], rows["bias"].astype(float))


def test_a_galaxy_that_was_not_measured_is_an_error():
    lengths, truth = simulated()
    with pytest.raises(ValueError, match="no lengths of 2 simulated galaxies, the first is 8, exp"):
        join_truth(lengths[~lengths["galaxy_id"].isin([8, 9])], truth)


def test_the_configuration_has_enough_galaxies_to_know_shares_to_3_percent(root):
    """In each bin and whatever the share is: the interval of a half is the widest."""
    config = yaml.safe_load((root / "config/completeness.yaml").read_text())
    # Given to a finished run it changes nothing else: another key may compute all maps again.
    assert list(config) == ["completeness"]
    settings = config["completeness"]
    n = int(settings["catalogue_share"] * settings["galaxies"] / settings["bins"])
    for enough, number in ((True, n), (False, 1000)):
        low, high = binom_conf_interval(number // 2, number, 0.95, interval="wilson")
        assert ((high - low) / 2 < 0.03) == enough
