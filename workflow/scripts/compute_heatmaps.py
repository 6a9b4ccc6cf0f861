"""Compute the heat maps of one network for every galaxy of a catalogue, by SmoothGrad."""

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from galbar.attribution.heatmap_files import create_heatmaps
from galbar.attribution.journal import HeatmapJournal
from galbar.attribution.monte_carlo_error import make_explainer
from galbar.attribution.smoothgrad import make_smoothgrad
from galbar.io.images import load_canvas, map_ahead, pixel_scale
from galbar.io.job_log import progress, start_log
from galbar.io.shards import rows_of_shard
from galbar.jobs.devices import check_gpu, configure_devices, software_versions
from galbar.jobs.sigterm import check_interruption, watch_for_interruption
from galbar.jobs.takeover import Claim
from galbar.lengths.measure import complete_settings, length_function
from galbar.networks.linear_output import load_for_saliency
from galbar.networks.mixed_precision import in_precision

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(
    model,
    catalogue,
    heatmaps,
    *,
    name,
    shard,
    directory,
    image,
    votes,
    kinds,
    smoothgrad,
    precision,
    watched_lengths,
    criteria,
    threads,
):
    """Write the maps (n, ny, nx) of the n galaxies of a shard; those done before stay.

    ``image`` holds height, width [px] and crop; ``votes`` output and against; ``smoothgrad`` the
    rest of what defines a map: implementation, smooth_samples, smooth_noise, batch_size, jitter,
    symmetries, antithetic and seed; ``watched_lengths`` and ``criteria`` are as configured.
    """
    claim = Claim(heatmaps)
    # Deterministic: the same bits wherever a galaxy is computed.
    configure_devices(threads, deterministic=True)
    table = pd.read_csv(catalogue, usecols=["galaxy_id", "image"], dtype={"galaxy_id": "int64"})
    table = table.iloc[rows_of_shard(shard, len(table))]
    shape = (image["height"], image["width"])
    network, digest = load_for_saliency(model, shape=shape, **votes)
    watched = complete_settings(watched_lengths, criteria)
    method = make_smoothgrad(in_precision(network, precision), kinds=kinds, **smoothgrad)
    measure = length_function(watched, pixel_scale(image["width"], image["crop"]), criteria)
    explain = make_explainer(method, {setting["kind"]: 0 for setting in watched}, measure)
    attributes = {
        "model": name,
        "model_sha256": digest,
        "output": votes["output"],
        "against": votes["against"] or "",
        **smoothgrad,
        "precision": precision,
        "watched": json.dumps({"settings": watched}) if watched else "",
        **{key if key == "crop" else f"image_{key}": value for key, value in image.items()},
        "versions": json.dumps(software_versions()),
    }
    with HeatmapJournal(claim, attributes, kinds, shape) as journal:
        _explain_missing(journal, explain, table, directory, image)
        claim.check()
        with create_heatmaps(heatmaps, table["galaxy_id"], kinds, shape, attributes) as writer:
            for row, galaxy in enumerate(table["galaxy_id"]):
                writer.write(row, *journal.read(galaxy))
    claim.release()


def _explain_missing(journal, explain, table, directory, image):
    """Compute the galaxies that the journal does not hold."""
    missing = table[~table["galaxy_id"].isin(journal.done)]
    paths = [Path(directory) / path for path in missing["image"]]
    canvases = map_ahead(partial(load_canvas, **image), paths, threads=1)
    galaxies = zip(missing["galaxy_id"], canvases, strict=True)
    for galaxy, canvas in progress(galaxies, len(missing), "galaxies"):
        journal.write(galaxy, *explain(canvas, galaxy))
        check_interruption(f"{len(journal.done)} of {len(table)} galaxies are stored")


if __name__ == "__main__":
    start_log(snakemake.log[0])
    check_gpu(snakemake.config["devices"]["without_gpu"])
    watch_for_interruption()
    params = dict(snakemake.params.items())
    definition = ("implementation", "smooth_samples", "jitter", "symmetries", "antithetic", "seed")
    # Decided by a job of its own where the configuration leaves it open.
    plan = {key: params[key] for key in ("batch_size", "precision")}
    if snakemake.input.plan:
        plan = json.loads(Path(snakemake.input.plan).read_text(encoding="utf-8"))
    main(
        *(snakemake.input.model, snakemake.input.catalogue, snakemake.output.heatmaps),
        name=snakemake.wildcards.model,
        image={key: params[key] for key in ("height", "width", "crop")},
        votes={key: params[key] for key in ("output", "against")},
        **{
            key: params[key]
            for key in ("shard", "directory", "kinds", "watched_lengths", "criteria")
        },
        smoothgrad={key: params[key] for key in definition}
        | {"smooth_noise": float(params["smooth_noise"]), "batch_size": plan["batch_size"]},
        precision=plan["precision"],
        threads=snakemake.threads,
    )
