"""Compute what checks of heat maps need the network for: randomised weights, other answers."""

from galbar.jobs.start import snakemake

from galbar.attribution.plan import with_plan
from galbar.heatmap_checks.compute import compute_checks
from galbar.jobs.devices import check_gpu, configure_devices


def main(*paths, plan, settings, threads, **job):
    """Write the maps and curves of the checks; ``job`` holds the rest of `compute_checks`."""
    configure_devices(threads, deterministic=True)
    compute_checks(*paths, settings=with_plan(settings, plan), **job)


if __name__ == "__main__":
    params = snakemake.params
    check_gpu(snakemake.resources.without_gpu)
    main(
        snakemake.input.model,
        *snakemake.input.heatmaps,
        snakemake.input.catalogue,
        snakemake.output.checked,
        plan=snakemake.input.plan,
        name=snakemake.wildcards.maps,
        directory=params.directory,
        decoded=snakemake.input.images,
        image=params.image,
        votes={"output": params.output, "against": params.against},
        settings=params.settings,
        checks=params.checks,
        seed=params.seed,
        threads=snakemake.threads,
    )
