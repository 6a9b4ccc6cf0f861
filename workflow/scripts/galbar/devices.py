"""The devices that TensorFlow uses, set once at the top of a job."""

import logging
import platform

import keras
import numpy as np
import tensorflow as tf

__all__ = ["configure_devices", "describe_devices", "has_gpu", "software_versions"]

logger = logging.getLogger(__name__)


def configure_devices(threads, *, deterministic=False):
    """Limit the threads, let GPUs share their memory, log what there is.

    Parameters
    ----------
    threads : int
        Threads for the operations; one operation at a time runs beside the input pipeline.
    deterministic : bool, default False
        Whether every operation must give the same bits each time (of training: without it, sums
        on several threads or on a GPU differ from run to run). It stays on for the process.

    Returns
    -------
    str
        The devices, in words.
    """
    try:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(min(2, threads))
        for device in tf.config.list_physical_devices("GPU"):
            tf.config.experimental.set_memory_growth(device, True)
    except RuntimeError as error:
        # TensorFlow has run already, in this process: its settings stand.
        logger.warning("device settings left as they are: %s", error)
    if deterministic:
        tf.config.experimental.enable_op_determinism()
    devices = describe_devices()
    versions = ", ".join(f"{name} {version}" for name, version in software_versions().items())
    logger.info("running on %s with %d threads; %s", devices, threads, versions)
    return devices


def has_gpu():
    """Whether TensorFlow sees a GPU."""
    return bool(tf.config.list_physical_devices("GPU"))


def describe_devices():
    """Name the GPUs, or the processor."""
    names = [
        tf.config.experimental.get_device_details(device).get("device_name", "GPU")
        for device in tf.config.list_physical_devices("GPU")
    ]
    return ", ".join(names) or f"CPU ({platform.machine()})"


def software_versions():
    """Versions that a network depends on, for summaries."""
    return {
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
    }
