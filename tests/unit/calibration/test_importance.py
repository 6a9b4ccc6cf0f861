"""What the importance of a group of settings says: large where nothing else holds the same."""

import json
from unittest import mock

import numpy as np
import pandas as pd
import pytest

import measure_importance
from galbar.calibration.calibration_file import write_calibration
from galbar.calibration.candidates import CANDIDATES
from galbar.calibration.estimator import Calibration, compare_candidates
from galbar.calibration.features import choice_of_name
from galbar.calibration.groups import EVERYTHING
from galbar.calibration.importance import IMPORTANCE_COLUMNS, importance_table, resemblance

M = 120


def name_of(model, level, kind="absolute"):
    setting = {"criterion": "level", "kind": kind, "level_fraction": level, "smoothing": 0.0}
    return json.dumps({"maps": "noise0.1", "model": model, "xinput": False, **setting})


NAMES = [name_of(model, 0.1 * k) for model in ("good", "idle") for k in range(1, 5)]


def draw(noises, seed=0, m=M):
    """Draw a calibration by ridge regression whose settings follow the length with these noises."""
    rng = np.random.default_rng(seed)
    target = np.exp(rng.normal(-0.8, 0.35, m))
    scatter = rng.normal(size=(m, len(noises))) * noises
    length_px = 60 * np.exp(np.log(target)[:, np.newaxis] + scatter)
    length_px[rng.random(length_px.shape) < 0.03] = np.nan
    with mock.patch.dict(CANDIDATES, {"ridge": CANDIDATES["ridge"]}, clear=True):
        _, held_out = compare_candidates(length_px, target, np.arange(m), seed=1)
    return Calibration(length_px, target, np.arange(m), "ridge", held_out, seed=1)


@pytest.fixture(scope="module")
def calibration():
    return draw([0.2, 0.2, 0.08, 0.2, *[3.0] * 4])


def test_importance_is_that_of_the_group_that_knows_the_length(calibration):
    table = importance_table(calibration, NAMES)
    assert table.columns.tolist() == list(IMPORTANCE_COLUMNS)
    # Of all other groupings there is one group only.
    assert table[["grouping", "group", "settings"]].to_numpy().tolist() == [
        [EVERYTHING, EVERYTHING, 8],
        ["model", "good", 4],
        ["model", "idle", 4],
    ]
    everything, good, idle = table["importance"]
    assert good == pytest.approx(everything, rel=0.1)
    assert abs(idle) < 0.05 * everything
    # Predictions that say nothing are off by sqrt(2) times the spread of the lengths, if they have
    # the same spread; ridge regression's have nearly that.
    spread = np.log(calibration.target).std()
    permuted = table.loc[0, "rms_log_permuted"]
    assert permuted == pytest.approx(np.sqrt(2) * spread, rel=0.1)
    assert permuted - table.loc[0, "rms_log"] == pytest.approx(everything)
    assert (table["importance_std"] < 0.2 * everything).all()
    assert (table["n"] == M).all()


def test_the_unpermuted_error_is_that_of_galaxies_not_fitted_on(calibration):
    table = importance_table(calibration, NAMES)
    held_out = np.sqrt(np.mean((calibration.held_out - np.log(calibration.target)) ** 2))
    assert table["rms_log"].to_numpy() == pytest.approx(held_out, rel=0.05)


def test_what_another_group_also_holds_is_of_little_importance():
    alike = importance_table(draw([0.2] * 8), NAMES)["importance"]
    assert alike[1] < 0.6 * alike[0]
    assert alike[2] < 0.6 * alike[0]


def test_the_leading_setting_is_the_one_that_the_lengths_follow(calibration):
    assert np.argmax(resemblance(calibration)) == 2
    table = importance_table(calibration, NAMES)
    assert table.loc[0, "leading_setting"] == table.loc[1, "leading_setting"] == NAMES[2]
    assert table.loc[0, "leading_r"] > 0.9
    assert json.loads(table.loc[2, "leading_setting"])["model"] == "idle"
    assert abs(table.loc[2, "leading_r"]) < 0.5


def test_repeats_and_groups_depend_on_the_seed_only(calibration):
    table = importance_table(calibration, NAMES)
    pd.testing.assert_frame_equal(table, importance_table(calibration, NAMES))
    kinds = [name.replace("absolute", "signed") if "idle" in name else name for name in NAMES]
    more = importance_table(calibration, kinds)
    assert more["grouping"].tolist() == [EVERYTHING, *["model"] * 2, *["kind"] * 2]
    pd.testing.assert_series_equal(more["importance"][:3], table["importance"])


def test_the_rule_names_the_leading_setting_or_the_chosen_one(tmp_path, calibration):
    chosen = {**choice_of_name(NAMES[7]), "r_scaled": 0.7}
    paths = [tmp_path / name for name in ("calibration.h5", "c.json", "table.csv", "leading.json")]
    paths[1].write_text(json.dumps(chosen))
    write_calibration(paths[0], calibration, NAMES, "")
    measure_importance.main(*paths)
    assert len(pd.read_csv(paths[2])) == 3
    assert json.loads(paths[3].read_text()) == choice_of_name(NAMES[2])
    assert choice_of_name(NAMES[2])["setting"]["level_fraction"] == pytest.approx(0.3)
    assert choice_of_name(NAMES[2])["smooth_noise"] == 0.1
    write_calibration(paths[0], None, NAMES, "too few")
    measure_importance.main(*paths)
    table = pd.read_csv(paths[2])
    assert (table.columns.tolist(), len(table)) == (list(IMPORTANCE_COLUMNS), 0)
    assert json.loads(paths[3].read_text()) == choice_of_name(NAMES[7])
