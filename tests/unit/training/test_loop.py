import json
import math

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

import train_control
import train_model
from galbar import __version__
from galbar.catalogues.decision_tree import VOTE_COLUMNS
from galbar.io.decoded_images import DecodedImages, write_decoded_images
from galbar.io.images import centre_crop, load_canvas
from galbar.networks.build import build_network
from galbar.training.augmentation import Augmentation
from galbar.training.epoch_log import LOG_COLUMNS
from galbar.training.input_pipeline import Canvases, plain_batches
from galbar.training.loop import TrainingSettings, read_settings, train_network, training_seed
from galbar.training.schedules import StepRate, rate_factor
from tests.helpers.galaxy_files import decode, ids_of, votes_table, write_images
from tests.helpers.small_training import NETWORK

SIZE = {"height": 32, "width": 32, "crop": 0.5}
AUGMENTATION = Augmentation(360, "reflect", True, True, 0.1, 0.1, (0.9, 1.1))
SETTINGS = TrainingSettings(
    epochs=6,
    batch_size=8,
    learning_rate=0.01,
    decay=0.0,
    schedule="constant",
    reduce_lr={"factor": 0.5, "patience": 5},
    early_stopping={"patience": 10},
    xla=True,
)
JOB = {"image": SIZE, "threads": 1, "memory_mb": 1000}


@pytest.fixture(scope="module")
def galaxies(tmp_path_factory):
    """Folder with 32 images, their names, and how red they are."""
    folder = tmp_path_factory.mktemp("data")
    names, red = write_images(folder, 32, seed=2)
    return folder, names, red


@pytest.fixture(scope="module")
def decoded(galaxies):
    folder, names, _ = galaxies
    return decode(folder, names, folder / "training.h5", **SIZE)


@pytest.fixture(scope="module")
def canvases(galaxies, decoded):
    return Canvases(DecodedImages(decoded, ids_of(galaxies[1]), **SIZE))


def train(canvases, targets, folder, *, seed=1, **changes):
    """Train a small network to tell how red a galaxy is; every fourth galaxy is held out."""
    network = build_network(
        height=32,
        width_px=32,
        outputs=1,
        seed=seed,
        **{key: NETWORK[key] for key in ("architecture", "cut", "width", "normalisation")},
        batch_norm_momentum=0.8,
        output_mean=0.5,
    )
    held_out = np.arange(len(canvases)) % 4 == 0
    summary = train_network(
        network,
        canvases,
        np.reshape(targets, (-1, 1)),
        np.flatnonzero(~held_out),
        np.flatnonzero(held_out),
        AUGMENTATION,
        SETTINGS._replace(**changes),
        seed=seed,
        log_path=folder / "log.csv",
    )
    return network, summary


@pytest.fixture(scope="module")
def trained(canvases, galaxies, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    return *train(canvases, galaxies[2], folder), folder


def test_network_learns(trained, galaxies):
    _, summary, _ = trained
    red = galaxies[2]
    held_out = np.arange(32) % 4 == 0
    error_of_mean = np.sqrt(np.mean((red[held_out] - red[~held_out].mean()) ** 2))
    assert summary["rmse_of_mean"] == pytest.approx(error_of_mean, rel=1e-5)
    assert summary["val_rmse"] < 0.7 * error_of_mean
    assert summary["collapsed"] is False
    assert summary["epochs_run"] == 6
    assert summary["seconds_per_epoch"] > 0
    assert summary["xla"] is bool(tf.config.list_physical_devices("GPU"))
    json.dumps(summary, allow_nan=False)


def test_log_has_a_row_per_epoch(trained):
    _, summary, folder = trained
    log = pd.read_csv(folder / "log.csv")
    assert tuple(log.columns) == LOG_COLUMNS
    assert log["epoch"].tolist() == list(range(6))
    assert np.isfinite(log).all(axis=None)
    np.testing.assert_allclose(log["root_mean_squared_error"] ** 2, log["loss"], rtol=1e-4)
    best = log.loc[log["val_loss"].idxmin()]
    assert summary["best_epoch"] == best["epoch"]
    assert summary["val_rmse"] == pytest.approx(best["val_root_mean_squared_error"])


def test_best_weights_are_kept(trained, canvases, galaxies):
    network, summary, _ = trained
    held_out = np.flatnonzero(np.arange(32) % 4 == 0)
    images = next(iter(plain_batches(canvases, held_out, batch_size=8)))
    found = network.predict_on_batch(images)[:, 0]
    error = np.sqrt(np.mean((found - galaxies[2][held_out]) ** 2))
    assert error == pytest.approx(summary["val_rmse"], rel=1e-4)


def test_best_weights_are_kept_where_training_gets_worse(canvases, galaxies, tmp_path):
    held_out = np.flatnonzero(np.arange(32) % 4 == 0)
    red = galaxies[2].copy()
    # What is learned is wrong for the galaxies held out.
    red[held_out] = 1 - red[held_out]
    network, _ = train(canvases, red, tmp_path, learning_rate=0.02, epochs=6)
    log = pd.read_csv(tmp_path / "log.csv")
    assert log["val_loss"].iloc[-1] > 1.2 * log["val_loss"].min()
    images = next(iter(plain_batches(canvases, held_out, batch_size=8)))
    error = np.mean((network.predict_on_batch(images)[:, 0] - red[held_out]) ** 2)
    assert error == pytest.approx(log["val_loss"].min(), rel=1e-4)


def test_same_seed_same_bits(trained, canvases, galaxies, tmp_path):
    tf.config.experimental.enable_op_determinism()
    first, _ = train(canvases, galaxies[2], tmp_path, epochs=2)
    second, _ = train(canvases, galaxies[2], tmp_path, epochs=2)
    for one, other in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    third, _ = train(canvases, galaxies[2], tmp_path, epochs=2, seed=2)
    assert not np.array_equal(first.get_weights()[0], third.get_weights()[0])


def test_collapse_is_flagged(canvases, tmp_path, caplog):
    noise = np.random.default_rng(8).random(32)
    _, summary = train(canvases, noise, tmp_path, learning_rate=1e-6, epochs=1)
    assert summary["collapsed"] is True
    assert "collapsed: validation RMSE" in caplog.text


def test_diverged_training_is_a_collapse(canvases, galaxies, tmp_path):
    _, summary = train(canvases, galaxies[2], tmp_path, learning_rate=math.nan, epochs=1)
    assert summary["val_rmse"] is None
    assert summary["collapsed"] is True


def test_training_stops_early(canvases, galaxies, tmp_path):
    _, summary = train(
        canvases,
        galaxies[2],
        tmp_path,
        learning_rate=0.0,
        epochs=30,
        early_stopping={"patience": 2},
    )
    # The normalisations' averages still settle, and the validation loss with them.
    assert summary["epochs_run"] == summary["best_epoch"] + 3 < 30


def test_rate_falls_by_decay_and_on_a_plateau(canvases, galaxies, tmp_path):
    train(
        canvases,
        np.full(32, 1e3),  # out of reach: nothing ever improves by much
        tmp_path,
        schedule="plateau",
        decay=0.5,
        epochs=3,
        learning_rate=1e-6,
        reduce_lr={"factor": 0.1, "patience": 1},
    )
    rates = pd.read_csv(tmp_path / "log.csv")["learning_rate"]
    # 3 steps per epoch, and the rate of an epoch's last step.
    factors = [1.0, 1.0, 0.1]
    wanted = [
        1e-6 * factor / (1 + 0.5 * step) for factor, step in zip(factors, (2, 5, 8), strict=True)
    ]
    np.testing.assert_allclose(rates, wanted, rtol=1e-4)


def test_decay_is_that_of_keras_2():
    assert rate_factor("plateau", 2000, decay=0.0005, steps=1) == pytest.approx(0.5)
    assert rate_factor("constant", 2000, decay=0.0005, steps=1) == 1
    cosine = [rate_factor("cosine", step, decay=0, steps=100) for step in (0, 50, 100, 150)]
    assert cosine == pytest.approx([1, 0.5, 0, 0])
    with pytest.raises(ValueError, match="schedule is 'step', expected one of plateau, cosine"):
        StepRate("step", decay=0, steps=1)


def test_cosine_reaches_zero(canvases, galaxies, tmp_path):
    train(canvases, galaxies[2], tmp_path, schedule="cosine", epochs=2)
    rates = pd.read_csv(tmp_path / "log.csv")["learning_rate"]
    wanted = [0.005 * (1 + math.cos(math.pi * step / 6)) for step in (2, 5)]
    np.testing.assert_allclose(rates, wanted, rtol=1e-4)


def test_seeds_of_trainings_differ():
    keys = [(42, 1, "vgg16"), (42, 2, "vgg16"), (43, 1, "vgg16"), (42, 1, "vgg17")]
    seeds = [training_seed(*key) for key in keys]
    assert len(set(seeds)) == 4
    assert seeds == [training_seed(*key) for key in keys]


def test_settings_are_picked_from_a_section():
    section = {**SETTINGS._asdict(), "runs": 2, "recipe": 1}
    assert read_settings(TrainingSettings, section, epochs=3) == SETTINGS._replace(epochs=3)
    del section["decay"]
    with pytest.raises(ValueError, match="settings lack decay; found batch_size"):
        read_settings(TrainingSettings, section)


def test_targets_that_cannot_be_learned_are_refused(canvases, galaxies, tmp_path):
    broken = galaxies[2].copy()
    broken[5] = np.nan
    with pytest.raises(ValueError, match="1 targets are not finite, the first in row 5"):
        train(canvases, broken, tmp_path)
    with pytest.raises(ValueError, match="31 targets for 32 images"):
        train(canvases, broken[1:], tmp_path)


@pytest.fixture
def outputs(tmp_path):
    names = ("model.keras", "training_log.csv", "training_summary.json")
    return [tmp_path / "out" / name for name in names]


def settings(**changes):
    return {
        "seed": 42,
        "network": {**NETWORK, **changes},
        "weights": None,
        "augmentation": {**AUGMENTATION._asdict(), "validation_split": 0.25},
        "training": {**SETTINGS._asdict(), "epochs": 2},
    }


def test_train_model(galaxies, decoded, outputs, tmp_path):
    _, names, red = galaxies
    votes_table(names, red).to_csv(tmp_path / "training.csv", index=False)
    train_model.main(
        tmp_path / "training.csv",
        decoded,
        *outputs,
        **JOB,
        name="small",
        run=2,
        **settings(learning_rate=0.002),
    )
    network = keras.models.load_model(outputs[0])
    assert network.output_shape == (None, len(VOTE_COLUMNS))
    summary = json.loads(outputs[2].read_text())
    assert summary["model"] == "small"
    assert summary["galbar"] == __version__
    assert summary["run"] == 2
    assert summary["seed"] == training_seed(42, 2, "small")
    assert (summary["architecture"], summary["cut"], summary["width"]) == (
        "vgg16",
        "block1_pool",
        0.125,
    )
    assert summary["parameters"] == network.count_params()
    assert pd.read_csv(outputs[1])["learning_rate"].tolist() == pytest.approx([0.002, 0.002])


def test_train_control(galaxies, outputs, tmp_path):
    folder, names, red = galaxies
    catalogue = votes_table(names, red)[["galaxy_id", "image"]]
    # Ids that no float can hold.
    catalogue["galaxy_id"] += 587722981736120000
    decoded = tmp_path / "hoyle.h5"
    paths = [folder / name for name in names]
    write_decoded_images(decoded, catalogue["galaxy_id"], paths, **SIZE, threads=1)
    catalogue["length_scaled"] = 0.5 + 1.5 * red
    catalogue["control_split"] = np.where(np.arange(32) < 24, "train", "test")
    path = tmp_path / "predictions.csv"

    def train(table):
        table.to_csv(tmp_path / "hoyle.csv", index=False)
        train_control.main(tmp_path / "hoyle.csv", decoded, *outputs, path, **JOB, **settings())
        return pd.read_csv(path, dtype={"galaxy_id": np.int64})

    found = train(catalogue)
    assert list(found.columns) == ["galaxy_id", "length_scaled_predicted", "control_split"]
    assert found["galaxy_id"].tolist() == catalogue["galaxy_id"].tolist()
    assert found["length_scaled_predicted"].max() > 1
    # Each prediction stands beside the galaxy of its image.
    network = keras.models.load_model(outputs[0])
    for row in (0, 13, 31):
        image = centre_crop(load_canvas(folder / names[row], **SIZE), 32, 32)
        alone = network.predict_on_batch(image[np.newaxis])
        assert found["length_scaled_predicted"][row] == pytest.approx(alone.item(), rel=1e-4)
    # Test galaxies are not seen: their lengths change nothing.
    catalogue.loc[catalogue["control_split"] == "test", "length_scaled"] = 99.0
    pd.testing.assert_frame_equal(train(catalogue), found)
