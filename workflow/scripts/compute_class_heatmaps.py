"""Compute the heat maps of a few galaxies for several votes, averaged over the networks."""

from galbar.jobs.start import snakemake

from galbar.attribution.compute import compute_class_heatmaps
from galbar.attribution.plan import with_plan
from galbar.jobs.devices import check_gpu, configure_devices


def main(models, plans, selected, heatmaps, *, maps, directory, image, columns, settings, threads):
    """Write images and normalised maps; ``plans`` has one file per network, or is empty."""
    # The same galaxy gives the same bits wherever it is computed, on a GPU too.
    configure_devices(threads, deterministic=True)
    compute_class_heatmaps(
        models,
        selected,
        heatmaps,
        maps=maps,
        directory=directory,
        image=image,
        columns=columns,
        settings=[with_plan(settings, plan) for plan in plans or [None] * len(models)],
    )


if __name__ == "__main__":
    params = snakemake.params
    check_gpu(snakemake.resources.without_gpu)
    main(
        snakemake.input.models,
        snakemake.input.plans,
        snakemake.input.selected,
        snakemake.output.heatmaps,
        maps=params.maps,
        directory=params.directory,
        image=params.image,
        columns=params.columns,
        settings=params.settings,
        threads=snakemake.threads,
    )
