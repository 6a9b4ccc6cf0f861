"""Decide how the heat maps of one network are computed: batch size and precision."""

import math
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from galbar.attribution.half_sampling import group_size
from galbar.attribution.plan import choose_batch_size, compare_maps, device_memory, judge
from galbar.attribution.smoothgrad import SmoothGrad
from galbar.io.atomic import write_json
from galbar.io.images import centre_crop, greyscale, load_canvas, pixel_scale
from galbar.io.job_log import start_log
from galbar.jobs.devices import check_gpu, configure_devices, describe_devices
from galbar.lengths.measure import complete_settings, length_function
from galbar.networks.linear_output import load_for_saliency
from galbar.networks.mixed_precision import in_precision

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(
    model,
    catalogue,
    plan,
    checks,
    *,
    directory,
    image,
    votes,
    noises,
    precision,
    galaxies,
    lengths,
    criteria,
    whole_groups,
    smoothgrad,
    threads,
    memory_mb,
):
    """Write batch size and precision, and what they were decided by.

    ``smoothgrad`` holds what defines a map, but for its noise, with batch_size a number or "auto";
    ``lengths`` the settings whose lengths must agree, with the ``criteria`` of a user's own;
    ``galaxies`` how many of the catalogue are compared; ``whole_groups`` whether a batch must be
    made of groups (`galbar.attribution.monte_carlo_error`).
    """
    configure_devices(threads, deterministic=True)
    network, digest = load_for_saliency(model, shape=(image["height"], image["width"]), **votes)
    evidence = {"model_sha256": digest, "device": describe_devices(), "checks": []}
    if smoothgrad["batch_size"] == "auto":
        kind, memory = device_memory(memory_mb)
        group = group_size(smoothgrad["symmetries"], smoothgrad["antithetic"])
        samples = smoothgrad["smooth_samples"]
        chosen = choose_batch_size(network, samples, group, kind, memory, whole_groups)
        smoothgrad = {**smoothgrad, "batch_size": chosen}
        evidence["memory_mb"] = round(memory / 1e6)
    if precision != "float32":
        table = pd.read_csv(catalogue, usecols=["galaxy_id", "image"], nrows=galaxies)
        scale = pixel_scale(image["width"], image["crop"])
        measure = length_function(complete_settings(lengths, criteria), scale, criteria)
        found = _compare(network, precision, table, directory, image, noises, measure, smoothgrad)
        precision = precision if judge(found) else "float32"
        # JSON has no NaN and no infinity.
        evidence["checks"] = [
            {key: value if math.isfinite(value) else None for key, value in check.items()}
            for check in found
        ]
    write_json(evidence, checks)
    write_json({"batch_size": smoothgrad["batch_size"], "precision": precision}, plan)


def _compare(network, precision, table, directory, image, noises, measure, smoothgrad):
    """Compare the maps of a few galaxies in both precisions, at every level of noise."""
    checks = []
    shape = (image["height"], image["width"])
    for noise in noises:
        both = [
            SmoothGrad(in_precision(network, one), smooth_noise=noise, **smoothgrad)
            for one in ("float32", precision)
        ]
        for galaxy, name in zip(table["galaxy_id"], table["image"], strict=True):
            canvas = load_canvas(Path(directory) / name, **image)
            grey = greyscale(centre_crop(canvas, *shape))
            maps = (explain(canvas, galaxy) for explain in both)
            check = compare_maps(*maps, partial(measure, grey=grey))
            checks.append({"galaxy_id": int(galaxy), "smooth_noise": noise, **check})
    return checks


if __name__ == "__main__":
    start_log(snakemake.log[0])
    check_gpu(snakemake.config["devices"]["without_gpu"])
    params = dict(snakemake.params.items())
    definition = ("smooth_samples", "batch_size", "jitter", "symmetries", "antithetic", "seed")
    main(
        *(snakemake.input.model, snakemake.input.catalogue),
        *(snakemake.output.plan, snakemake.output.checks),
        image={key: params[key] for key in ("height", "width", "crop")},
        votes={key: params[key] for key in ("output", "against")},
        **{key: params[key] for key in ("directory", "noises", "precision", "galaxies")},
        lengths=params["lengths"],
        criteria=params["criteria"],
        whole_groups=bool(params["watched_lengths"]),
        smoothgrad={key: params[key] for key in (*definition, "kinds")},
        threads=snakemake.threads,
        memory_mb=snakemake.resources.mem_mb,
    )
