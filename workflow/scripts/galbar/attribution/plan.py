"""How the heat maps of a network are computed: samples per pass, and precision.

Both are decided once per network, by a short job of its own, before any map: so that the maps of
all shards are made alike, whatever the nodes they run on.
"""

import json
import logging
import math
import os
import subprocess
from functools import partial
from pathlib import Path

import numpy as np
import tensorflow as tf

from galbar.attribution.compute import make_method
from galbar.attribution.half_sampling import group_size
from galbar.attribution.methods.map_sets import MapSet
from galbar.attribution.methods.registry import METHODS
from galbar.io.images import centre_crop, greyscale, load_canvas
from galbar.io.result_tables import read_result_table
from galbar.jobs.devices import describe_devices, has_gpu
from galbar.networks.linear_output import load_for_saliency

logger = logging.getLogger(__name__)

# Beyond it a GPU is busy; a CPU's caches are long too small.
_MOST = {"GPU": 128, "CPU": 16}
# Share of the memory for one pass: the rest is for weights, workspaces of convolutions and others.
_SHARE = 0.5
# Forward values of each layer are kept for the backward pass, which holds about as much again.
_COPIES = 2
MIN_CORRELATION = 0.999
MAX_LENGTH_CHANGE = 1.0
"""Largest change of a length [pixel of the 424 px image] at which bfloat16 is used."""


def with_plan(settings, plan):
    """Return settings with the planned precision and, where theirs is "auto", batch size.

    Parameters
    ----------
    settings : dict
    plan : str, Path or empty, file of a plan; empty where the configuration leaves nothing open

    Returns
    -------
    dict
    """
    if not plan:
        return settings
    planned = json.loads(Path(plan).read_text(encoding="utf-8"))
    if settings.get("batch_size") != "auto":
        # A plan of a bundle knows nothing of the batch size that a user has set.
        planned["batch_size"] = settings.get("batch_size")
    # Settings of a method that honours neither stay as they are.
    return settings | {key: value for key, value in planned.items() if key in settings}


def plan_heatmaps(
    model,
    catalogue,
    *,
    directory,
    image,
    votes,
    maps,
    settings,
    galaxies,
    measure,
    whole_groups,
    memory_mb,
):
    """Decide batch size and precision of the heat maps of one network.

    Parameters
    ----------
    model, catalogue, directory, image, votes : see `galbar.attribution.compute.compute_heatmaps`
    maps : sequence of str, all sets of heat maps, as in paths
    settings : dict, see `galbar.attribution.compute.make_method`; batch_size may be "auto"
    galaxies : int, how many of the catalogue are compared
    measure : callable of (maps, grey), the lengths that must agree, see `compare_maps`
    whole_groups : bool, see `choose_batch_size`
    memory_mb : float, memory of the job [MB]

    Returns
    -------
    plan, evidence : dict, batch_size and precision; what they were decided by
    """
    network, digest = load_for_saliency(model, shape=(image["height"], image["width"]), **votes)
    evidence = {"model_sha256": digest, "device": describe_devices(), "checks": []}
    if settings["batch_size"] == "auto":
        kind, memory = device_memory(memory_mb)
        group = group_size(settings["symmetries"], settings["antithetic"])
        samples = settings["smooth_samples"]
        chosen = choose_batch_size(network, samples, group, kind, memory, whole_groups)
        settings = {**settings, "batch_size": chosen}
        evidence["memory_mb"] = round(memory / 1e6)
    precision = settings["precision"]
    if precision != "float32":
        table = read_result_table(catalogue, columns=["galaxy_id", "image"], rows=galaxies)
        checks = _check_precision(network, maps, settings, table, directory, image, measure)
        precision = precision if accept_bfloat16(checks) else "float32"
        # JSON has no NaN and no infinity.
        evidence["checks"] = [
            {
                key: None if isinstance(value, float) and not math.isfinite(value) else value
                for key, value in check.items()
            }
            for check in checks
        ]
    return {"batch_size": settings["batch_size"], "precision": precision}, evidence


def _check_precision(network, maps, settings, table, directory, image, measure):
    """Compare the maps of a few galaxies in both precisions, for every set of heat maps."""
    checks = []
    shape = (image["height"], image["width"])
    for map_set in map(MapSet.parse, maps):
        record = METHODS[map_set.attribution]
        if "precision" not in record.settings:
            continue
        both = [
            make_method(network, map_set, record.select(settings | {"precision": precision}))
            for precision in ("float32", settings["precision"])
        ]
        for galaxy, name in zip(table["galaxy_id"], table["image"], strict=True):
            canvas = load_canvas(Path(directory) / name, **image)
            grey = greyscale(centre_crop(canvas, *shape))
            exact, fast = (method(canvas, galaxy) for method in both)
            check = compare_maps(exact, fast, partial(measure, grey=grey))
            checks.append({"galaxy_id": int(galaxy), **map_set._asdict(), **check})
    return checks


def device_memory(job_mb):
    """Return "GPU" or "CPU", and the memory [byte] that heat maps may use there.

    That of the smallest GPU that the job was given; without one, of the job (``job_mb`` [MB]), at
    most that of the machine. RuntimeError if there is a GPU, but nvidia-smi does not tell its
    memory.
    """
    if has_gpu():
        return "GPU", min(_gpu_memories())
    return "CPU", min(int(job_mb * 1e6), os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))


def _gpu_memories():
    """Ask nvidia-smi for each GPU's memory [byte]: to ask TensorFlow would occupy it."""
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
    """Estimate a sample's memory [byte], both passes, for a network of fixed input, in float32."""
    values = 0
    for operation in network.operations:
        shapes = [output.shape[1:] for output in tf.nest.flatten(operation.output)]
        values += sum(int(np.prod(shape)) for shape in shapes)
    return 4 * _COPIES * values


def choose_batch_size(network, samples, group, kind, memory, whole_groups=False):
    """Choose how many samples, of ``samples``, go through the network at once.

    A power of two times ``group``, or a power of two below it where a group does not fit into half
    of ``memory`` [byte] of the ``kind`` ("GPU" or "CPU"); 1 at the least. ValueError if
    ``whole_groups`` are wanted, because a part of one is of no use, and one does not fit.
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
    """Compare the maps, kind -> (ny, nx), of one galaxy in two precisions.

    ``correlation`` is the least of all kinds; NaN, as a map that is not finite or flat gives,
    agrees with nothing. ``length_change`` is the largest, of the lengths that ``measure`` makes of
    such a dict, [pixel of the 424 px image]; infinite where one is NaN (unmeasurable) in one
    precision only.
    """
    with np.errstate(invalid="ignore"):
        correlations = [
            np.corrcoef(exact[kind].ravel(), fast[kind].ravel())[0, 1] for kind in exact
        ]
    lengths = [measure(maps) for maps in (exact, fast)]
    measured_exact, measured_fast = (np.isfinite(length) for length in lengths)
    change = np.where(
        measured_exact & measured_fast,
        np.abs(lengths[0] - lengths[1]),
        np.where(measured_exact ^ measured_fast, np.inf, 0),
    )
    return {
        "correlation": float(np.min(correlations)),
        "length_change": float(change.max(initial=0)),
    }


def accept_bfloat16(checks):
    """Return, and log, whether `compare_maps`, once per galaxy and set of maps, allows bfloat16."""
    # numpy's, which pass NaN on, and comparisons that NaN does not pass.
    correlation = np.min([check["correlation"] for check in checks] or [np.nan])
    change = np.max([check["length_change"] for check in checks] or [np.nan])
    good = correlation >= MIN_CORRELATION and change < MAX_LENGTH_CHANGE
    logger.log(
        logging.INFO if good else logging.WARNING,
        "bfloat16 against float32 on %d maps: correlation %.5f (at least %g), length changes by "
        "%.2f px (below %g): %s",
        len(checks),
        correlation,
        MIN_CORRELATION,
        change,
        MAX_LENGTH_CHANGE,
        "bfloat16 is used" if good else "float32 is used instead",
    )
    return bool(good)
