"""A small results folder in the formats of the workflow, for the tests of the figures."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

import choose_bar_thresholds
import choose_for_images
import choose_setting
import correlate_lengths
import estimate_errors
import find_misclassified
import measure_importance
import score_estimators
import score_truth
import select_examples
import select_galaxies
import tabulate_lengths
from galbar.attribution.class_heatmaps import write_class_heatmaps
from galbar.attribution.heatmap_files import ATTRIBUTES, create_heatmaps
from galbar.catalogues.decision_tree import VOTE_COLUMNS
from galbar.io.images import centre_crop, pixel_scale, read_canvas
from galbar.lengths.length_files import new_barlengths
from galbar.lengths.measure import list_settings
from galbar.lengths.units import kpc_h_from_arcsec, scaled_from_pixels
from galbar.scores.estimator_scores import Resampling
from galbar.scores.length_bias import bias_table
from tests.helpers.barlengths_files import write_ellipses, write_external, write_moments
from tests.helpers.calibrated import write_calibrated
from tests.helpers.check_rows import all_checks

MODELS = ("vgg16_compact", "xception_compact")
NOISES = (0.05, 0.1)
CROP = 0.4
SIDE = 64
WRONG = (10, 25)
"""Rows of the training catalogue that are misclassified: smooth as features, the reverse."""

RESAMPLING = Resampling(samples=60, level=0.95, seed=5)


@dataclass
class Results:
    """Paths of the folder and the tables in it."""

    folder: Path
    hoyle: pd.DataFrame
    training: pd.DataFrame

    def __call__(self, name):
        """Return the path of a file below results/, as text."""
        return str(self.folder / "results" / name)


def build_results(folder, galaxies=150):
    """Write everything that the figures read; ``galaxies`` is the size of the catalogue."""
    rng = np.random.default_rng(8)
    results = Results(Path(folder), _hoyle(rng, galaxies), _training(rng, 300))
    for name, table in (("hoyle", results.hoyle), ("training", results.training)):
        _save(
            table.drop(columns=["angle", "true"], errors="ignore"),
            results,
            f"catalogues/{name}.csv",
        )
    _write_images(results, rng)
    _write_training(results, rng)
    _write_heatmaps(results, rng)
    _write_lengths(results, rng)
    _write_biases(results)
    return results


def _save(table, results, name):
    Path(results(name)).parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(results(name), index=False)


def _hoyle(rng, n):
    """Catalogue whose lengths scatter by 17 % about the truth."""
    true = np.clip(rng.normal(0.45, 0.14, n), 0.15, 0.9)
    redshift = rng.uniform(0.01, 0.06, n)
    petror90 = rng.uniform(8, 20, n)
    size = kpc_h_from_arcsec(petror90 / 0.396, redshift, 0.3)
    human = true * (1 + 0.17 / np.sqrt(4) * rng.standard_normal(n))
    rank = np.arange(n)
    return pd.DataFrame(
        {
            "galaxy_id": 587722981736120000 + 7 * rng.permutation(n).astype(np.int64),
            "asset_id": rank,
            "image": [f"images_gz2/images/{number % 8}.jpg" for number in rank],
            "redshift": redshift,
            "petror90_r": petror90,
            "length_avg": human * size,
            "length_stdev": 0.17 * human * size,
            "length_scaled": human,
            "bar_meas": 4,
            "shuffle_rank": rank,
            "split": np.where(rank < n // 3, "validation", "test"),
            "control_split": np.where(rank >= n - n // 5, "test", "train"),
            "true": true,
            "angle": np.deg2rad(40 + 17 * (rank % 8)),
        }
    )


def _training(rng, n):
    """Votes whose first question is decided well, except for a few galaxies."""
    votes = pd.DataFrame(rng.uniform(0, 0.4, (n, 37)), columns=list(VOTE_COLUMNS))
    votes["Class1.1"] = rng.beta(0.7, 0.7, n)
    votes.loc[list(WRONG), "Class1.1"] = 0.9, 0.1
    votes["Class1.2"] = 0.97 - 0.97 * votes["Class1.1"]
    votes["Class3.1"] = rng.beta(0.6, 1.6, n)
    head = {
        "galaxy_id": 100000 + 3 * np.arange(n),
        "image": [f"images_training_rev1/{number}.jpg" for number in range(n)],
        "split": np.where(np.arange(n) % 5 == 0, "validation", "train"),
    }
    return pd.concat([pd.DataFrame(head), votes], axis=1)


def paint_galaxy(angle, length=60.0, side=424):
    """Disc with a bar in the middle of a noisy sky, (side, side, 3) uint8."""
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    along = x * np.cos(angle) + y * np.sin(angle)
    across = y * np.cos(angle) - x * np.sin(angle)
    disc = 90 * np.exp(-np.hypot(x, y) / 35)
    bar = 110 * np.exp(-((2 * along / length) ** 4) - (across / 7) ** 2)
    noise = np.random.default_rng(int(1000 * angle)).normal(6, 3, (side, side))
    image = np.stack([disc + bar, disc + 0.8 * bar, 1.1 * disc + 0.5 * bar], axis=-1)
    return np.clip(image + noise[..., np.newaxis], 0, 255).astype(np.uint8)


def _write_images(results, rng):
    folder = results.folder / "data" / "images_gz2" / "images"
    folder.mkdir(parents=True)
    for number, angle in enumerate(results.hoyle["angle"].head(8)):
        Image.fromarray(paint_galaxy(angle)).save(folder / f"{number}.jpg", quality=92)


def _bar_map(angle, rng):
    """Heat map (SIDE, SIDE) with a bar, grain and no background."""
    y, x = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    along = x * np.cos(angle) + y * np.sin(angle)
    across = y * np.cos(angle) - x * np.sin(angle)
    bar = np.exp(-((along / 11) ** 4) - (across / 2.5) ** 2)
    return (bar * rng.uniform(0.8, 1, bar.shape) + rng.uniform(0, 0.25, bar.shape)).astype("f4")


def _write_training(results, rng):
    """Write logs, scores of predictions and predictions in the training's formats."""
    epochs = np.arange(12)
    for model in (*MODELS, "control"):
        for run in (1, 2) if model != "control" else (1,):
            fall = 0.11 + 0.07 * np.exp(-epochs / 3) + 0.003 * rng.standard_normal(12)
            log = {
                "epoch": epochs,
                "loss": fall**2,
                "root_mean_squared_error": fall - 0.004 * epochs / 4,
                "val_loss": fall**2,
                "val_root_mean_squared_error": fall + 0.004 * rng.uniform(size=12),
                "learning_rate": 0.001,
            }
            _save(pd.DataFrame(log), results, f"{model}/run{run}/training_log.csv")
    scores = {"model": MODELS[0], "run": 1, "set": ["train", "validation"], "rmse_of_mean": 0.17}
    _save(pd.DataFrame(scores), results, "prediction_scores.csv")
    for model, scatter in ((MODELS[0], 0.12), (MODELS[1], 0.2), ("ensemble", 0.1)):
        guess = results.training.copy()
        for name in ("Class1.1", "Class3.1"):
            noise = scatter * rng.standard_normal(len(guess))
            guess[name] = (0.1 + 0.8 * guess[name] + noise).clip(0, 1)
        # Two galaxies are seen oppositely, one each way.
        for voted, row in ((0.9, WRONG[0]), (0.1, WRONG[1])):
            guess.loc[row, "Class1.1"] = 0.97 - voted
        guess["Class1.2"] = 1 - guess["Class1.1"]
        columns = ["galaxy_id", *VOTE_COLUMNS, "split"]
        _save(guess[columns], results, f"{model}/run1/predictions_train.csv")


def _write_heatmaps(results, rng):
    ids = results.hoyle["galaxy_id"].to_numpy()
    angles = results.hoyle["angle"].to_numpy()
    for model in MODELS:
        for noise in NOISES:
            attributes = dict.fromkeys(ATTRIBUTES, 1) | {
                "model": model,
                "attribution": "smoothgrad",
                "smooth_noise": noise,
                "image_height": SIDE,
                "image_width": SIDE,
                "crop": CROP,
                "watched": "",
            }
            path = results(f"{model}/run1/heatmaps/hoyle/noise{noise:g}.h5")
            with create_heatmaps(path, ids, ["absolute"], (SIDE, SIDE), attributes) as writer:
                for row, angle in enumerate(angles):
                    writer.write(row, {"absolute": _bar_map(angle, rng)})


def _write_biases(results):
    """Write biases of 1600 simulated galaxies, of both samples, larger where bars are short."""
    rng = np.random.default_rng(9)
    n = 1600
    sample = np.where(np.arange(n) < 1100, "catalogue", "training")
    barred = (sample == "catalogue") | (rng.uniform(size=n) < 0.4)
    over_psf = rng.lognormal(2.2, 0.5, n)
    ratio = 1 + 1.2 / over_psf + (0.1 + 0.6 / over_psf) * rng.standard_normal(n)
    galaxies = {
        "sample": sample,
        "is_barred": barred,
        "is_detected": rng.uniform(size=n) < np.where(barred, 1 - np.exp(-over_psf / 8), 0.05),
        "ratio": np.where(barred, ratio, np.nan),
        "length_over_psf": np.where(barred, over_psf, np.nan),
        "measured_length_over_psf": over_psf * ratio,
        "mask_axis_ratio": rng.uniform(0.2, 0.8, n),
        "signal_to_noise": rng.lognormal(2.3, 0.2, n),
        "inclination": rng.uniform(5, 70, n),
        "bar_contrast": np.where(barred, rng.lognormal(0.2, 0.4, n), np.nan),
        "bulge_to_total": rng.lognormal(-2.4, 0.6, n),
        "covered_68": np.where(barred, rng.uniform(size=n) < 0.7, np.nan),
        "covered_95": np.where(barred, rng.uniform(size=n) < 0.93, np.nan),
    }
    _save(bias_table(pd.DataFrame(galaxies), 5, RESAMPLING), results, "length_bias.csv")


def _settings():
    return list_settings(
        criteria=["pearson", "elongation", "level"],
        kinds=["absolute"],
        xinput=[False, True],
        smoothing=[0.0],
        corr_threshold=[0.8, 0.85],
        len_threshold=[40],
        elongation_threshold=[0.6],
        level_fraction=[0.3, 0.5],
    )


def _write_lengths(results, rng):
    """Lengths by every setting, then the tables by the workflow's own functions."""
    hoyle, settings = results.hoyle, _settings()
    quality = dict(zip(range(len(settings)), np.linspace(35, 12, len(settings)), strict=True))
    paths = []
    for model in (*MODELS, "averageheatmaps"):
        for run in (1, 2):
            for noise in NOISES:
                path = results(f"{model}/run{run}/barlengths/hoyle/noise{noise:g}.h5")
                Path(path).parent.mkdir(parents=True, exist_ok=True)
                with new_barlengths(path, hoyle["galaxy_id"], settings) as writer:
                    pixels = 126 * hoyle["true"].to_numpy()[:, np.newaxis]
                    errors = rng.standard_normal((len(hoyle), len(settings)))
                    length = np.clip(pixels + errors * list(quality.values()), 4, None)
                    length[rng.uniform(size=length.shape) < 0.01] = np.nan
                    writer.add(length, np.where(np.isnan(length), 1, 0), 90 + 0 * length)
                paths.append(path)
    _write_tables(results, paths, rng)


def _write_tables(results, paths, rng):
    """Choose, score and tabulate by the workflow's own scripts."""
    hoyle = results.hoyle
    catalogue, chosen = results("catalogues/hoyle.csv"), results("chosen_setting.json")
    validation, errors = results("barlength_correlations_val.csv"), results("error_model.csv")
    correlate_lengths.main(
        *(paths, catalogue, validation),
        resampling=RESAMPLING,
        min_measured_share=0.8,
        published={"corr_threshold": 0.85, "len_threshold": 40},
    )
    choose_setting.main(validation, chosen)
    estimate_errors.main(paths, catalogue, chosen, errors, omega_m=0.3)
    calibrated, networks = write_calibrated(paths, catalogue, chosen, results.folder / "results")
    importance = results("calibration_importance.csv"), results("leading_setting.json")
    measure_importance.main(results("calibration.h5"), chosen, *importance)
    table = results("barlengths_hoyle.csv")
    cosmology = {"omega_m": 0.3, "hubble_constant": 70}
    how = {"errors": errors, "cosmology": cosmology, "own": False}
    tabulate_lengths.main(paths, catalogue, calibrated, chosen, table, **how)
    control = 0.5 * hoyle["true"] + 0.25 + 0.07 * rng.standard_normal(len(hoyle))
    predictions = hoyle[["galaxy_id", "control_split"]].assign(length_scaled_predicted=control)
    _save(predictions, results, "control/predictions.csv")
    ellipses = Path(results("rivals/ellipse/hoyle.csv"))
    ellipses.parent.mkdir(parents=True)
    pixels = hoyle["true"] / scaled_from_pixels(1.0)
    write_ellipses(ellipses, hoyle["galaxy_id"], 0.8 * pixels.to_numpy())
    inputs = paths, catalogue, chosen, results("control/predictions.csv"), calibrated, networks
    moments = write_moments(ellipses.parent, hoyle["galaxy_id"], pixels.to_numpy())
    choose_for_images.main(
        *(moments[0], catalogue, results("moments_val.csv"), moments[1]),
        resampling=RESAMPLING,
        min_measured_share=0.8,
    )
    external = results("other_work.csv")
    write_external(external, hoyle["galaxy_id"], hoyle["length_avg"], hoyle["length_scaled"])
    inputs += ellipses, moments, [external]
    against_catalogue = ("scores.csv", "score_differences.csv", "dilution.csv")
    against_catalogue += ("barlength_correlations_test.csv",)
    settings = {"cosmology": cosmology, "resampling": RESAMPLING}
    score_estimators.main(inputs, *(results(name) for name in against_catalogue), **settings)
    truth = {
        "galaxy_id": hoyle["galaxy_id"],
        "bar_length_kpc_h": hoyle["true"] * hoyle["length_avg"] / hoyle["length_scaled"],
        "length_scaled_true": hoyle["true"],
        "position_angle": np.rad2deg(hoyle["angle"]) % 180,
    }
    _save(pd.DataFrame(truth), results, "survey/truth.csv")
    against_truth = ("survey/truth.csv", "scores_truth.csv", "dilution_truth.csv")
    against_truth += ("correlations_truth.csv",)
    score_truth.main(inputs, *(results(name) for name in against_truth), **settings)
    _save(all_checks(MODELS), results, "heatmap_checks.csv")


def _write_class_heatmaps(results, name, galaxies, columns):
    """Class heat maps of some galaxies: Class3.1, 5.3, 11.3, or smooth and features."""
    rng = np.random.default_rng(3)
    folder = results.folder / "data"
    images = [
        centre_crop(read_canvas(folder / path, SIDE, SIDE, CROP), SIDE, SIDE)
        for path in galaxies["image"]
    ]
    maps = [
        [_bar_map(0.3 * column + row, rng) for column in range(columns)]
        for row in range(len(images))
    ]
    write_class_heatmaps(
        results(f"ensemble/run1/class_heatmaps/{name}.h5"),
        galaxies["galaxy_id"].to_numpy(),
        np.reshape(images, (len(images), SIDE, SIDE, 3)).astype(np.uint8),
        np.reshape(maps, (len(images), columns, SIDE, SIDE)) / 1.3,
        ("Class3.1", "Class5.3", "Class11.3")[:columns]
        if name == "hoyle"
        else ("Class1.1", "Class1.2"),
        {"crop": CROP, "scale": pixel_scale(SIDE, CROP)},
    )


def write_hoyle_maps(results, selected):
    """Class heat maps of the galaxies selected from the catalogue."""
    _write_class_heatmaps(results, "hoyle", selected, 3)


def write_misclassified_maps(results, selected):
    """Class heat maps of the misclassified galaxies, on images of the catalogue."""
    galaxies = selected.assign(
        image=[f"images_gz2/images/{number % 8}.jpg" for number in range(len(selected))]
    )
    _write_class_heatmaps(results, "training", galaxies, 2)


def select_everything(results):
    """Find the misclassified galaxies, select the galaxies shown, write their class heat maps."""
    find_misclassified.main(
        results("catalogues/training.csv"),
        results("ensemble/run1/predictions_train.csv"),
        results("misclassified.csv"),
        results("misclassified_share.csv"),
        margin=0.2,
        split="validation",
    )
    choose_bar_thresholds.main(
        [results("ensemble/run1/predictions_train.csv")],
        *(results(name) for name in ("catalogues/training.csv", "bar_thresholds.json")),
        results("bar_detection.csv"),
    )
    tables = {"hoyle": "barlengths_hoyle.csv", "training": "misclassified.csv"}
    for (name, table), rule in zip(tables.items(), ("quantiles", "misclassified"), strict=True):
        selected = results(f"figures/selected_{name}.csv")
        select_galaxies.main(
            *(results(table), results(f"catalogues/{name}.csv"), selected),
            galaxies=[],
            number={"hoyle": 5, "training": 4}[name],
            rule=rule,
        )
    lengths, truth = results("barlengths_hoyle.csv"), [results("survey/truth.csv")]
    select_examples.main(lengths, truth, results("figures/examples.csv"), quantiles=[0.1, 0.5, 0.9])
    write_hoyle_maps(results, pd.read_csv(results("figures/selected_hoyle.csv")))
    write_misclassified_maps(results, pd.read_csv(results("figures/selected_training.csv")))


def heatmap_paths(results):
    """Return the heat maps of the first run, of all networks and noises."""
    return [
        results(f"{model}/run1/heatmaps/hoyle/noise{noise:g}.h5")
        for model in MODELS
        for noise in NOISES
    ]


def bar_inputs(results):
    """Return the inputs of the figures of isolated bars."""
    names = "figures/selected_hoyle.csv", "barlengths_hoyle.csv", "leading_setting.json"
    return (*(results(name) for name in names), heatmap_paths(results))


def example_inputs(results):
    """Return the inputs of the figure of galaxies measured well and badly."""
    return results("figures/examples.csv"), *bar_inputs(results)[1:]


def curve_inputs(results):
    """Return the inputs of the learning curves."""
    logs = [results(f"{model}/run{run}/training_log.csv") for model in MODELS for run in (1, 2)]
    return logs, results("control/run1/training_log.csv"), results("prediction_scores.csv")


def class_inputs(results):
    """Return the inputs of the class heat maps."""
    names = (
        "ensemble/run1/class_heatmaps/hoyle.h5",
        "figures/selected_hoyle.csv",
        "catalogues/hoyle.csv",
    )
    return tuple(results(name) for name in names)
