"""Attribution methods beside each other: names, and one that is added for the test."""

import importlib
import inspect
import json

import keras
import numpy as np
import pandas as pd
import pytest
from PIL import Image

import compute_heatmaps
from galbar.attribution.heatmap_files import KINDS, METHOD_KEYS, open_heatmaps
from galbar.attribution.methods.map_sets import MapSet, list_map_sets
from galbar.attribution.methods.record import NEUTRAL, AttributionMethod
from galbar.attribution.methods.registry import METHODS
from galbar.attribution.model_average import open_average
from galbar.calibration.features import read_features
from galbar.figures.isolated_bars import isolate_bars
from galbar.figures.score_tables import draw_correlations
from galbar.io.joined_hdf5 import join_files
from galbar.lengths.measure_file import measure_heatmaps
from galbar.lengths.setting_files import group_barlengths, runs_of_setting
from galbar.scores.bootstrap import draw_resamples
from galbar.scores.estimators import describe_setting
from galbar.scores.selection import mark_choice, summarise_choice
from galbar.scores.setting_grid import correlation_table

SIDE = 16
BARS = (5, 7, 9, 11)
"""Lengths of the bars that the added method shows [pixel of the map], by galaxy."""

GALAXIES = 587722981736120344 + np.arange(4)
IMAGE = {"height": SIDE, "width": SIDE, "crop": 1.0}
# A method that knows the galaxies and does not look at the network.
ROWS = """
import numpy as np


def make(network, kinds):
    def attribute(canvas, galaxy_id):
        heatmap = np.zeros((16, 16), np.float32)
        heatmap[8, 2 : 7 + 2 * (galaxy_id % 4)] = 1
        return dict.fromkeys(kinds, heatmap)

    return attribute
"""


@pytest.mark.parametrize("name", METHODS)
def test_the_constructor_of_a_record_takes_the_settings_that_it_names(name):
    module, _, function = METHODS[name].constructor.partition(":")
    taken = inspect.signature(getattr(importlib.import_module(module), function)).parameters
    outside = {"precision", "watched_lengths"}
    assert {"kinds", *METHODS[name].settings} - outside <= set(taken)


@pytest.mark.parametrize(
    ("name", "method", "noise"),
    [
        ("noise0.1", "smoothgrad", 0.1),
        ("noise0", "smoothgrad", 0.0),
        ("noise1e-05", "smoothgrad", 1e-5),
        ("tf_keras_vis_smoothgrad_noise0.25", "tf_keras_vis_smoothgrad", 0.25),
        ("integrated_gradients", "integrated_gradients", None),
    ],
)
def test_names_of_sets_of_maps_are_read_as_written(name, method, noise):
    map_set = MapSet(method, noise)
    assert map_set.name == name
    assert MapSet.parse(name) == map_set


@pytest.mark.parametrize("name", ["0.1", "noise0.1x", "a b", ""])
def test_other_names_are_refused(name):
    with pytest.raises(ValueError, match=r"a set of heat maps is called .*, expected noise0\.1"):
        MapSet.parse(name)


def test_a_set_is_told_by_its_values():
    assert MapSet.of({"smooth_noise": 0.1, "attribution": "smoothgrad"}) == MapSet(
        "smoothgrad", 0.1
    )
    assert MapSet.of({"smooth_noise": np.nan, "attribution": "a"}) == MapSet("a", None)
    assert MapSet.of({"smooth_noise": None, "attribution": "a"}) == MapSet("a", None)
    assert MapSet("smoothgrad", 0.1).label == "noise 0.1"
    label = METHODS["tf_keras_vis_smoothgrad"].label
    assert MapSet("tf_keras_vis_smoothgrad", 0.1).label == f"{label}, noise 0.1"


@pytest.mark.parametrize("name", METHODS)
def test_records_name_what_there_is(name):
    method = METHODS[name]
    assert method.name == name
    # Class heat maps and the published criterion need it.
    assert "absolute" in method.kinds
    assert set(method.kinds) <= set(KINDS)
    known = {"smooth_samples", "smooth_noise", "seed", "batch_size", *METHOD_KEYS, *NEUTRAL}
    assert set(method.settings) <= known
    assert "symmetries" in method.settings


@pytest.fixture
def rows(monkeypatch, tmp_path):
    """Add a method without noise, whose code lies in a folder of its own."""
    (tmp_path / "made_up_rows.py").write_text(ROWS)
    monkeypatch.syspath_prepend(tmp_path)
    record = AttributionMethod(
        name="rows",
        label="Rows",
        description="a bar of known length",
        constructor="made_up_rows:make",
        kinds=("absolute",),
    )
    monkeypatch.setitem(METHODS, "rows", record)
    return record


@pytest.fixture
def barlengths(rows, tmp_path, monkeypatch):
    """Compute and measure the maps of two methods side by side; the files of bar lengths."""
    monkeypatch.setattr(compute_heatmaps, "configure_devices", lambda *a, **k: None)
    keras.utils.set_random_seed(1)
    layers = [keras.layers.Conv2D(4, 3, activation="silu"), keras.layers.Flatten()]
    network = keras.Sequential(
        [keras.Input((SIDE, SIDE, 3)), *layers, keras.layers.Dense(1, activation="linear")]
    )
    network.save(tmp_path / "model.keras")
    rng = np.random.default_rng(1)
    for galaxy in GALAXIES:
        pixels = rng.integers(0, 255, (53, 53, 3), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
        Image.fromarray(pixels).save(tmp_path / f"{galaxy}.jpg")
    table = pd.DataFrame({"galaxy_id": GALAXIES, "image": [f"{one}.jpg" for one in GALAXIES]})
    table.to_csv(tmp_path / "catalogue.csv", index=False)
    files = []
    for map_set in list_map_sets(["smoothgrad", "rows"], [0.2]):
        # The added method has one of them.
        kinds = METHODS[map_set.attribution].select({"kinds": ["absolute", "signed"]})["kinds"]
        heatmaps = tmp_path / "heatmaps" / f"{map_set.name}.h5"
        compute_heatmaps.main(
            *(tmp_path / "model.keras", tmp_path / "catalogue.csv", heatmaps, None),
            **{"name": "small", "maps": map_set.name, "shard": "1-of-1", "directory": tmp_path},
            **{"image": IMAGE, "votes": {"output": "Class3.1", "against": None}},
            settings={
                **{key: NEUTRAL[key] for key in NEUTRAL if key != "watched_lengths"},
                **{"kinds": kinds, "smooth_samples": 2, "batch_size": 2, "seed": 1},
            },
            **{"watched_lengths": [], "criteria": (), "threads": 1},
        )
        files.append(tmp_path / f"small/run1/barlengths/hoyle/{map_set.name}.h5")
        grid = {"criteria": ["pearson", "level"], "kinds": kinds, "xinput": [False]}
        grid |= {"smoothing": [0], "corr_threshold": [0.85], "len_threshold": [4]}
        grid |= {"level_fraction": [0.5]}
        with open_heatmaps(heatmaps) as opened:
            measure_heatmaps(opened, table, files[-1], directory=tmp_path, image=IMAGE, grid=grid)
    return files


def test_an_added_method_arrives_in_files_tables_and_figures(barlengths, tmp_path):
    with open_heatmaps(tmp_path / "heatmaps/rows.h5") as maps:
        assert maps.attributes["attribution"] == "rows"
        # What it does not know.
        assert np.isnan([maps.attributes[key] for key in ("smooth_noise", "smooth_samples")]).all()
        assert MapSet.of(maps.attributes) == MapSet("rows", None)
    join_files([maps.path], tmp_path / "heatmaps/joined.h5")
    with open_average([maps.path, tmp_path / "heatmaps/joined.h5"]) as average:
        assert MapSet.of(average.attributes) == MapSet("rows", None)
    (tmp_path / "heatmaps/joined.h5").unlink()
    groups = group_barlengths(barlengths)
    map_sets = [MapSet("smoothgrad", 0.2), MapSet("rows", None)]
    assert list(groups) == [
        (model, map_set) for model in ("small", "averagemeasurements") for map_set in map_sets
    ]
    # The average of one network is that network.
    groups = {key: runs for key, runs in groups.items() if key[0] == "small"}
    catalogue = pd.DataFrame({"galaxy_id": GALAXIES, "length_scaled": BARS, "petror90_r": 5.0})
    table = correlation_table(groups, catalogue, draw_resamples(4, 20, 1), 0.95)
    assert table["attribution"].tolist() == 4 * ["smoothgrad"] + 2 * ["rows"]
    assert table["smooth_noise"].isna().tolist() == 4 * [False] + 2 * [True]
    assert table["kind"].tolist() == 2 * ["absolute", "signed"] + 2 * ["absolute"]
    # Calibrations read what each has.
    names = [json.loads(name) for name in read_features(groups, GALAXIES).names]
    assert [(name["maps"], name["kind"]) for name in names] == [
        *2 * [("noise0.2", "absolute"), ("noise0.2", "signed")],
        *2 * [("rows", "absolute")],
    ]
    published = {"corr_threshold": 0.85, "len_threshold": 4}
    table = mark_choice(table, min_measured_share=0, published=published)
    # The published criterion is that of SmoothGrad, once per model.
    assert np.flatnonzero(table["published_criterion"]).tolist() == [0]
    table.to_csv(tmp_path / "table.csv", index=False)
    choice = summarise_choice(pd.read_csv(tmp_path / "table.csv"))
    assert (choice["attribution"], choice["smooth_noise"]) == ("rows", None)
    assert choice["r_scaled"] == pytest.approx(1)
    assert describe_setting(choice).startswith("small, Rows, ")
    (lengths,) = runs_of_setting(groups, choice, GALAXIES)
    np.testing.assert_allclose(lengths, (np.array(BARS) - 1) * 424 / SIDE)
    check_figures(choice, table, tmp_path)


def check_figures(choice, table, folder):
    """Both methods are told apart in the figures."""
    (axes,) = draw_correlations(table, table[:0]).axes
    legend = [text.get_text() for text in axes.figure.legends[0].get_texts()]
    assert legend[:2] == ["Rows", "noise 0.2"]
    known = table.groupby("attribution")["r_scaled"].count()
    drawn = [len(bars.lines[0].get_xdata()) for bars in axes.containers]
    assert drawn == known[["rows", "smoothgrad"]].tolist()
    galaxies = pd.DataFrame({"galaxy_id": GALAXIES, "image": [f"{one}.jpg" for one in GALAXIES]})
    galaxies = galaxies.assign(length_px=1.0, length_kpc_h=1.0)
    files = sorted((folder / "heatmaps").glob("*.h5"))
    bars = isolate_bars(files, choice, galaxies, folder, 1.0)
    assert [bar.maps[0].mask.sum() for bar in bars] == list(BARS)
