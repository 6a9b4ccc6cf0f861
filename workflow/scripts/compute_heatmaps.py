"""Compute the heat maps of one network for every galaxy of a catalogue, by one method."""

from galbar.jobs.start import snakemake

from galbar.attribution.compute import compute_heatmaps
from galbar.attribution.plan import with_plan
from galbar.io.images import pixel_scale
from galbar.jobs.devices import check_gpu, configure_devices
from galbar.jobs.sigterm import watch_for_interruption
from galbar.lengths.measure import complete_settings, length_function


def main(
    model, catalogue, heatmaps, plan, *, image, settings, watched_lengths, criteria, threads, **job
):
    """Write the maps of the galaxies of a shard; ``job`` holds the rest of `compute_heatmaps`."""
    # Deterministic: the same bits wherever a galaxy is computed.
    configure_devices(threads, deterministic=True)
    watched = complete_settings(watched_lengths, criteria)
    compute_heatmaps(
        model,
        catalogue,
        heatmaps,
        image=image,
        settings=with_plan(settings, plan),
        watched=watched,
        measure=length_function(watched, pixel_scale(image["width"], image["crop"]), criteria),
        **job,
    )


if __name__ == "__main__":
    params = snakemake.params
    check_gpu(snakemake.resources.without_gpu)
    watch_for_interruption()
    main(
        snakemake.input.model,
        snakemake.input.catalogue,
        snakemake.output.heatmaps,
        snakemake.input.plan,
        name=snakemake.wildcards.model,
        maps=params.maps,
        shard=params.shard,
        directory=params.directory,
        decoded=next(iter(snakemake.input.images), None),
        image=params.image,
        votes={"output": params.output, "against": params.against},
        settings=params.settings,
        watched_lengths=params.watched_lengths,
        criteria=params.criteria,
        threads=snakemake.threads,
    )
