"""Averages over networks, made where they are read, against files that hold them."""

import numpy as np
import pytest

from galbar.attribution.methods.map_sets import MapSet
from galbar.lengths.averages import average_errors, average_measurements
from galbar.lengths.length_files import new_barlengths
from galbar.lengths.measure import Flag, list_settings
from galbar.lengths.setting_files import (
    group_barlengths,
    mean_lengths,
    measurements_of_setting,
    runs_of_setting,
)

IDS = np.array([587722981736120347, 587722981736120348, 42, 7, 9])
SETTINGS = list_settings(
    criteria=["level"], kinds=["absolute"], xinput=[False], smoothing=[0], level_fraction=[0.3, 0.5]
)
NAMES = ["length", "flag", "angle", "axis_ratio", "mc_error"]
NETWORKS = ("a", "b", "c")
AVERAGE = "averagemeasurements", MapSet("smoothgrad", 0.1)
CHOICE = {
    **{"model": "averagemeasurements", "attribution": "smoothgrad", "smooth_noise": 0.1},
    "setting": SETTINGS[1],
}


def path_of(folder, model, run=1):
    return folder / f"{model}/run{run}/barlengths/hoyle/noise0.1.h5"


def random_measurements(seed):
    """Measurements of all galaxies, one of them without a length, as float32 and flags."""
    rng = np.random.default_rng([8, seed])
    shape = len(IDS), len(SETTINGS)
    length, angle, error = rng.uniform(10, 90, shape), rng.uniform(0, 180, shape), rng.random(shape)
    flag, ratio = np.zeros(shape, np.uint8), rng.random(shape)
    for values, unmeasurable in (
        (length, np.nan),
        (flag, Flag.EMPTY_MASK),
        (angle, np.nan),
        (ratio, np.nan),
    ):
        # The second galaxy by one network only, the third by none.
        values[1:3] = np.where([[seed % 3 == 0], [True]], unmeasurable, values[1:3])
    return [
        values.astype(np.uint8 if values is flag else np.float32)
        for values in (length, flag, angle, ratio, error)
    ]


@pytest.fixture
def paths(tmp_path):
    """Files of three networks and two runs, whose rows stand in different orders."""
    paths = []
    for seed, (model, run) in enumerate((model, run) for run in (1, 2) for model in NETWORKS):
        order = np.random.default_rng(seed).permutation(len(IDS))
        with new_barlengths(path_of(tmp_path, model, run), IDS[order], SETTINGS) as writer:
            writer.add(*(values[order] for values in random_measurements(seed)))
        paths.append(str(path_of(tmp_path, model, run)))
    return paths


@pytest.fixture
def stored(tmp_path):
    """Files of the average over the networks, called z, one per run."""
    for run in (1, 2):
        parts = [random_measurements(seed) for seed in range(3 * (run - 1), 3 * run)]
        length, flag, angle, ratio, error = (
            np.stack(values) for values in zip(*parts, strict=True)
        )
        means = average_measurements(length, flag, angle, Flag.FEWER_MODELS)
        measured = np.isfinite(ratio)
        number = np.where(measured.any(axis=0), measured.sum(axis=0), np.nan)
        mean_ratio = np.where(measured, ratio, 0).sum(axis=0, dtype=float) / number
        with new_barlengths(path_of(tmp_path, "z", run), IDS, SETTINGS) as writer:
            writer.add(*means, mean_ratio, average_errors(error, length))
    return group_barlengths([path_of(tmp_path, "z", run) for run in (1, 2)])


def test_average_over_networks_is_that_of_a_file_to_the_last_bit(paths, stored):
    groups, wanted = group_barlengths(paths), IDS[[3, 1, 0, 2]]
    read = measurements_of_setting(groups, CHOICE, wanted, NAMES)
    expected = measurements_of_setting(stored, CHOICE | {"model": "z"}, wanted, NAMES)
    for values, of_file in zip(read, expected, strict=True):
        assert values.dtype == of_file.dtype
        np.testing.assert_array_equal(values, of_file)
    np.testing.assert_array_equal(
        read[1], 2 * [[Flag.OK, Flag.FEWER_MODELS, Flag.OK, Flag.EMPTY_MASK]]
    )
    settings, length = mean_lengths(groups[AVERAGE], wanted)
    assert settings == SETTINGS
    np.testing.assert_array_equal(length, mean_lengths(stored["z", AVERAGE[1]], wanted)[1])
    assert np.isnan(length[3]).all()
    assert np.isfinite(length[:3]).all()


def test_average_is_over_the_networks_only(paths, tmp_path):
    """In their order, whatever is given in between; not over what is measured on averaged maps."""
    average = [str(path_of(tmp_path, "averageheatmaps", run)) for run in (1, 2)]
    groups = group_barlengths([*average, *paths])
    assert list(groups) == [(m, AVERAGE[1]) for m in ("averageheatmaps", *NETWORKS, AVERAGE[0])]
    assert groups[AVERAGE] == [tuple(paths[:3]), tuple(paths[3:])]
    assert AVERAGE not in group_barlengths(average)


def test_average_of_one_network_is_that_network(paths):
    groups = group_barlengths(paths[::3])
    for values, of_network in zip(
        measurements_of_setting(groups, CHOICE, IDS, NAMES),
        measurements_of_setting(groups, CHOICE | {"model": "a"}, IDS, NAMES),
        strict=True,
    ):
        np.testing.assert_array_equal(values, of_network)


def test_networks_that_measured_other_things_are_not_averaged(paths, tmp_path):
    groups = group_barlengths(paths)
    values = np.ones((len(IDS), 1))
    with new_barlengths(path_of(tmp_path, "b"), IDS, SETTINGS[1:]) as writer:
        writer.add(values, values, values)
    for read in (
        lambda: mean_lengths(groups[AVERAGE], IDS),
        lambda: runs_of_setting(groups, CHOICE, IDS),
    ):
        with pytest.raises(ValueError, match=r"b/run1/.*: its settings differ from those of .*/a/"):
            read()
    with new_barlengths(path_of(tmp_path, "b"), IDS[1:], SETTINGS) as writer:
        writer.add(*(np.ones((len(IDS) - 1, len(SETTINGS))) for _ in range(3)))
    with pytest.raises(ValueError, match=rf"b/run1/.*1 of 5 galaxies .* first {IDS[0]}"):
        runs_of_setting(groups, CHOICE, IDS)


def test_a_network_without_a_set_of_heat_maps_is_named(paths):
    strong = [path.replace("noise0.1", "noise0.2") for path in paths if "/b/" in path]
    with pytest.raises(ValueError, match=r"no bar lengths of a with noise 0\.2"):
        group_barlengths([*paths, *strong])
