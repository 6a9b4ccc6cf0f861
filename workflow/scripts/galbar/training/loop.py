"""Training of a network: one loop for the vote networks and for the control.

Differs from the released code, on purpose, in that validation images are not augmented and the
best epoch's weights are the ones that are kept.
"""

import logging
import math
from typing import NamedTuple

import keras
import numpy as np

from galbar import __version__
from galbar.io.atomic import atomic_write, write_json
from galbar.jobs.devices import describe_devices, has_gpu, software_versions
from galbar.networks.build import NETWORK_KEYS, build_configured, output_stride
from galbar.training.augmentation import Augmentation
from galbar.training.checkpoint import TrainingState, definition_digest
from galbar.training.epoch_log import EpochLog
from galbar.training.input_pipeline import plain_batches, training_batches
from galbar.training.schedules import StepRate
from galbar.training.vote_scores import is_collapsed, rmse

logger = logging.getLogger(__name__)


class TrainingSettings(NamedTuple):
    """How a network is trained, named as in the configuration.

    ``learning_rate`` is Adam's at the first step, ``schedule`` one of
    `galbar.training.schedules.SCHEDULES`; "plateau" alone has ``decay`` and ``reduce_lr`` (a
    ``factor`` after ``patience`` epochs without progress, as ``early_stopping`` has). ``xla``:
    compile by XLA where there is a GPU (on a CPU it is up to five times slower).
    """

    epochs: int
    batch_size: int
    learning_rate: float
    decay: float
    schedule: str
    reduce_lr: dict
    early_stopping: dict
    xla: bool


def training_seed(seed, run, name):
    """Return the seed, below 2**32, of one training; other runs and models get other seeds."""
    return int(np.random.SeedSequence([seed, run, *name.encode()]).generate_state(1)[0])


def train_network(
    network,
    canvases,
    targets,
    trained,
    held_out,
    augmentation,
    settings,
    *,
    seed,
    log_path,
    state=None,
):
    """Train a network and leave it with the weights of the lowest validation loss.

    ``network`` is not compiled yet; ``seed`` is of `training_seed`; for data and log see
    `train_configured`. Each epoch is stored in ``state``, and taken up from there; None: nowhere.
    Returns what ``training_summary.json`` holds about the training; ValueError if there is nothing
    to train or to validate on, or a target is not finite.
    """
    targets = np.asarray(targets, dtype=np.float32)
    _check_targets(targets, trained, held_out, len(canvases))
    size = settings.batch_size
    steps = math.ceil(len(trained) / size)
    compiled = _compile(network, settings)
    log = EpochLog(log_path, steps=steps, epochs=settings.epochs, images=len(trained))
    callbacks = _callbacks(settings, log, steps)
    message = "training on %d galaxies, validating on %d; batches of %d"
    logger.info(message, len(trained), len(held_out), size)
    first, last = 0, settings.epochs
    if state is not None:
        state.restore(network, callbacks, log)
        callbacks.append(state)
        first, last = state.epoch, state.epoch if state.stopped else settings.epochs
    network.fit(
        training_batches(
            canvases,
            trained,
            targets[trained],
            augmentation,
            batch_size=size,
            seed=seed,
            first_epoch=first,
        ),
        validation_data=plain_batches(canvases, held_out, targets[held_out], batch_size=size),
        steps_per_epoch=steps,
        initial_epoch=first,
        epochs=last,
        callbacks=callbacks,
        shuffle=False,
        verbose=0,
    )
    mean = targets[trained].mean(axis=0)
    run_settings = {"seed": seed, "xla": compiled}
    return _summary(network, log, rmse(mean, targets[held_out]), run_settings)


def _compile(network, settings):
    """Compile a network; return whether XLA is used."""
    compiled = settings.xla and has_gpu()
    if settings.xla and not compiled:
        logger.info("not compiled by XLA: it is slower than TensorFlow's own on a CPU")
    network.compile(
        optimizer=keras.optimizers.Adam(settings.learning_rate),
        loss="mean_squared_error",
        metrics=[keras.metrics.RootMeanSquaredError(name="root_mean_squared_error")],
        jit_compile=compiled,
    )
    return compiled


def train_configured(
    canvases,
    targets,
    trained,
    held_out,
    *,
    activation,
    name,
    run,
    seed,
    network,
    weights,
    augmentation,
    training,
    log_path,
    ownership=None,
):
    """Build and train the network that the configuration describes.

    Parameters
    ----------
    canvases : galbar.training.input_pipeline.Canvases, of n images
    targets : ndarray, shape (n, outputs), float, what the network shall give
    trained, held_out : ndarray of int, rows to train on and to validate on
    activation, name : str, of the outputs; of the model
    run : int, number of the independent training
    seed : int, the configuration's; everything random follows from it, ``run`` and ``name``
    network, augmentation, training : dict
        Sections of the configuration. ``learning_rate`` of the network, if it is there and not
        null, wins over that of the training.
    weights : str, Path or None
        File of initial weights; None: what ``network["weights"]`` says, "random" or a directory.
    log_path : str or Path
        CSV with the columns `galbar.training.epoch_log.LOG_COLUMNS`, written anew after every
        epoch. ``learning_rate`` is that of the epoch's last step.
    ownership : galbar.jobs.takeover.OutputOwnership, optional
        On the network's file: the training is stored after each epoch beside it, and goes on from
        there if it was cut off. None: not stored.

    Returns
    -------
    network : keras.Model, with the weights of its best epoch
    summary : dict, content of ``training_summary.json``
    """
    if weights is None and network["weights"] != "random":
        weights = network["weights"]
    targets = np.asarray(targets, dtype=np.float32)
    key = training_seed(seed, run, name)
    model = build_configured(
        network,
        height=canvases.height,
        width_px=canvases.width,
        outputs=targets.shape[1],
        activation=activation,
        weights=weights,
        output_mean=targets[trained].mean(axis=0),
        seed=key,
    )
    own_rate = network.get("learning_rate")
    changes = {} if own_rate is None else {"learning_rate": own_rate}
    settings = [network, augmentation, training, str(weights), activation, key]
    settings += [canvases.galaxy_ids.tolist(), canvases.height, canvases.width, canvases.crop]
    settings.append(canvases.digest())
    definition = definition_digest(settings, targets, trained, held_out)
    training_summary = train_network(
        model,
        canvases,
        targets,
        trained,
        held_out,
        read_settings(Augmentation, augmentation),
        read_settings(TrainingSettings, training, **changes),
        seed=key,
        log_path=log_path,
        state=None if ownership is None else TrainingState(ownership, definition),
    )
    described = {key: network.get(key) for key in (*NETWORK_KEYS, "weights")}
    return model, {"model": name, "run": run, **described, **training_summary}


def save_training(network, summary, network_path, summary_path):
    """Write a network as a ``.keras`` file and the summary of its training, atomically."""
    with atomic_write(network_path) as temporary:
        network.save(temporary)
    write_json(summary, summary_path)


def _check_targets(targets, trained, held_out, count):
    """Raise ValueError if a training has no images, too few, or targets that are not finite."""
    if len(targets) != count:
        raise ValueError(f"{len(targets)} targets for {count} images")
    for rows, purpose in ((trained, "train"), (held_out, "validate")):
        if not len(rows):
            raise ValueError(f"no galaxies to {purpose} on, of {count}")
        broken = [row for row in rows if not np.isfinite(targets[row]).all()]
        if broken:
            raise ValueError(f"{len(broken)} targets are not finite, the first in row {broken[0]}")


def _callbacks(settings, log, steps):
    """List the callbacks; `StepRate` restores the rate before ReduceLROnPlateau reads it."""
    log.rate = StepRate(settings.schedule, decay=settings.decay, steps=steps * settings.epochs)
    callbacks = [log.rate]
    if settings.schedule == "plateau":
        callbacks.append(
            keras.callbacks.ReduceLROnPlateau(
                factor=settings.reduce_lr["factor"], patience=settings.reduce_lr["patience"]
            )
        )
    return [
        *callbacks,
        # Last of the three that act: at the end it puts the best weights back.
        keras.callbacks.EarlyStopping(
            patience=settings.early_stopping["patience"], restore_best_weights=True
        ),
        log,
    ]


def _summary(network, log, error_of_mean, how):
    """Summarise a training for readers of its results."""
    losses = [row["val_loss"] for row in log.rows]
    finite = [loss if math.isfinite(loss) else math.inf for loss in losses]
    best = log.rows[int(np.argmin(finite))]
    error = best["val_root_mean_squared_error"]
    collapsed = is_collapsed(error, error_of_mean)
    if collapsed:
        logger.warning(
            "collapsed: validation RMSE %.5f, and %.5f for the mean alone", error, error_of_mean
        )
    return {
        "parameters": network.count_params(),
        "output_stride": output_stride(network),
        "best_epoch": int(best["epoch"]),
        "epochs_run": len(log.rows),
        "val_rmse": error if math.isfinite(error) else None,
        "rmse_of_mean": error_of_mean,
        "collapsed": collapsed,
        "seconds_per_epoch": float(np.median(log.seconds)),
        **how,
        "device": describe_devices(),
        "galbar": __version__,
        "versions": software_versions(),
    }


def read_settings(kind, section, **changes):
    """Read settings of a ``kind`` (NamedTuple) from a section; ``changes`` replace its values."""
    values = {**section, **changes}
    missing = [name for name in kind._fields if name not in values]
    if missing:
        raise ValueError(f"settings lack {', '.join(missing)}; found {', '.join(sorted(values))}")
    return kind(**{name: values[name] for name in kind._fields})
