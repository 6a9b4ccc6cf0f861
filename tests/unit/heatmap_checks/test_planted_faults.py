"""Networks with a known fault go through all checks, beside one that looks for bars."""

import h5py
import keras
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from galbar.attribution.compute import compute_heatmaps
from galbar.attribution.methods.map_sets import MapSet
from galbar.catalogues.decision_tree import VOTE_COLUMNS
from galbar.heatmap_checks.compute import compute_checks
from galbar.heatmap_checks.intervals import Resamples
from galbar.heatmap_checks.read_inputs import read_checked_maps, read_sample
from galbar.heatmap_checks.table import check_table
from galbar.heatmap_checks.verdicts import verdict_table
from galbar.io.images import canvas_shape
from galbar.io.shards import shard_of_path_end
from galbar.lengths.measure import list_settings
from galbar.scores.setting_grid import setting_frame

SIDE = 32
IMAGE = {"height": SIDE, "width": SIDE, "crop": 0.3019}
GALAXIES = 48
SAMPLE = 40
IDS = 587722981736120344 + np.arange(GALAXIES)
BAR = VOTE_COLUMNS.index("Class3.1")
BULGE = VOTE_COLUMNS.index("Class5.3")
CHECKS = {"galaxies": SAMPLE, "randomised": [0, 1], "random_networks": 3, "answers": ["Class5.3"]}
VOTES = {"output": "Class3.1", "against": None}
SETTINGS = {"kinds": ["absolute"], "smooth_samples": 8, "batch_size": 8, "precision": "float32"}
SETTINGS |= {"jitter": 0, "symmetries": False, "antithetic": False, "seed": 42}
MAPS = "noise0.01"


def draw_galaxies(rng):
    """Draw discs of one size with bars of 8 to 24 px; return canvases, masks and lengths."""
    side = canvas_shape(**IMAGE)[0]
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    canvases, masks, lengths = [], [], rng.uniform(8, 24, GALAXIES)
    for length in lengths:
        turn = rng.uniform(0, np.pi)
        along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
        mask = (np.abs(along) <= length / 2) & (np.abs(across) <= 1.5)
        light = 0.5 * np.exp(-np.hypot(x, y) / 9) + 0.3 * mask + 0.01 * rng.random((side, side))
        canvases.append(np.repeat(light[..., np.newaxis], 3, axis=-1))
        masks.append(mask)
    return np.round(255 * np.clip(canvases, 0, 1)).astype(np.uint8), masks, lengths


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Write the galaxies as the workflow does: decoded images, masks, the split catalogue."""
    folder = tmp_path_factory.mktemp("planted")
    rng = np.random.default_rng(11)
    canvases, masks, lengths = draw_galaxies(rng)
    with h5py.File(folder / "hoyle.h5", "w") as store:
        store.attrs.update(IMAGE)
        store["galaxy_id"], store["canvas"] = IDS, canvases
    for galaxy, mask in zip(IDS, masks, strict=True):
        Image.fromarray(mask).save(folder / f"{galaxy}.png")
    pd.DataFrame({"galaxy_id": IDS, "mask": [f"{galaxy}.png" for galaxy in IDS]}).to_csv(
        folder / "masks.csv", index=False
    )
    catalogue = {"galaxy_id": IDS, "image": "", "redshift": 0.05, "petror90_r": 10.0}
    catalogue |= {"length_avg": lengths, "length_scaled": lengths / 30 * rng.normal(1, 0.03, 48)}
    catalogue |= {"split": "validation", "control_split": "test"}
    pd.DataFrame(catalogue).to_csv(folder / "hoyle_split.csv", index=False)
    return folder


def bar_detector():
    """Build a network that is excited by narrow bright pixels, and for Class5.3 by all light."""
    image = keras.Input((SIDE, SIDE, 3))
    features = keras.layers.Conv2D(2, 9, padding="same", activation="relu")
    pooled = keras.layers.GlobalAveragePooling2D()(features(image))
    votes = keras.layers.Dense(len(VOTE_COLUMNS), activation="sigmoid")
    network = keras.Model(image, votes(pooled))
    y, x = np.mgrid[-4:5, -4:5]
    centre = np.hypot(x, y) < 1.2
    kernel = np.zeros((9, 9, 3, 2), dtype=np.float32)
    kernel[..., 0] = (centre / centre.sum() - (~centre) / (~centre).sum())[..., np.newaxis] / 3
    kernel[4, 4, :, 1] = 1 / 3
    features.set_weights([kernel, np.array([-0.12, 0], dtype=np.float32)])
    weights = np.zeros((2, len(VOTE_COLUMNS)), dtype=np.float32)
    weights[0, BAR], weights[1, BULGE] = 400, 20
    votes.set_weights([weights, np.full(len(VOTE_COLUMNS), -2, dtype=np.float32)])
    return network


def untrained():
    """Build the same network with random weights."""
    keras.utils.set_random_seed(99)
    return keras.models.clone_model(bar_detector())


def light_meter():
    """Build a network whose map is the image: the gradient of a sum of squares."""
    image = keras.Input((SIDE, SIDE, 3))
    squares = keras.layers.Multiply()([image, image])
    pooled = keras.layers.GlobalAveragePooling2D()(squares)
    votes = keras.layers.Dense(len(VOTE_COLUMNS), activation="sigmoid")
    network = keras.Model(image, votes(pooled))
    votes.set_weights([np.full((3, 37), 10, np.float32), np.full(37, -1, np.float32)])
    return network


def corner_watcher():
    """Build a network that looks at one corner of the image only."""
    image = keras.Input((SIDE, SIDE, 3))
    votes = keras.layers.Dense(len(VOTE_COLUMNS), activation="sigmoid")
    network = keras.Model(image, votes(keras.layers.Flatten()(image)))
    weights = np.zeros((SIDE, SIDE, 3, 37), dtype=np.float32)
    weights[:5, :5] = np.random.default_rng(4).uniform(1, 2, (5, 5, 1, 1))
    votes.set_weights([weights.reshape(-1, 37), np.zeros(37, dtype=np.float32)])
    return network


@pytest.fixture(scope="module")
def judged(folder):
    """Give a function that runs all checks of a network: its table, and its verdict."""

    def judge(network):
        name = network.__name__
        paths = {part: folder / f"{name}_{part}.h5" for part in ("heatmaps", "checked")}
        model, catalogue = folder / f"{name}.keras", folder / "hoyle_split.csv"
        network().save(model)
        job = {"directory": folder, "decoded": folder / "hoyle.h5", "image": IMAGE, "votes": VOTES}
        compute_heatmaps(
            *(model, catalogue, paths["heatmaps"]),
            **job,
            name=name,
            maps=MAPS,
            shard=shard_of_path_end(""),
            settings=SETTINGS,
            watched=[],
            measure=None,
        )
        compute_checks(
            *(model, paths["heatmaps"], catalogue, paths["checked"]),
            **job,
            name=MAPS,
            settings=SETTINGS,
            checks=CHECKS,
            seed=42,
        )
        sample = read_sample(
            *(catalogue, folder / "hoyle.h5", folder / "masks.csv", None),
            image=IMAGE,
            galaxies=SAMPLE,
            seed=42,
        )
        maps = read_checked_maps(
            *(name, MAPS, [paths["heatmaps"]], paths["checked"]),
            sample=sample,
            correlations=choices(name),
            min_measured_share=0.5,
        )
        table = check_table(maps, sample, Resamples.draw(SAMPLE, 500, 0.95, 42))
        return table, verdict_table(table).iloc[0]

    return judge


def choices(name):
    """Make the table of correlations that says which lengths are judged: by the level, no image."""
    settings = list_settings(["level"], ["absolute"], [False], [0], level_fraction=[0.4])
    scores = {"r_scaled": 0.9, "n": SAMPLE, "n_unmeasurable": 0}
    scores |= {"r_scaled_low": 0.8, "r_scaled_high": 0.95}
    return setting_frame(name, MapSet.parse(MAPS), settings).assign(**scores)


def value(table, **named):
    """Return the one value of a table's row that has these columns."""
    rows = table
    for column, wanted in named.items():
        rows = rows[rows[column] == wanted]
    (value,) = rows["value"]
    return value


def test_a_network_that_looks_for_bars_passes(judged):
    table, verdict = judged(bar_detector)
    checked = ["of_weights", "lengths_of_weights", "lengths_of_answer", "lengths_of_galaxy"]
    assert verdict[checked].tolist() == ["yes"] * 4
    # These bars are nothing but bright: no map can be more on them than the image.
    assert value(table, measure="rank_accuracy", map="image") > 0.95
    for measure in ("relevance_mass", "rank_accuracy"):
        for name in ("random", "disc"):
            assert value(table, measure=measure, map="heat map") > value(
                table, measure=measure, map=name
            )
    assert value(table, measure="pointing", map="heat map") > 0.95
    assert value(table, measure="r_catalogue", check="other_galaxy", altered="") > 0.85
    for name in ("random", "disc"):
        assert value(table, measure="deletion", map="heat map") < value(
            table, measure="deletion", map=name
        )
        assert value(table, measure="insertion", map="heat map") > value(
            table, measure="insertion", map=name
        )


def test_a_network_whose_map_is_the_image_is_told(judged):
    table, verdict = judged(light_meter)
    assert (verdict["on_bar"], verdict["faithful"]) == ("no", "no")
    # What the weights are scales its map, and what is asked nothing.
    assert (verdict["of_weights"], verdict["lengths_of_weights"]) == ("no", "no")
    assert verdict["lengths_of_answer"] == "no"
    assert "no less: the galaxy's light, not the bar" in verdict["verdict"]
    mass = {
        name: value(table, measure="relevance_mass", map=name) for name in ("heat map", "image")
    }
    assert mass["heat map"] == pytest.approx(mass["image"], rel=0.02)


def test_a_network_with_random_weights_is_told(judged):
    """It shows light wherever it is, whatever is asked, and other outputs change nothing."""
    table, verdict = judged(untrained)
    assert (verdict["on_bar"], verdict["faithful"]) == ("no", "no")
    assert verdict["lengths_of_answer"] != "yes"
    assert value(table, measure="rank_correlation", altered="0") > 0.9
    assert value(table, measure="relevance_mass", map="heat map") < value(
        table, measure="relevance_mass", map="disc"
    )


def test_a_network_that_looks_at_the_corner_is_told(judged):
    table, verdict = judged(corner_watcher)
    assert (verdict["on_bar"], verdict["faithful"]) == ("no", "no")
    assert value(table, measure="pointing", map="heat map") == 0
    assert value(table, measure="relevance_mass", map="heat map") < 0.02
    assert "worse than chance and disc and image" in verdict["verdict"]
    # The same map for all galaxies has the same length.
    assert "correlate with nothing" in verdict["verdict"]
