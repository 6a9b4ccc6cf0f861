"""How the heat maps of a network are computed: samples per pass, and precision.

Both are decided once per network, by a short job of its own, before any map: so that the maps of
all shards are made alike, whatever the nodes they run on.
"""

import logging
import os
import subprocess

import numpy as np
import tensorflow as tf

from galbar.jobs.devices import has_gpu

__all__ = ["bytes_per_sample", "choose_batch_size", "compare_maps", "device_memory", "judge"]

logger = logging.getLogger(__name__)

# Beyond it a GPU is busy; a processor's caches are long too small.
_MOST = {"GPU": 128, "CPU": 16}
# Share of the memory for one pass: the rest is for weights, workspaces of convolutions and others.
_SHARE = 0.5
# Forward values of each layer are kept for the backward pass, which holds about as much again.
_COPIES = 2
MIN_CORRELATION = 0.999
MAX_LENGTH_CHANGE = 1.0
"""Largest change of a length [pixel of the 424 px image] at which bfloat16 is used."""


def device_memory(job_mb):
    """Memory that heat maps may use, and on what.

    Parameters
    ----------
    job_mb : float
        Memory of the job [MB].

    Returns
    -------
    kind : {"GPU", "CPU"}
    bytes : int
        Of the smallest GPU that the job was given; without one, of the job, at most that of the
        machine.

    Raises
    ------
    RuntimeError
        If there is a GPU, but nvidia-smi does not tell its memory.
    """
    if has_gpu():
        return "GPU", min(_gpu_memories())
    return "CPU", min(int(job_mb * 1e6), os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))


def _gpu_memories():
    """Ask nvidia-smi, as TensorFlow has no way to that would not take the memory [byte]."""
    command = ["nvidia-smi", "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    if given:
        command.append(f"--id={given}")
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return [int(line) * 2**20 for line in done.stdout.split()]
    except (OSError, subprocess.CalledProcessError, ValueError) as error:
        raise RuntimeError(
            f"heatmaps.batch_size is auto, but {' '.join(command)} does not tell the memory of the "
            f"GPU ({error}): set heatmaps.batch_size to a number, 16 say"
        ) from error


def bytes_per_sample(network):
    """Estimate the memory that one sample takes in a forward and a backward pass.

    Parameters
    ----------
    network : keras.Model
        Of fixed input shape, computing in float32.

    Returns
    -------
    int
        [byte] The outputs of all layers, twice.
    """
    values = 0
    for operation in network.operations:
        shapes = [output.shape[1:] for output in tf.nest.flatten(operation.output)]
        values += sum(int(np.prod(shape)) for shape in shapes)
    return 4 * _COPIES * values


def choose_batch_size(network, samples, group, kind, memory, whole_groups=False):
    """Choose how many samples go through the network at once.

    Parameters
    ----------
    network : keras.Model
        See `bytes_per_sample`.
    samples : int
        ``heatmaps.smooth_samples``: more are never needed.
    group : int
        The batch is a multiple of it wherever that fits.
    kind : {"GPU", "CPU"}
    memory : int
        [byte]
    whole_groups : bool
        Whether a part of a group is of no use.

    Returns
    -------
    int
        A power of two times the group, or a power of two below it; 1 at the least.

    Raises
    ------
    ValueError
        If whole groups are wanted, and one does not fit.
    """
    needed = bytes_per_sample(network)
    most = min(_MOST[kind], samples, int(_SHARE * memory // needed))
    if whole_groups and most < group:
        raise ValueError(
            f"heatmaps.batch_size is auto: {group} samples of {needed / 1e6:.0f} MB, the least "
            f"with heatmaps.watched_lengths, do not fit into half of the {kind}'s "
            f"{memory / 1e6:.0f} MB"
        )
    size = group
    while size > max(most, 1):
        size //= 2
    while 2 * size <= most:
        size *= 2
    return max(size, 1)


def compare_maps(exact, fast, measure):
    """Compare the maps of one galaxy in two precisions.

    Parameters
    ----------
    exact, fast : dict of ndarray, shape (ny, nx)
        Kind -> map.
    measure : callable
        Of such a dict; returns lengths [pixel of the 424 px image], NaN where unmeasurable.

    Returns
    -------
    dict
        ``correlation``: the least of all kinds; ``length_change``: the largest of all settings
        [pixel of the 424 px image], infinite where a length can be measured in one only. NaN, as
        a map that is not finite or flat gives, agrees with nothing.
    """
    with np.errstate(invalid="ignore"):
        correlations = [
            np.corrcoef(exact[kind].ravel(), fast[kind].ravel())[0, 1] for kind in exact
        ]
    lengths = [measure(maps) for maps in (exact, fast)]
    one, other = (np.isfinite(length) for length in lengths)
    change = np.where(
        one & other, np.abs(lengths[0] - lengths[1]), np.where(one ^ other, np.inf, 0)
    )
    return {
        "correlation": float(np.min(correlations)),
        "length_change": float(change.max(initial=0)),
    }


def judge(checks):
    """Whether bfloat16 may be used, by what `compare_maps` found.

    Parameters
    ----------
    checks : list of dict
        One per galaxy and level of noise.

    Returns
    -------
    bool
        Logged, with the reason.
    """
    # numpy's, which pass NaN on, and comparisons that NaN does not pass.
    correlation = np.min([check["correlation"] for check in checks] or [np.nan])
    change = np.max([check["length_change"] for check in checks] or [np.nan])
    good = correlation >= MIN_CORRELATION and change < MAX_LENGTH_CHANGE
    logger.log(
        logging.INFO if good else logging.WARNING,
        "bfloat16 against float32 on %d maps: correlation %.5f (at least %g), length changes by "
        "%.2f px (below %g): %s",
        *(len(checks), correlation, MIN_CORRELATION, change, MAX_LENGTH_CHANGE),
        "bfloat16 is used" if good else "float32 is used instead",
    )
    return bool(good)
