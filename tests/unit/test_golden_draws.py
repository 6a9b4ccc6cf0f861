"""Every seeded draw gives the stored numbers (see `golden_file`): results can be repeated.

A test that fails here says that everyone's splits, networks, heat maps, intervals or surveys
change. Whole chains are compared rather than keys, so that names inside may change freely.
"""

import inspect
import json

import keras
import numpy as np
import pandas as pd
import pytest

from galbar.attribution.half_sampling import choose_halves
from galbar.attribution.keras_vis_smoothgrad import ReferenceSmoothGrad
from galbar.attribution.smoothgrad import SmoothGrad, draw_noise, draw_shift
from galbar.calibration.importance import draw_orders
from galbar.catalogues.gz2_sets import DRAW_KEY, choose_sets
from galbar.catalogues.splits import catalogue_splits, shuffle_rank, training_split
from galbar.networks.build import build_configured
from galbar.scores.baselines import shuffled_lengths
from galbar.scores.bootstrap import draw_resamples
from galbar.scores.estimator_lengths import EstimatorLengths
from galbar.scores.estimator_scores import Resampling, difference_table, score_table
from galbar.survey import surroundings
from galbar.survey.build import ROLES, draw_image, simulate_survey
from galbar.survey.imaging import Telescope, compose_rgb, draw_sky, observe
from galbar.survey.population import Population
from galbar.training.augmentation import Augmentation, draw_changes
from galbar.training.input_pipeline import training_batches
from galbar.training.loop import training_seed
from tests.helpers.golden_file import compare, digest

SEED = 42
GALAXY = 587722981736120347
IDS = 587722981736120000 + 7 * np.arange(40)
AUGMENTATION = Augmentation(360, "reflect", True, True, 0.1, 0.2, (0.7, 1.3))
DRAWS = {}


def draw(function):
    """List a function whose result is stored under its name."""
    DRAWS[function.__name__] = function
    return function


@draw
def splits_of_the_training_set():
    found = training_split(IDS, 0.2, SEED)
    other_seed = training_split(IDS, 0.2, 0)
    return [np.flatnonzero(split == "validation") for split in (found, other_seed)]


@draw
def galaxies_of_galaxy_zoo_2():
    training, test = choose_sets(IDS, SEED, training=16, test=10)
    rank = shuffle_rank(IDS, SEED, DRAW_KEY)
    return {
        "order": rank,
        "training": np.flatnonzero(training),
        "test": np.flatnonzero(test),
    }


@draw
def splits_of_the_catalogue():
    rank = shuffle_rank(IDS, SEED)
    split, control = catalogue_splits(rank, 0.25, 0.2)
    held_out = np.flatnonzero(split == "validation"), np.flatnonzero(control == "test")
    return {"order": rank, "validation": held_out[0], "control's test": held_out[1]}


@draw
def noise():
    """Of another galaxy, seed or sample each, up to the largest ones."""
    keys = [(GALAXY, SEED, 0), (GALAXY, SEED, 1), (GALAXY, SEED, 300), (-1, SEED, 2**24 - 1)]
    keys += [(7, 0, 0), (7, 2**31 - 1, 0)]
    return {str(key): draw_noise((1, 2, 3), *key).numpy().ravel() for key in keys}


@draw
def shifts():
    return [draw_shift(3, GALAXY, SEED, sample).numpy() for sample in range(8)]


def quadratic_model():
    """Half the sum of squares, whose gradient is the noisy input itself."""
    image = keras.Input((4, 4, 1))
    flat = keras.layers.Flatten()(image)
    return keras.Model(image, keras.ops.sum(keras.ops.square(flat), axis=1, keepdims=True) / 2)


@draw
def heat_maps():
    """Show what each sample draws, in its order: noise, shift, orientation, sign.

    The noise is so strong, and its absolute value taken, that it shows in pairs of both signs too.
    """
    canvas = np.float32(np.arange(64).reshape(8, 8, 1) ** 2 / 4096)
    settings = {"smooth_noise": 1.0, "seed": SEED, "batch_size": 4}
    ways = {
        "published": {"smooth_samples": 3},
        "shifted and turned": {"smooth_samples": 6, "jitter": 2, "symmetries": True},
        "in pairs": {"smooth_samples": 6, "jitter": 1, "symmetries": True, "antithetic": True},
    }
    network = quadratic_model()
    return {
        name: SmoothGrad(network, **settings, **way)(canvas, GALAXY)["absolute"]
        for name, way in ways.items()
    }


@draw
def heat_map_of_tf_keras_vis():
    settings = {"smooth_samples": 2, "smooth_noise": 0.2, "seed": SEED}
    canvas = np.float32(np.arange(16).reshape(4, 4, 1) / 16)
    return ReferenceSmoothGrad(quadratic_model(), **settings)(canvas, GALAXY)["absolute"]


@draw
def halves_of_samples():
    return [np.packbits(choose_halves(groups, SEED), axis=-1)[..., 0] for groups in (4, 8)]


@draw
def augmentation():
    """Per galaxy: angle, two shifts, two flips, brightness."""
    keys = (SEED, 0), (SEED, 3), (2**32 - 1, 0)
    return {
        str((seed, epoch)): draw_changes(AUGMENTATION, 3, seed=seed, epoch=epoch).numpy()
        for seed, epoch in keys
    }


class GreyCanvases:
    """Ten grey images, whose brightness can be read off, in place of `Canvases`."""

    height = width = 4

    def __len__(self):
        return 10

    def batch(self, rows):
        return keras.ops.full((len(rows), 8, 8, 3), 100, dtype="uint8")


@draw
def order_of_a_training():
    """Rows and brightness of the images of two epochs."""
    rows = np.array([0, 1, 3, 4, 6, 7, 9])
    batches = training_batches(
        *(GreyCanvases(), rows, rows[:, np.newaxis], AUGMENTATION), batch_size=7, seed=SEED
    )
    epochs = [(wanted[:, 0].numpy(), images) for images, wanted in batches.take(2)]
    return {
        "rows": [order.astype(int) for order, _ in epochs],
        "brightness": [images.numpy()[:, 0, 0, 0] for _, images in epochs],
    }


@draw
def seeds_of_trainings():
    keys = (SEED, 1, "vgg16"), (SEED, 2, "vgg16"), (SEED, 1, "xception"), (0, 1, "control")
    return {str(key): training_seed(*key) for key in keys}


@draw
def initial_weights():
    """First and last values of some weights of two small networks."""
    networks = {
        "vgg16": {"cut": "block2_pool", "normalisation": True},
        "xception": {"cut": "block3_sepconv1_act"},
    }
    found = {}
    for name, network in networks.items():
        model = build_configured(
            {"architecture": name, "width": 0.0625, **network},
            **{"weights": None, "output_mean": [0.5], "activation": "sigmoid"},
            **{"height": 32, "width_px": 32, "outputs": 2, "seed": training_seed(SEED, 1, name)},
        )
        kernels = [weight.numpy().ravel() for weight in model.weights if weight.name == "kernel"]
        found[name] = [[kernel[0], kernel[-1]] for kernel in (*kernels[:2], kernels[-1])]
    return found


@draw
def bootstrap():
    """Resamples of few galaxies, and of so many that they are drawn in several steps."""
    many = draw_resamples(200, 130, [SEED, 1]).astype(int)
    return {"8 galaxies": draw_resamples(8, 3, SEED).astype(int), "200": digest(many)}


def scored_estimators():
    """Lengths of 30 galaxies that scatter about the reference, no generator needed."""
    place = np.arange(30)
    reference = 4 + np.sqrt(place)
    estimators = []
    for name, factor in (("mine", 1.7), ("other", 2.3)):
        scaled = reference / 10 + 0.1 * np.sin(factor * place)
        lengths = {"length_kpc_h": 10 * scaled, "length_scaled": scaled}
        sigma = dict.fromkeys(lengths, np.ones(30))
        estimators.append(
            EstimatorLengths(name, name, "", lengths, sigma, shuffled=name == "other")
        )
    samples = {"common": place >= 18, "test": place >= 9}
    return estimators, {"length_kpc_h": reference}, samples, Resampling(60, 0.9, SEED)


@draw
def intervals_of_scores():
    """Of measured and of shuffled lengths, whose resamples depend on the name of the sample."""
    columns = ["pearson_r", "pearson_r_low", "pearson_r_high", "slope_origin_low"]
    table = score_table(*scored_estimators())
    rows = table[["sample", "estimator", *columns]].to_numpy().tolist()
    difference = difference_table(*scored_estimators())
    edges = ["sample", "difference", "difference_low", "difference_high"]
    return {"scores": rows, "differences": difference[edges].to_numpy().tolist()}


@draw
def shuffled_baseline():
    return np.concatenate(list(shuffled_lengths(np.arange(9), 3, [SEED, 9]))).astype(int)


@draw
def orders_of_permuted_settings():
    groups = ("all=all", "model=xception")
    return {group: draw_orders(9, SEED, group)[:3] for group in groups}


@draw
def survey(folder):
    """Every table of a small survey."""
    settings = {"barred_share": 0.5, "volunteers": 40, "observer_scatter": 0.17}
    counts = {"training_galaxies": 5, "test_galaxies": 1, "catalogue_galaxies": 3}
    truth = simulate_survey(folder, seed=SEED, **counts, **settings)
    hoyle = pd.read_csv(folder / "hoyle_barlengths.csv")
    sample = pd.read_csv(folder / "gz2sample.csv")
    votes = pd.read_csv(folder / "training_solutions_rev1.csv").set_index("GalaxyID")
    assets = pd.read_csv(folder / "gz2_filename_mapping.csv")["asset_id"]
    drawn = ["kind", "bar_length_px", "position_angle", "inclination", "redshift", "petror90_r"]
    return {
        "ids": truth["galaxy_id"].tolist(),
        "galaxies": truth[drawn].to_numpy().tolist(),
        "votes": votes[["Class1.1", "Class3.1", "Class11.2"]].to_numpy(),
        "all votes": digest(np.rint(1e6 * votes.to_numpy()).astype(int)),
        "places": hoyle[["ra", "dec"]].to_numpy(),
        "measured": hoyle[["length_avg", "length_stdev", "width_avg"]].to_numpy(),
        "measurements": hoyle["bar_meas"].tolist(),
        "concentration": (sample["PETROR50_R"] / sample["PETROR90_R"]).tolist(),
        "assets": assets.tolist(),
    }


@draw
def pixels_of_the_survey():
    """Pick pixels of sky of one image per role."""
    settings = Population(), Telescope(), 40
    return {
        role: draw_image(SEED, role, 3, *settings)[1][::31, 5, 1].astype(float) for role in ROLES
    }


@draw
def sky_and_noise_of_an_image(monkeypatch):
    # So many objects that some fall into the small image.
    for name in ("_STARS", "_GALAXIES"):
        monkeypatch.setattr(surroundings, name, 20 * getattr(surroundings, name))
    rng = np.random.default_rng(SEED)
    telescope = Telescope(frame_edge_share=1.0)
    sky = draw_sky(rng, telescope)
    light = np.zeros((3, 60, 60), np.float32)
    surroundings.add_field(light, 0.396, rng)
    observed = observe(np.zeros((3, 30, 30), np.float32), sky, telescope, 0.396, seed=SEED)
    edge = compose_rgb(np.ones((3, 60, 60), np.float32), telescope, rng)[..., 0] < 64
    return {
        "sky": sky,
        "field": [light.sum(axis=(1, 2)), int(light[1].argmax())],
        "noise": observed[:, 2, :2],
        "frame edge": [int(edge.any(axis=0).sum()), int(edge.any(axis=1).sum())],
        # What has been drawn in between moves the next number.
        "next": int(rng.integers(2**31)),
    }


@pytest.mark.parametrize("name", DRAWS)
def test_draws_are_the_stored_ones(name, root, tmp_path, monkeypatch):
    function = DRAWS[name]
    fixtures = {"folder": tmp_path, "monkeypatch": monkeypatch}
    found = function(*(fixtures[name] for name in inspect.signature(function).parameters))
    # The last digit of light may move a pixel by a grey level, and a JPEG its neighbours; other
    # noise moves a fourth of the pixels by more than this.
    tolerance = {"absolute": 3} if function is pixels_of_the_survey else {}
    compare(root / "tests/golden/draws.json", name, found, **tolerance)


def test_no_stored_draw_is_left_over(root):
    stored = json.loads((root / "tests/golden/draws.json").read_text())
    assert list(stored) == sorted(DRAWS)
