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

__all__ = [
    "check_gpu",
    "configure_devices",
    "describe_devices",
    "has_gpu",
    "requested_gpus",
    "software_versions",
]

logger = logging.getLogger(__name__)

# Locks of the GPUs that this process has taken; open as long as it lives.
_locks = []


def requested_gpus(resources):
    """Count the GPUs that a job has asked for.

    Parameters
    ----------
    resources : mapping of str to object
        The job's resources: ``gpu`` (a number), or ``gres`` as sbatch takes it ("gpu:2",
        "gpu:a100:2", also among others: "gpu:2,nvme:100").

    Returns
    -------
    int
        1 or more: a job that asks for none uses one where there is one.
    """
    counts = [1, int(resources.get("gpu") or 0)]
    for part in str(resources.get("gres") or "").strip("'\"").split(","):
        name, *fields = part.split("(")[0].split(":")
        if name.strip().removeprefix("gres/") == "gpu":
            counts.append(int(fields[-1]) if fields and fields[-1].isdecimal() else 1)
    return max(counts)


def check_gpu(without_gpu, gpus=1):
    """See whether there are the GPUs that a job needs, and what is to be done if not.

    Parameters
    ----------
    without_gpu : {"cpu", "fail"}
        ``devices.without_gpu`` of the configuration.
    gpus : int, default 1
        GPUs that the job has asked for (`requested_gpus`).

    Raises
    ------
    RuntimeError
        If TensorFlow sees no GPU and ``without_gpu`` is "fail": the published trainings would
        take days on a processor. If it sees some, but fewer than the job has asked for.
    """
    seen = len(tf.config.list_physical_devices("GPU"))
    if 0 < seen < gpus:
        visible = os.environ.get("CUDA_VISIBLE_DEVICES")
        raise RuntimeError(
            f"too few GPUs on {platform.node()}: found {seen} that TensorFlow can use "
            f"(CUDA_VISIBLE_DEVICES is {visible!r}), expected the {gpus} that this job has asked "
            "for. See that the site gives them to one task, or ask for fewer (resource gpu or "
            "gres of the rule)"
        )
    if seen:
        return
    if without_gpu == "fail":
        raise RuntimeError(_why_no_gpu())
    logger.warning("no GPU: this job runs on the processor, as devices.without_gpu allows")


def configure_devices(threads, *, deterministic=False, gpus=1):
    """Limit the threads and the GPUs, let GPUs share their memory, log what there is.

    Parameters
    ----------
    threads : int
        Threads for the operations; one operation at a time runs beside the input pipeline.
    deterministic : bool, default False
        Whether every operation must give the same bits each time (of training: without it, sums
        on several threads or on a GPU differ from run to run). It stays on for the process.
    gpus : int, default 1
        At most so many of the visible GPUs are used: those that no other job uses, if any.

    Returns
    -------
    str
        The devices, in words.
    """
    try:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(min(2, threads))
        used = _take_gpus(tf.config.list_physical_devices("GPU"), gpus)
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


def _take_gpus(devices, count):
    """Take GPUs that no other process of this user has taken, for as long as this one lives.

    A cluster shows a job its own GPUs only. On a workstation every job sees all of them, and would
    take the first.
    """
    if len(devices) <= count:
        return devices
    ordered = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = ordered.split(",") if ordered else [str(number) for number in range(len(devices))]
    free, others = [], []
    for name, device in zip(names, devices, strict=False):
        (free if len(free) < count and _take(name) else others).append(device)
    if len(free) < count:
        logger.warning("other jobs use the GPUs: this one shares %d of them", count - len(free))
    return (free + others)[:count]


def _take(name):
    """Lock a GPU; False if another process has."""
    path = Path(tempfile.gettempdir()) / f"galbar-{os.getuid()}-gpu-{name.strip()}.lock"
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return False
    # The system unlocks it when the process ends, however it ends.
    _locks.append(lock)
    return True


def _why_no_gpu():
    """Say what is known about a missing GPU, and what to do."""
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
    """Whether TensorFlow sees a GPU."""
    return bool(tf.config.list_physical_devices("GPU"))


def describe_devices():
    """Name the GPUs that this process uses, or the processor."""
    names = [
        tf.config.experimental.get_device_details(device).get("device_name", "GPU")
        for device in tf.config.get_visible_devices("GPU")
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
