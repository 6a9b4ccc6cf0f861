import importlib
import json
import os
import resource

import h5py
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from galbar.attribution.heatmap_files import ATTRIBUTES, create_heatmaps
from galbar.attribution.model_average import open_average
from galbar.calibration.calibration_file import write_calibration
from galbar.calibration.estimator import Calibration
from galbar.io.images import centre_crop, greyscale, load_canvas
from galbar.io.joined_hdf5 import join_files
from galbar.io.result_tables import read_result_table
from galbar.lengths.length_files import new_barlengths, open_barlengths, read_columns
from galbar.lengths.measure import Flag, complete_settings, list_settings, measure_map
from galbar.lengths.table import add_votes, read_choice, tabulate_lengths
from galbar.lengths.units import kpc_h_per_arcsec, scaled_from_pixels
from tests.helpers.barlengths_files import read_barlengths
from tests.helpers.drawn_maps import drawn_map

IDS = np.array([587722981736120347, 587722981736120348, 42, 7])
GRID = {
    "criteria": ["pearson", "elongation", "level"],
    "kinds": ["absolute"],
    "xinput": [False, True],
    "smoothing": [0, 1],
    "corr_threshold": [0.7, 0.85],
    "len_threshold": [10],
    "elongation_threshold": [0.7],
    "level_fraction": [0.3, 0.5],
}
SETTINGS = list_settings(**GRID)
COSMOLOGY = {"omega_m": 0.3, "hubble_constant": 70}
IMAGE = {"height": 48, "width": 48, "crop": 0.5}
OWN_CRITERION = """
from galbar.lengths.criteria import Criterion, Parameter


def isolate(prepared, settings):
    return [prepared.values >= setting["own_level"] for setting in settings]


CRITERION = Criterion("own", "a level", (Parameter("own_level", "it", grid=(0.5,)),), isolate)
"""


def random_measurements(seed):
    rng = np.random.default_rng([8, seed])
    length = rng.uniform(10, 90, size=(len(IDS), len(SETTINGS)))
    return length, np.zeros(length.shape, np.uint8), rng.uniform(0, 180, size=length.shape)


def write(path, length, flag, angle, ids=IDS, settings=SETTINGS, **attributes):
    path.parent.mkdir(parents=True, exist_ok=True)
    with new_barlengths(path, ids, settings, **attributes) as writer:
        for row in zip(length, flag, angle, strict=True):
            writer.add(*row)


def test_what_is_written_is_read(tmp_path):
    length, flag, angle = random_measurements(1)
    length[1, 3], flag[1, 3], angle[1, 3] = np.nan, Flag.FLAT_MAP, np.nan
    write(tmp_path / "one.h5", length, flag, angle, model="xception", crop=0.5)
    found = read_barlengths(tmp_path / "one.h5")
    assert found.galaxy_id.tolist() == IDS.tolist()
    assert found.settings == SETTINGS
    assert np.array_equal(found.length, length.astype(np.float32), equal_nan=True)
    assert np.array_equal(found.angle, angle.astype(np.float32), equal_nan=True)
    assert np.array_equal(found.flag, flag)
    assert found.attributes == {"model": "xception", "crop": 0.5}
    types = [values.dtype.name for values in (found.length, found.flag, found.angle)]
    assert types == ["float32", "uint8", "float32"]


def test_angles_stay_below_180_as_float32(tmp_path):
    length, flag, angle = random_measurements(1)
    angle[:] = np.nextafter(180, 0)
    write(tmp_path / "one.h5", length, flag, angle)
    assert (read_barlengths(tmp_path / "one.h5").angle == 0).all()


def test_files_of_earlier_versions_are_read_without_axis_ratios(tmp_path):
    write(tmp_path / "one.h5", *random_measurements(1))
    with h5py.File(tmp_path / "one.h5", "r+") as store:
        del store["axis_ratio"]
    with open_barlengths(tmp_path / "one.h5") as (store, _):
        for columns, shape in ((3, (2,)), ([1, 4], (2, 2))):
            values = read_columns(store, "axis_ratio", np.array([2, 0]), columns)
            assert values.shape == shape
            assert np.isnan(values).all()


def test_no_galaxies_are_a_valid_catalogue(tmp_path):
    write(tmp_path / "none.h5", [], [], [], ids=IDS[:0])
    assert read_barlengths(tmp_path / "none.h5").length.shape == (0, len(SETTINGS))


def test_too_few_or_too_many_galaxies_leave_no_file(tmp_path):
    path = tmp_path / "one.h5"
    length, flag, angle = random_measurements(1)
    with pytest.raises(ValueError, match="2 galaxies measured, expected 4"):
        write(path, length[:2], flag[:2], angle[:2])
    with pytest.raises(ValueError, match="4 galaxies measured, expected 3"):
        write(path, length, flag, angle, ids=IDS[:3])
    assert list(tmp_path.iterdir()) == []


def test_damaged_files_are_refused(tmp_path):
    path = tmp_path / "one.h5"

    def damaged(change):
        write(path, *random_measurements(1))
        with h5py.File(path, "r+") as store:
            change(store)
        with open_barlengths(path):
            pass

    def shorten(store):
        values = store["length"][:, 1:]
        del store["length"]
        store["length"] = values

    with pytest.raises(ValueError, match=r"one\.h5: dataset angle is missing, found axis_ratio, f"):
        damaged(lambda store: store.pop("angle"))
    with pytest.raises(ValueError, match=r"length has the shape \(4, 19\), expected \(4, 20\)"):
        damaged(shorten)
    with pytest.raises(ValueError, match="attribute settings is missing"):
        damaged(lambda store: store.attrs.pop("settings"))
    with pytest.raises(ValueError, match="flags mean"):
        damaged(lambda store: store.attrs.modify("flag_names", json.dumps(["ok", "bad"])))
    with pytest.raises(FileNotFoundError):
        read_barlengths(tmp_path / "none.h5")


@pytest.mark.parametrize("block", [1, 7, 4096])
def test_any_rows_and_columns_of_a_joined_file_in_any_order(tmp_path, block, monkeypatch):
    monkeypatch.setattr("galbar.lengths.length_files._ROWS", block)
    lengths = np.random.default_rng(1).normal(60, 9, (50, len(SETTINGS))).astype(np.float32)
    paths = [tmp_path / "noise0.1" / f"{number}-of-5.h5" for number in range(1, 6)]
    for place, path in enumerate(paths):
        rows = slice(10 * place, 10 * place + 10)
        flags = np.full((10, len(SETTINGS)), place)
        write(path, lengths[rows], flags, lengths[rows], ids=np.arange(50)[rows])
    join_files(paths, tmp_path / "noise0.1.h5")
    shuffled = np.random.default_rng(2).permutation(50)[:30]
    with open_barlengths(tmp_path / "noise0.1.h5") as (store, _):
        for rows in (np.arange(50), shuffled, np.array([49]), np.array([3, 3, 1])):
            for columns in (5, slice(2, 4), slice(18, 99)):
                found = read_columns(store, "length", rows, columns)
                np.testing.assert_array_equal(found, lengths[rows][:, columns])
        flags = read_columns(store, "flag", np.array([0, 10, 49]), 3)
        assert flags.tolist() == [0, 1, 4]
        assert flags.dtype == np.uint8
        assert read_columns(store, "length", np.array([], dtype=int), 3).shape == (0,)


@pytest.fixture
def few_open_files():
    """Let this process open only a few files more than it has open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) + 12, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_more_shards_than_files_can_be_open(tmp_path, few_open_files):
    paths = [tmp_path / "noise0.1" / f"{number}-of-60.h5" for number in range(1, 61)]
    lengths = np.arange(60.0)[:, np.newaxis] + np.arange(len(SETTINGS)) / 64
    for number, path in enumerate(paths):
        rows = lengths[[number]]
        write(path, rows, np.zeros(rows.shape), rows, ids=np.array([number]))
    join_files(paths, tmp_path / "noise0.1.h5")
    with open_barlengths(tmp_path / "noise0.1.h5") as (store, _):
        np.testing.assert_array_equal(
            read_columns(store, "length", np.arange(60), slice(None)), lengths
        )


def test_what_was_never_stored_is_not_a_length_of_0(tmp_path):
    write(tmp_path / "noise0.1/1-of-1.h5", *random_measurements(0))
    join_files([tmp_path / "noise0.1/1-of-1.h5"], tmp_path / "noise0.1.h5")
    (tmp_path / "noise0.1/1-of-1.h5").unlink()
    with h5py.File(tmp_path / "noise0.1.h5") as store:
        assert np.isnan(store["length"][()]).all()
        assert np.isnan(store["angle"][()]).all()
        assert (store["flag"][()] == Flag.NOT_STORED).all()


@pytest.fixture(name="survey")
def _survey(tmp_path):
    """Folder with images, their catalogue in another order, and heat maps of 48 x 48 px."""
    heatmaps, rng = [], np.random.default_rng([9])
    (tmp_path / "images").mkdir()
    for i, galaxy in enumerate(IDS):
        pixels = rng.integers(0, 255, size=(424, 424, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "images" / f"{galaxy}.jpg")
        heatmaps.append(drawn_map(48, 20, 40 * i, noise=0.1, seed=i, width=6))
    heatmaps[2][:] = 0
    catalogue = pd.DataFrame({"galaxy_id": IDS, "image": [f"images/{one}.jpg" for one in IDS]})
    catalogue[::-1].to_csv(tmp_path / "catalogue.csv", index=False)
    about = dict.fromkeys(ATTRIBUTES, 1) | {"image_height": 48, "image_width": 48, "crop": 0.5}
    # The second setting was watched, and another one that is not measured.
    other = SETTINGS[1] | {"smoothing": 9.0}
    about["watched"] = json.dumps({"settings": [other, SETTINGS[1]]})
    with create_heatmaps(tmp_path / "maps.h5", IDS, ["absolute"], (48, 48), about) as writer:
        for i, heatmap in enumerate(heatmaps):
            writer.write(i, {"absolute": heatmap}, [9.0, i + 0.5])
    return tmp_path, heatmaps


def run_measuring(folder, model="xception", maps=("maps.h5",), **changes):
    settings = {"directory": folder, "image": IMAGE, "grid": GRID}
    paths = [folder / name for name in maps], folder / "catalogue.csv", folder / "out.h5"
    importlib.import_module("measure_lengths").main(model, *paths, **settings | changes)
    return read_barlengths(folder / "out.h5")


def test_measuring_a_catalogue(survey):
    folder, heatmaps = survey
    found = run_measuring(folder)
    assert found.galaxy_id.tolist() == IDS.tolist()
    assert found.settings == SETTINGS
    assert found.attributes["pixel_scale"] == 424 * 0.5 / 48
    for i, galaxy in enumerate(IDS):
        canvas = load_canvas(folder / "images" / f"{galaxy}.jpg", 48, 48, 0.5)
        grey = greyscale(centre_crop(canvas, 48, 48))
        expected = measure_map({"absolute": heatmaps[i]}, SETTINGS, 424 / 96, grey)
        for name, values in expected._asdict().items():
            stored = getattr(found, name)
            assert np.array_equal(stored[i], values.astype(stored.dtype), equal_nan=True)
    assert (found.flag[2] == Flag.FLAT_MAP).all()
    assert found.mc_error[:, 1].tolist() == [0.5, 1.5, 2.5, 3.5]
    assert np.isnan(np.delete(found.mc_error, 1, axis=1)).all()


def test_parameters_of_ones_own_criterion_hide_no_watched_length(survey):
    folder, heatmaps = survey
    (folder / "own.py").write_text(OWN_CRITERION)
    own = {"name": "own", "file": str(folder / "own.py")}
    grid = GRID | {"criteria": [*GRID["criteria"], own], "own_level": [0.4, 0.6]}
    # As in the configuration: each setting has the keys of all criteria.
    entries = [SETTINGS[1] | {"own_level": None}, list_settings(**grid)[-1]]
    about = dict.fromkeys(ATTRIBUTES, 1) | {"image_height": 48, "image_width": 48, "crop": 0.5}
    about["watched"] = json.dumps({"settings": complete_settings(entries, [own])})
    with create_heatmaps(folder / "own.h5", IDS, ["absolute"], (48, 48), about) as writer:
        for i, heatmap in enumerate(heatmaps):
            writer.write(i, {"absolute": heatmap}, [i + 0.5, i + 0.25])
    lengths = run_measuring(folder, maps=["own.h5"], grid=grid)
    assert [lengths.settings[column] for column in (1, -1)] == entries
    assert lengths.mc_error[:, 1].tolist() == [0.5, 1.5, 2.5, 3.5]
    assert lengths.mc_error[:, -1].tolist() == [0.25, 1.25, 2.25, 3.25]
    assert np.isnan(lengths.mc_error[:, 2:-1]).all()


@pytest.mark.parametrize("networks", [1, 2])
def test_measuring_the_average_over_networks(survey, networks):
    """As on a file of the average; it is made of a single network, too."""
    folder, heatmaps = survey
    paths = [folder / "maps.h5", folder / "turned.h5"][:networks]
    about = dict.fromkeys(ATTRIBUTES, 1) | {"image_height": 48, "image_width": 48, "crop": 0.5}
    with open_average(paths[:1]) as maps:
        about["watched"] = maps.attributes["watched"]
    with create_heatmaps(folder / "turned.h5", IDS, ["absolute"], (48, 48), about) as writer:
        for i, heatmap in enumerate(heatmaps):
            writer.write(i, {"absolute": 3 * heatmap.T})
    with open_average(paths) as maps:
        attributes, averages = maps.attributes, list(maps)
    about = attributes | {"model": "stored"}
    with create_heatmaps(folder / "mean.h5", IDS, ["absolute"], (48, 48), about) as writer:
        for i, average in enumerate(averages):
            writer.write(i, average)
    expected = run_measuring(folder, maps=["mean.h5"])
    average = run_measuring(folder, "averageheatmaps", maps=[path.name for path in paths])
    for name in ("galaxy_id", "length", "flag", "angle", "mc_error"):
        np.testing.assert_array_equal(getattr(average, name), getattr(expected, name))
    assert average.attributes["model"] == "averageheatmaps"
    assert np.isfinite(average.length[0]).any()
    assert np.isnan(average.mc_error).all()


def test_images_are_read_only_for_xinput(survey):
    folder, _ = survey
    expected = run_measuring(folder)
    found = run_measuring(folder, directory="nowhere", grid=GRID | {"xinput": [False]})
    without = [not setting["xinput"] for setting in SETTINGS]
    assert np.array_equal(found.length, expected.length[:, without], equal_nan=True)
    with pytest.raises(FileNotFoundError):
        run_measuring(folder, directory="nowhere")


def test_other_images_or_galaxies_than_the_configuration_names_are_refused(survey):
    folder, _ = survey
    with pytest.raises(ValueError, match=r"maps\.h5: crop is 0\.5, expected 1\.0"):
        run_measuring(folder, image=IMAGE | {"crop": 1.0})
    with pytest.raises(ValueError, match=r"kinds signed \(heatmaps\.kinds\), found abs"):
        run_measuring(folder, grid=GRID | {"kinds": ["signed"]})
    table = pd.read_csv(folder / "catalogue.csv")
    table[table["galaxy_id"] != 42].to_csv(folder / "catalogue.csv", index=False)
    with pytest.raises(ValueError, match=r"maps\.h5: galaxy 42 is missing in the catalogue"):
        run_measuring(folder)
    pd.concat([table, table[:1]]).to_csv(folder / "catalogue.csv", index=False)
    with pytest.raises(ValueError, match="galaxy 7 comes more than once"):
        run_measuring(folder)


@pytest.fixture(name="catalogue")
def _catalogue():
    return pd.DataFrame(
        {
            "galaxy_id": IDS[::-1],
            "image": list("abcd"),
            "redshift": [0.03, np.nan, 0.05, 0.02],
            "petror90_r": [8.0, 9.0, np.nan, 20.0],
            "length_scaled": [0.4, 0.5, 0.6, 0.7],
            "split": ["validation", "test", "test", "test"],
        }
    )


def test_table_of_the_chosen_setting(tmp_path, catalogue):
    runs = [random_measurements(seed) for seed in range(2)]
    runs[1][0][0, 6], runs[1][1][0, 6] = np.nan, Flag.EMPTY_MASK
    for seed, model in enumerate(["xception", "averageheatmaps"]):
        for run in (1, 2):
            for noise in ("0.1", "0.25"):
                path = tmp_path / model / f"run{run}" / "barlengths" / "hoyle" / f"noise{noise}.h5"
                right = model == "xception" and noise == "0.1"
                write(path, *(runs[run - 1] if right else random_measurements(10 + seed)))
                if right:
                    # Watched in both runs, but for one galaxy.
                    with h5py.File(path, "r+") as store:
                        store["mc_error"][:3, 6] = run * np.arange(3)
    choice = {
        "model": "xception",
        "attribution": "smoothgrad",
        "smooth_noise": 0.1,
        "setting": SETTINGS[6],
        "r_scaled": 0.9,
    }
    published = {**choice, "setting": SETTINGS[3]}
    choice |= {"published": published, "published_per_model": {"xception": published}}
    (tmp_path / "chosen.json").write_text(json.dumps(choice))
    catalogue.to_csv(tmp_path / "catalogue.csv", index=False)
    errors = pd.DataFrame(
        {
            "quantity": ["length_kpc_h", "length_px", "length_px"],
            "decile_low": [0.0, 0.0, 50.0],
            "decile_high": [100.0, 50.0, 90.0],
            "sigma": [99.0, 3.0, 5.0],
        }
    )
    errors = pd.concat(
        [errors.assign(choice="chosen"), errors.assign(choice="within_calibration", sigma=7.0)]
    )
    errors.to_csv(tmp_path / "errors.csv", index=False)
    calibrated = catalogue[["galaxy_id"]].assign(length_scaled=[0.3, 0.4, np.nan, 0.6])
    for level, share in ((68, 0.1), (95, 0.2)):
        calibrated[f"length_scaled_low{level}"] = (1 - share) * calibrated["length_scaled"]
        calibrated[f"length_scaled_high{level}"] = (1 + share) * calibrated["length_scaled"]
    calibrated = calibrated.assign(calibration="mean", calibration_flag="", note="")
    calibrated.to_csv(tmp_path / "calibrated.csv", index=False)
    importlib.import_module("tabulate_lengths").main(
        sorted(tmp_path.rglob("noise*.h5")),
        tmp_path / "catalogue.csv",
        tmp_path / "calibrated.csv",
        tmp_path / "chosen.json",
        tmp_path / "table.csv",
        errors=tmp_path / "errors.csv",
        cosmology=COSMOLOGY,
        own=False,
    )
    table = pd.read_csv(tmp_path / "table.csv")
    units = [f"length_{unit}" for unit in ("px", "arcsec", "kpc_h", "kpc", "scaled")]
    ends = ("", "_low68", "_high68", "_low95", "_high95")
    of_setting = (
        "calibration calibration_flag flag_bits recommended expected_bias expected_bias_spread "
        "expected_bias_flag length_px_setting "
        "run_difference_px mc_error_px angle mask_axis_ratio mask_width_px mask_width_arcsec "
        "x_end1 y_end1 x_end2 y_end2 flag length_px_run1 length_px_run2 image redshift petror90_r "
        "length_scaled_catalogue split length_px_published"
    ).split()
    assert list(table) == ["galaxy_id", *(f"{u}{end}" for end in ends for u in units), *of_setting]
    assert table["galaxy_id"].tolist() == IDS[::-1].tolist()
    one, two = (run[0][::-1, 6] for run in runs)
    expected = np.where(np.isnan(two), one, (one + two) / 2)
    assert table["length_px_setting"].to_numpy() == pytest.approx(expected, rel=1e-6)
    assert table["length_px_run1"].to_numpy() == pytest.approx(one, rel=1e-6)
    assert table["length_px_run2"].to_numpy() == pytest.approx(two, rel=1e-6, nan_ok=True)
    assert table["flag"].tolist() == ["ok"] * 3 + ["averaged over fewer runs"]
    assert np.isnan(table["length_arcsec"]).tolist() == [False, False, True, False]
    assert np.isnan(table["length_kpc_h"]).tolist() == [False, True, True, False]
    # 0.3 of the galaxy's size, which is 1 / 0.00792 px.
    first = 0.3 / 0.00792
    assert table["length_px"][0] == pytest.approx(first)
    assert table["length_arcsec"][0] == pytest.approx(first * 0.02 * 8)
    kpc = first * 0.02 * 8 * kpc_h_per_arcsec(0.03, 0.3)
    assert table["length_kpc_h"][0] == pytest.approx(kpc, rel=1e-6)
    assert table["length_kpc_h_high95"][0] == pytest.approx(1.2 * kpc, rel=1e-6)
    assert np.isnan(table["length_px_high68"]).tolist() == [False, False, True, False]
    published = [np.nanmean([run[0][row, 3] for run in runs]) for row in range(3, -1, -1)]
    assert table["length_px_published"].to_numpy() == pytest.approx(published, rel=1e-6)
    assert table["length_scaled_catalogue"].tolist() == [0.4, 0.5, 0.6, 0.7]
    # Galaxy 0 of the files was measured in the first run only; the last was not watched.
    errors_of_files = [0.0, 1.5, 3.0, np.nan]
    assert table["mc_error_px"].to_numpy()[::-1] == pytest.approx(errors_of_files, nan_ok=True)
    assert table["length_kpc"][0] == pytest.approx(kpc / 0.7, rel=1e-6)
    # These files hold no axis ratios.
    assert table[["mask_axis_ratio", "mask_width_px", "expected_bias"]].isna().all(axis=None)
    assert set(table["expected_bias_flag"]) == {"no table of biases"}
    # 4: the setting has a run less; 2: the calibrated length is missing.
    assert table["flag_bits"].tolist() == [0, 0, 2, 4]
    assert table["recommended"].tolist() == [True, True, False, False]
    ends = table[["x_end1", "y_end1", "x_end2", "y_end2"]].to_numpy().T
    np.testing.assert_allclose(
        np.hypot(ends[0] - ends[2], ends[1] - ends[3]), table["length_px"], rtol=1e-9
    )
    assert table["run_difference_px"].tolist() == [
        3.0 if value <= 50 else 5.0 for value in expected
    ]


@pytest.mark.parametrize("calibrated", [True, False])
@pytest.mark.parametrize(
    ("networks", "settings", "has_published"),
    [
        (["vgg16", "xception"], SETTINGS, True),
        # The average of one network is not that of two.
        (["xception"], SETTINGS, False),
        (["vgg16", "xception"], [SETTINGS[3], *SETTINGS[8:]], True),
        (["vgg16", "xception"], SETTINGS[4:], False),
    ],
)
def test_table_of_an_own_catalogue(
    tmp_path, catalogue, networks, settings, has_published, calibrated
):
    """Without files of the average that was chosen, and of what is not in the calibration."""
    columns = [SETTINGS.index(setting) for setting in settings]
    measured = {model: random_measurements(seed) for seed, model in enumerate(networks)}
    paths = []
    for model, values in measured.items():
        paths.append(tmp_path / model / "run1" / "barlengths" / "mine" / "noise0.1.h5")
        write(paths[-1], *(value[:, columns] for value in values), settings=settings)
    maps = {"attribution": "smoothgrad", "smooth_noise": 0.1}
    published = {"model": "averagemeasurements", **maps, "setting": SETTINGS[3]}
    models = ("vgg16", "xception", "averageheatmaps", "averagemeasurements")
    choice = {
        **{"model": "averageheatmaps", **maps, "setting": SETTINGS[1]},
        "within_calibration": {"model": "xception", **maps, "setting": SETTINGS[9]},
        "published": published,
        "published_per_model": {model: {**published, "model": model} for model in models},
    }
    chosen, estimated = tmp_path / "chosen.json", tmp_path / "estimated.csv"
    chosen.write_text(json.dumps(choice))
    own = catalogue.drop(columns=["length_scaled", "split"])
    own.to_csv(tmp_path / "own.csv", index=False)
    calibration = tmp_path / "calibration.h5"
    if calibrated:
        # Lengths of other galaxies by two settings, which the catalogue's follow.
        length_px = np.random.default_rng(2).uniform(10, 90, (30, 1)) * [1.0, 1.1]
        target = 0.008 * length_px[:, 0]
        names = [
            json.dumps({"model": "xception", "maps": "noise0.1", **_given(setting)}, sort_keys=True)
            for setting in SETTINGS[8:10]
        ]
        held_out = np.log(target) + 0.01
        fitted = Calibration(length_px, target, np.arange(30), "line", held_out, seed=1)
        write_calibration(calibration, fitted, names, "")
    else:
        write_calibration(calibration, None, [], "not calibrated")
    errors = pd.DataFrame(
        {"quantity": "length_px", "decile_low": 0.0, "decile_high": 90.0, "sigma": [5.0, 3.0]}
    ).assign(choice=["within_calibration", "chosen"])
    errors.to_csv(tmp_path / "errors.csv", index=False)
    importlib.import_module("estimate_lengths").main(
        paths, tmp_path / "own.csv", calibration, chosen, estimated, own=True
    )
    importlib.import_module("tabulate_lengths").main(
        *(paths, tmp_path / "own.csv", estimated, chosen, tmp_path / "table.csv"),
        errors=tmp_path / "errors.csv",
        cosmology=COSMOLOGY,
        own=True,
    )
    table = read_result_table(tmp_path / "table.csv")
    length, _, angle = (values[::-1, 9] for values in measured["xception"])
    assert table["length_px_setting"].to_numpy() == pytest.approx(length, rel=1e-6)
    assert table["angle"].to_numpy() == pytest.approx(angle, rel=1e-5)
    assert table["run_difference_px"].tolist() == 4 * [5.0]
    if calibrated:
        assert set(table["calibration"]) == {"line"}
        assert (table["length_px_low68"] < table["length_px_high68"]).all()
        both = measured["xception"][0][::-1, 8:10]
        expected = fitted.estimate(both).length / scaled_from_pixels(1.0)
        assert table["length_px"].to_numpy() == pytest.approx(expected, rel=1e-6)
    else:
        assert set(table["calibration"]) == {"setting"}
        assert table["length_px"].to_numpy() == pytest.approx(length, rel=1e-6)
    mean = np.full(4, np.nan)
    if has_published:
        mean = np.mean([values[0][::-1, 3] for values in measured.values()], axis=0)
    assert table["length_px_published"].to_numpy() == pytest.approx(mean, rel=1e-6, nan_ok=True)


def _given(setting):
    return {key: value for key, value in setting.items() if value is not None}


def test_unmeasurable_galaxies_keep_their_row(catalogue):
    length = np.full((2, 4), np.nan)
    flag = np.full((2, 4), Flag.FLAT_MAP)
    table = tabulate_lengths(length, flag, length, length, length, catalogue, COSMOLOGY)
    assert len(table) == 4
    assert set(table["flag"]) == {"flat map"}
    for name in ("length_px", "length_arcsec", "length_kpc_h", "length_scaled", "sigma_px"):
        assert table[name].isna().all()


def test_a_missing_choice_is_named(tmp_path):
    path = tmp_path / "vgg16" / "run1" / "barlengths" / "hoyle" / "noise0.1.h5"
    write(path, *random_measurements(0))
    choice = {
        "model": "vgg16",
        "attribution": "smoothgrad",
        "smooth_noise": 0.25,
        "setting": SETTINGS[0],
    }
    with pytest.raises(ValueError, match=r"of vgg16 with noise 0\.25, found vgg16 with noise 0\.1"):
        read_choice([path], choice, IDS)
    choice |= {"smooth_noise": 0.1, "setting": SETTINGS[0] | {"len_threshold": 11}}
    with pytest.raises(ValueError, match="is not among the 20"):
        read_choice([path], choice, IDS)
    with pytest.raises(ValueError, match="first 99"):
        read_choice([path], choice | {"setting": SETTINGS[0]}, np.array([99]))


def test_an_error_model_without_pixels_is_refused(catalogue):
    errors = pd.DataFrame({"quantity": ["x"], "decile_low": 0, "decile_high": 1, "sigma": 1})
    length = np.ones((1, 4))
    with pytest.raises(ValueError, match="no rows of the quantity length_px"):
        tabulate_lengths(
            length, np.zeros((1, 4), np.uint8), length, length, length, catalogue, COSMOLOGY, errors
        )


def test_votes_stand_behind_the_flag_by_galaxy(tmp_path):
    table = pd.DataFrame({"galaxy_id": [3, 1, 2], "flag": "ok", "image": "a", "p_bar": 9.0})
    votes = pd.DataFrame({"galaxy_id": [1, 2, 3], "p_bar": [0.1, 0.5, 0.9], "p_bar_sd": 0.01})
    paths = [tmp_path / "1-of-2.csv", tmp_path / "2-of-2.csv"]
    votes[:2].to_csv(paths[0], index=False)
    votes[2:].to_csv(paths[1], index=False)
    (tmp_path / "thresholds.json").write_text('{"yes": 0.8, "no": 0.2}')
    result = add_votes(table, paths, tmp_path / "thresholds.json")
    assert list(result) == "galaxy_id flag bar p_bar p_bar_sd image p_bar_catalogue".split()
    assert result["bar"].tolist() == ["yes", "no", "unsure"]
    assert result["p_bar"].tolist() == [0.9, 0.1, 0.5]
    with pytest.raises(ValueError, match="galaxy 3 has no predicted votes"):
        add_votes(table, paths[:1], tmp_path / "thresholds.json")


def test_position_angles_on_the_sky_count_from_north_through_east():
    """Columns go west and rows south where north is up."""
    angle = np.array([[90.0, 0.0, 135.0, 45.0, 30.0, np.nan]])
    galaxies = pd.DataFrame({"galaxy_id": range(6), "petror90_r": 10.0, "redshift": 0.1})
    galaxies["north_up"] = [True, True, True, True, False, True]
    length = np.full((1, 6), 30.0)
    table = tabulate_lengths(length, np.zeros((1, 6)), angle, length, length, galaxies, COSMOLOGY)
    # To the south, west, south-east (its other end north-west), south-west.
    np.testing.assert_allclose(table["pa_sky"], [0, 90, 135, 45, np.nan, np.nan])
    assert "pa_sky" not in tabulate_lengths(
        length, np.zeros((1, 6)), angle, *[length] * 2, galaxies.drop(columns="north_up"), COSMOLOGY
    )
