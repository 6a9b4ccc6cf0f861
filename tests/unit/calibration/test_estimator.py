"""Calibrated lengths: near the known ones, with intervals that cover, whatever else is measured."""

import json
import shutil
from unittest import mock

import h5py
import numpy as np
import pandas as pd
import pytest

import calibrate_lengths
import estimate_lengths
from galbar.calibration.calibration_file import read_calibration, write_calibration
from galbar.calibration.candidates import CANDIDATES
from galbar.calibration.estimator import (
    ENOUGH_FOR_LINE,
    ENOUGH_FOR_REGRESSION,
    Calibration,
    compare_candidates,
    split_galaxies,
    usable_columns,
)
from galbar.calibration.features import read_features, read_named
from galbar.calibration.intervals import LEVELS
from galbar.calibration.table import OUTSIDE
from galbar.io.result_tables import read_result_table
from galbar.lengths.length_files import new_barlengths
from galbar.lengths.setting_files import group_barlengths
from galbar.lengths.units import scaled_from_pixels

FAST = {name: CANDIDATES[name] for name in ("ridge", "pls")}
SETTINGS = 24
rng = np.random.default_rng(3)
SLOPES, NOISES = rng.uniform(0.1, 0.9, SETTINGS), rng.uniform(0.1, 0.4, SETTINGS)


def draw(n, seed):
    """Draw n galaxies: lengths by diluted, noisy settings, human lengths, true lengths."""
    rng = np.random.default_rng(seed)
    true = np.exp(rng.normal(-0.8, 0.35, n))
    logs = 4 + SLOPES * np.log(true)[:, np.newaxis] + NOISES * rng.normal(size=(n, SETTINGS))
    length_px = np.exp(logs)
    length_px[rng.random(length_px.shape) < 0.05] = np.nan
    return length_px, true * np.exp(rng.normal(0, 0.1, n)), true


def calibrate(n, seed=0, candidates=FAST):
    length_px, human, _ = draw(n, seed)
    with mock.patch.dict(CANDIDATES, candidates, clear=True):
        table, held_out = compare_candidates(length_px, human, np.arange(n), seed=1)
    chosen = table.loc[table["chosen"], "candidate"].item()
    return Calibration(length_px, human, np.arange(n), chosen, held_out, seed=1), table


def test_lengths_of_galaxies_that_were_not_seen():
    calibration, table = calibrate(180)
    assert table["rms_log"].idxmin() == table.index[table["chosen"]].item()
    length_px, human, true = draw(600, seed=9)
    found = calibration.estimate(length_px)
    r = np.corrcoef(found.length, true)[0, 1]
    single = [np.corrcoef(np.nan_to_num(column, nan=60), true)[0, 1] for column in length_px.T]
    assert r > 0.93
    assert r > max(single) + 0.1
    # Known on measured: what a calibration promises.
    assert np.polyfit(np.log(found.length), np.log(human), 1)[0] == pytest.approx(1, abs=0.1)
    for level, tolerance in zip(LEVELS, (0.08, 0.03), strict=True):
        low, high = found.low[level], found.high[level]
        assert np.mean((low <= human) & (human <= high)) == pytest.approx(level, abs=tolerance)
        assert (low < found.length).all()
        assert (found.length < high).all()
    assert (found.low[0.95] <= found.low[0.68]).all()
    assert found.outside.mean() < 0.1


def test_a_galaxy_does_not_depend_on_the_others():
    calibration, _ = calibrate(80)
    length_px, _, _ = draw(30, seed=9)
    whole, part = calibration.estimate(length_px), calibration.estimate(length_px[5:8])
    np.testing.assert_array_equal(part.length, whole.length[5:8])
    np.testing.assert_array_equal(part.low[0.68], whole.low[0.68][5:8])


def test_what_no_setting_measures_stays_unmeasurable():
    calibration, _ = calibrate(80)
    length_px, _, _ = draw(3, seed=9)
    length_px[1] = np.nan
    length_px[2, 3:] = np.nan
    found = calibration.estimate(length_px)
    assert np.isnan(found.length).tolist() == [False, True, False]
    assert np.isnan(found.high[0.95]).tolist() == [False, True, False]
    assert not found.outside[1]


def test_galaxies_unlike_the_calibration_are_flagged():
    calibration, _ = calibrate(80)
    length_px, _, _ = draw(2, seed=9)
    assert calibration.estimate(length_px * [[1], [20]]).outside.tolist() == [False, True]


def test_few_galaxies_get_a_straight_line():
    calibration, table = calibrate(ENOUGH_FOR_REGRESSION - 1)
    assert table["candidate"].tolist() == ["line"]
    length_px, human, true = draw(400, seed=9)
    found = calibration.estimate(length_px)
    assert np.corrcoef(found.length, true)[0, 1] > 0.85
    assert np.mean((found.low[0.95] <= human) & (human <= found.high[0.95])) > 0.88


@pytest.mark.slow
def test_every_candidate_predicts_and_repeats():
    length_px, human, _ = draw(ENOUGH_FOR_REGRESSION, seed=2)
    ids = np.arange(ENOUGH_FOR_REGRESSION)
    first, _ = compare_candidates(length_px, human, ids, seed=1)
    again, _ = compare_candidates(length_px, human, ids, seed=1)
    assert first["candidate"].tolist() == list(CANDIDATES)
    assert (first["r"] > 0.7).all()
    pd.testing.assert_frame_equal(first, again)


@pytest.mark.slow
def test_fewer_settings_than_components_stop_no_candidate():
    """After all heat maps are computed it would be late."""
    length_px, human, _ = draw(ENOUGH_FOR_REGRESSION, seed=2)
    kept = np.isfinite(length_px[:, :2]).any(axis=1)
    few, human = np.vstack([length_px[kept, :2]] * 2), np.concatenate([human[kept]] * 2)
    table, _ = compare_candidates(few, human, np.arange(len(human)), seed=1)
    assert table["candidate"].tolist() == list(CANDIDATES)
    assert np.isfinite(table["rms_log"]).all()


def test_settings_that_say_nothing_are_left_out():
    length_px = np.array([[1.0, np.nan, 5.0], [2.0, np.nan, 5.0], [3.0, 4.0, 5.0]])
    assert usable_columns(length_px).tolist() == [True, False, False]


def test_a_file_gives_the_same_to_the_last_bit(tmp_path):
    calibration, _ = calibrate(80)
    names = [f"setting {number}" for number in range(SETTINGS)]
    path = tmp_path / "calibration.h5"
    write_calibration(path, calibration, names, "")
    found, found_names, note = read_calibration(path)
    assert (found_names, note) == (names, "")
    length_px, _, _ = draw(50, seed=9)
    first, second = calibration.estimate(length_px), found.estimate(length_px)
    np.testing.assert_array_equal(first.length, second.length)
    for level in LEVELS:
        np.testing.assert_array_equal(first.high[level], second.high[level])
    with h5py.File(path, "r+") as store:
        store["length_scaled"][3] *= 1 + 1e-5
    with pytest.raises(ValueError, match=r"calibration\.h5: this calibration was made with"):
        read_calibration(path)


def write_run(folder, n):
    """Write what the rules read: bar lengths of two networks, a catalogue, a choice."""
    length_px, human, _ = draw(n, seed=5)
    ids = 587722981736120000 + np.arange(n)
    common = {"criterion": "level", "kind": "absolute", "xinput": False, "smoothing": 0.0}
    settings = [{**common, "level_fraction": 0.05 * k} for k in range(1, 1 + SETTINGS // 2)]
    paths = []
    for model, half in (("vgg16", length_px[:, ::2]), ("xception", length_px[:, 1::2])):
        for run in (1, 2):
            path = folder / model / f"run{run}" / "barlengths" / "hoyle" / "noise0.1.h5"
            path.parent.mkdir(parents=True)
            with new_barlengths(path, ids, settings) as writer:
                writer.add(half, np.where(np.isnan(half), 3, 0), 0 * half)
            paths.append(path)
    catalogue = folder / "hoyle_split.csv"
    pd.DataFrame(
        {
            **{"galaxy_id": ids, "redshift": 0.03, "petror90_r": 10.0, "length_avg": 5.0},
            **{"length_scaled": human, "split": "validation", "control_split": "train"},
        }
    ).to_csv(catalogue, index=False)
    chosen = folder / "chosen.json"
    choice = {"model": "vgg16", "attribution": "smoothgrad", "smooth_noise": 0.1}
    pd.Series({**choice, "setting": settings[3]}).to_json(chosen)
    return paths, catalogue, chosen, length_px


def test_settings_are_told_by_name_and_not_by_place(tmp_path):
    paths, _, _, length_px = write_run(tmp_path, 6)
    ids = 587722981736120000 + np.arange(6)
    groups = group_barlengths(paths)
    names, read = read_features(groups, ids)
    np.testing.assert_array_equal(
        read, np.hstack([length_px[:, ::2], length_px[:, 1::2]]).astype("f4")
    )
    for order in ([20, 3], [3, 20]):
        again = read_named(groups, ids, [names[column] for column in order])
        np.testing.assert_array_equal(again, read[:, order])
    with pytest.raises(
        ValueError, match="1 of the 2 settings of the calibration were not measured"
    ):
        read_named(groups, ids, [names[0], "another"])


@pytest.mark.parametrize(
    ("selection", "settings"),
    [
        ({}, SETTINGS),
        ({"models": ["xception"], "kinds": []}, SETTINGS // 2),
        ({"smooth_noise": [0.1], "criteria": ["level"], "kinds": ["absolute"]}, SETTINGS),
        ({"methods": ["smoothgrad", "gradcam"]}, SETTINGS),
        ({"methods": ["gradcam"]}, 0),
        ({"smooth_noise": [0.2]}, 0),
        ({"kinds": ["signed"]}, 0),
        ({"criteria": ["pearson"]}, 0),
        ({"smoothing": [0]}, SETTINGS),
        ({"xinput": [True, False]}, SETTINGS),
        ({"xinput": [True]}, 0),
        ({"smoothing": [3, 6]}, 0),
    ],
)
def test_only_what_is_selected_is_read(tmp_path, selection, settings):
    paths, *_ = write_run(tmp_path, 4)
    ids = 587722981736120000 + np.arange(4)
    if not settings:
        with pytest.raises(ValueError, match="no bar lengths of a network are selected"):
            read_features(group_barlengths(paths), ids, selection)
        return
    names, read = read_features(group_barlengths(paths), ids, selection)
    assert read.shape == (4, settings)
    assert all(json.loads(name)["model"] in selection.get("models", name) for name in names)


def run_rules(folder, paths, catalogue, chosen, looks=()):
    files = folder / "calibration.h5", folder / "candidates.csv", folder / "lengths.csv"
    with mock.patch.dict(CANDIDATES, FAST, clear=True):
        calibrate_lengths.main(paths, looks, catalogue, *files[:2], seed=1)
        estimate_lengths.main(paths, catalogue, files[0], chosen, files[2])
    return read_result_table(files[2]), read_result_table(files[1])


def test_rules_from_files_to_a_table(tmp_path, monkeypatch):
    monkeypatch.setattr("galbar.calibration.table._BLOCK", 7)
    paths, catalogue, chosen, _ = write_run(tmp_path, 90)
    table, candidates = run_rules(tmp_path, paths, catalogue, chosen)
    assert candidates["candidate"].tolist() == list(FAST)
    assert (table["calibration"] == candidates.loc[candidates["chosen"], "candidate"].item()).all()
    known = pd.read_csv(catalogue)["length_scaled"]
    assert np.corrcoef(table["length_scaled"], known)[0, 1] > 0.9
    assert set(table["calibration_flag"]) <= {"", OUTSIDE}
    assert (table["length_scaled_low95"] < table["length_scaled_low68"]).all()


def write_look(paths, factor):
    """Write bar lengths of the galaxies in other colours, in which they come out longer."""
    looks = []
    for path in paths:
        look = path.parents[1] / "look1" / path.name
        look.parent.mkdir()
        shutil.copy(path, look)
        with h5py.File(look, "r+") as store:
            store["length"][...] *= factor
        looks.append(look)
    return looks


def test_looks_are_rows_of_the_same_galaxies(tmp_path):
    n = ENOUGH_FOR_REGRESSION + 5
    paths, catalogue, chosen, _ = write_run(tmp_path, n)
    looks = write_look(paths, 1.2)
    table, candidates = run_rules(tmp_path, paths, catalogue, chosen, looks)
    assert (candidates["n"] == n).all()
    with h5py.File(tmp_path / "calibration.h5") as store:
        ids, lengths = store["galaxy_id"][()], store["length_px"][()]
        assert store.attrs["n"] == n
    np.testing.assert_array_equal(ids[:n], ids[n:])
    np.testing.assert_allclose(lengths[n:], 1.2 * lengths[:n], rtol=1e-6)
    # As they come out in both, the known length lies between what each alone would say.
    known = pd.read_csv(catalogue)["length_scaled"].to_numpy()
    alone, _ = run_rules(tmp_path, paths, catalogue, chosen)
    ratio = np.median(table["length_scaled"] / known), np.median(alone["length_scaled"] / known)
    assert ratio[0] < 0.97 * ratio[1]
    # A look alone is too few galaxies still: rows do not count.
    few = np.flatnonzero(np.arange(n) < ENOUGH_FOR_LINE - 1)
    frame = pd.read_csv(catalogue)
    frame.loc[~frame.index.isin(few), "split"] = "test"
    frame.to_csv(catalogue, index=False)
    table, candidates = run_rules(tmp_path, paths, catalogue, chosen, looks)
    assert candidates.empty
    assert (table["calibration"] == "setting").all()


def test_the_looks_of_a_galaxy_do_not_flatter_each_other():
    """How large errors usually are near a galaxy is said by others, as with one row for each."""
    n = 60
    length_px, human, _ = draw(n, seed=3)
    held_out = np.log(human) + np.where(np.arange(n) == 7, 2.0, 0.01)
    ids = np.arange(n)
    once = Calibration(length_px, human, ids, "line", held_out, seed=1)
    twice = Calibration(
        *(np.tile(part, (2, 1)[: part.ndim]) for part in (length_px, human, ids)),
        "line",
        np.tile(held_out, 2),
        seed=1,
    )
    residuals = np.log(human) - held_out
    expected = once._held_out_difficulty(residuals)[7]
    # The mean error of all, and nothing of its own.
    assert expected == pytest.approx(0.01 + np.abs(residuals).mean(), rel=1e-6)
    sigma = twice._held_out_difficulty(np.tile(residuals, 2))
    np.testing.assert_allclose(sigma[[7, 7 + n]], expected, rtol=1e-6)
    few, _, _ = draw(20, seed=9)
    widths = [
        np.log(each.estimate(few).high[0.95] / each.estimate(few).low[0.95])
        for each in (once, twice)
    ]
    assert np.median(widths[1] / widths[0]) == pytest.approx(1, abs=0.1)


def test_folds_keep_the_rows_of_a_galaxy_together():
    galaxy_id = np.array([7, 8, 9, 10, 11, 9, 7, 11, 8])
    seen = []
    for fitted, left_out in split_galaxies(galaxy_id, 3, seed=1):
        assert not set(galaxy_id[fitted]) & set(galaxy_id[left_out])
        assert sorted([*fitted, *left_out]) == list(range(9))
        seen += list(left_out)
    assert sorted(seen) == list(range(9))


def test_too_few_galaxies_leave_the_best_setting_and_say_so(tmp_path, caplog):
    paths, catalogue, chosen, length_px = write_run(tmp_path, ENOUGH_FOR_LINE - 1)
    table, candidates = run_rules(tmp_path, paths, catalogue, chosen)
    assert candidates.empty
    assert f"not calibrated: {ENOUGH_FOR_LINE - 1} galaxies with known lengths are too few" in (
        caplog.text
    )
    assert (table["calibration"] == "setting").all()
    assert table["note"].str.startswith("not calibrated").all()
    expected = scaled_from_pixels(length_px[:, 6].astype("f4"))
    np.testing.assert_allclose(table["length_scaled"], expected, rtol=1e-6)
    assert table["length_scaled_low68"].isna().all()
