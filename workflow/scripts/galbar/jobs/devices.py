"""The devices that TensorFlow uses, set once at the top of a job."""

import fcntl
import logging
import os
import platform
import tempfile
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from galbar.jobs.environment import recorded_settings

logger = logging.getLogger(__name__)

# Locks of the GPU that this process has taken; open as long as it lives.
_locks = []


def check_gpu(without_gpu):
    """Raise or warn if TensorFlow sees no GPU, as the configuration asks.

    Parameters
    ----------
    without_gpu : {"cpu", "fail"}
        ``devices.without_gpu`` of the configuration.

    Raises
    ------
    RuntimeError
        If there is none and ``without_gpu`` is "fail": the published trainings would take days on
        a CPU.
    """
    if has_gpu():
        return
    if without_gpu == "fail":
        raise RuntimeError(_why_no_gpu())
    logger.warning("no GPU: this job runs on the CPU, as devices.without_gpu allows")


def leave_gpus():
    """Use no GPU, in a job that needs none; before TensorFlow has begun to work."""
    tf.config.set_visible_devices([], "GPU")


def configure_devices(threads, *, deterministic=False):
    """Limit the threads, take one GPU, let jobs share its memory, log what there is.

    Of several GPUs that are visible, one is used that no other job uses, if there is one.

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
        used = _take_gpu(tf.config.list_physical_devices("GPU"))
        tf.config.set_visible_devices(used, "GPU")
        for device in used:
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


def _take_gpu(devices):
    """Take a GPU that no other process of this user has taken, for as long as this one lives.

    A cluster shows a job its own GPU only. On a workstation every job sees all of them, and would
    take the first.
    """
    if len(devices) < 2:
        return devices
    ordered = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = ordered.split(",") if ordered else [str(number) for number in range(len(devices))]
    for name, device in zip(names, devices, strict=False):
        if _take(name):
            return [device]
    logger.warning("other jobs use all %d GPUs: this one shares the first", len(devices))
    return devices[:1]


def _take(name):
    """Lock a GPU; return False if another process holds it."""
    path = Path(tempfile.gettempdir()) / f"galbar-{os.getuid()}-gpu-{name.strip()}.lock"
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return False
    except OSError as error:
        logger.warning("%s: no locks here (%s): jobs may share GPU %s", path, error, name)
    # The system unlocks it when the process ends, however it ends.
    _locks.append(lock)
    return True


def _why_no_gpu():
    """Explain why there is no GPU, and what to do."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if not tf.test.is_built_with_cuda():
        reason = "this TensorFlow is built without CUDA: install one that is (DEVICE=gpu)"
    elif visible in ("", "-1", "NoDevFiles"):
        reason = f"CUDA_VISIBLE_DEVICES is {visible!r}: the job was given none"
    else:
        reason = (
            f"CUDA_VISIBLE_DEVICES is {visible!r}; nvidia-smi on this node and the lines of "
            "TensorFlow above tell more"
        )
    return (
        f"no GPU on {platform.node()}: found none that TensorFlow can use, expected one. {reason}. "
        "To go on without one, set devices.without_gpu: cpu in the configuration"
    )


def has_gpu():
    """Return whether TensorFlow sees a GPU."""
    return bool(tf.config.list_physical_devices("GPU"))


def describe_devices():
    """Name the GPUs that this process uses, or the CPU."""
    names = [
        tf.config.experimental.get_device_details(device).get("device_name", "GPU")
        for device in tf.config.get_visible_devices("GPU")
    ]
    return ", ".join(names) or f"CPU ({platform.machine()})"


def software_versions():
    """Return what the last digits of a network depend on, for summaries: dict of str.

    Versions of packages and `galbar.jobs.environment.recorded_settings`.
    """
    return {
        **recorded_settings(),
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
    }
