"""A network calibrated alone knows what its own settings hold, and nothing of the others."""

import json
from unittest import mock

import numpy as np
import pandas as pd
import pytest

import calibrate_networks
from galbar.calibration.by_network import calibrate_network
from galbar.calibration.calibration_file import write_calibration
from galbar.calibration.candidates import CANDIDATES
from galbar.calibration.estimator import ENOUGH_FOR_LINE, Calibration, compare_candidates
from galbar.calibration.intervals import interval_columns
from galbar.lengths.length_files import new_barlengths

M, SETTINGS = 90, 6
IDS = 587722981736120000 + np.arange(M)
COMMON = {"criterion": "level", "kind": "absolute", "xinput": False, "smoothing": 0.0}
LEVELS = [{**COMMON, "level_fraction": 0.1 * k} for k in range(1, SETTINGS + 1)]
NAMES = [
    json.dumps({"model": model, "maps": "noise0.1", **setting}, sort_keys=True)
    for model in ("sharp", "blind")
    for setting in LEVELS
]


@pytest.fixture
def whole():
    """Draw a calibration on a network that knows the lengths and one that does not."""
    rng = np.random.default_rng(4)
    target = np.exp(rng.normal(-0.8, 0.35, M))
    noise = np.repeat([0.15, 2.0], SETTINGS)
    length_px = 60 * np.exp(np.log(target)[:, np.newaxis] + noise * rng.normal(size=(M, 12)))
    # Ten galaxies that only one of the networks measures.
    length_px[:10, :SETTINGS] = np.nan
    length_px = length_px.astype("f4").astype(float)
    table, held_out = compare_candidates(length_px, target, IDS, 1, candidates=["ridge"])
    assert table["candidate"].tolist() == ["ridge"]
    return Calibration(length_px, target, IDS, "ridge", held_out, seed=1)


def write_lengths(folder, length_px):
    paths = []
    for model, columns in (("sharp", slice(None, SETTINGS)), ("blind", slice(SETTINGS, None))):
        path = folder / model / "run1" / "barlengths" / "hoyle" / "noise0.1.h5"
        path.parent.mkdir(parents=True)
        lengths = length_px[:, columns]
        with new_barlengths(path, IDS, LEVELS) as writer:
            writer.add(lengths, np.where(np.isnan(lengths), 3, 0), 0 * lengths)
        paths.append(path)
    return paths


def test_a_network_alone_is_calibrated_on_its_own_settings(whole):
    alone, names = calibrate_network(whole, NAMES, "sharp")
    assert names == NAMES[:SETTINGS]
    # The galaxies that it does not measure have no part in it.
    np.testing.assert_array_equal(alone.length_px, whole.length_px[10:, :SETTINGS])
    np.testing.assert_array_equal(alone.target, whole.target[10:])
    assert alone.candidate == "ridge"
    blind, _ = calibrate_network(whole, NAMES, "blind")
    rms = [
        np.sqrt(np.mean((network.held_out - np.log(network.target)) ** 2))
        for network in (alone, blind)
    ]
    # The noise of six settings averages out; the other network has the lengths' own spread left.
    assert rms[0] < 0.15
    assert rms[1] > 0.3


def test_a_network_that_measures_too_few_galaxies_has_no_calibration(whole):
    whole.length_px[ENOUGH_FOR_LINE - 1 :, :SETTINGS] = np.nan
    assert calibrate_network(whole, NAMES, "sharp")[0] is None


def test_the_rule_estimates_by_every_network(tmp_path, whole):
    paths = write_lengths(tmp_path, whole.length_px)
    catalogue, calibration, table = (tmp_path / name for name in ("c.csv", "c.h5", "t.csv"))
    pd.DataFrame({"galaxy_id": IDS}).to_csv(catalogue, index=False)
    write_calibration(calibration, whole, NAMES, "")
    with mock.patch.dict(CANDIDATES, {"ridge": CANDIDATES["ridge"]}, clear=True):
        calibrate_networks.main(paths, catalogue, calibration, table)
    lengths = pd.read_csv(table)
    assert lengths.groupby("model", sort=False).size().to_dict() == {"sharp": M, "blind": M}
    assert (lengths["calibration"] == "ridge").all()
    for model, part in lengths.groupby("model"):
        np.testing.assert_array_equal(part["galaxy_id"], IDS)
        alone, _ = calibrate_network(whole, NAMES, model)
        columns = slice(None, SETTINGS) if model == "sharp" else slice(SETTINGS, None)
        expected = alone.estimate(whole.length_px[:, columns])
        np.testing.assert_allclose(part["length_scaled"], expected.length, rtol=1e-7)
        np.testing.assert_allclose(part["length_scaled_low95"], expected.low[0.95], rtol=1e-7)
    sharp = lengths[lengths["model"] == "sharp"]
    assert sharp["length_scaled"].isna().sum() == 10
    assert set(interval_columns("length_scaled")) < set(lengths)


def test_without_a_calibration_there_is_none_of_a_network(tmp_path, whole):
    paths = write_lengths(tmp_path, whole.length_px)
    catalogue, calibration, table = (tmp_path / name for name in ("c.csv", "c.h5", "t.csv"))
    pd.DataFrame({"galaxy_id": IDS}).to_csv(catalogue, index=False)
    write_calibration(calibration, None, NAMES, "too few")
    calibrate_networks.main(paths, catalogue, calibration, table)
    assert pd.read_csv(table).empty
    assert {"model", "galaxy_id", "length_scaled"} < set(pd.read_csv(table))
