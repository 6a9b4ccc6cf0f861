"""Decide how the heat maps of one network are computed: batch size and precision."""

from galbar.jobs.start import snakemake

from galbar.attribution.plan import plan_heatmaps
from galbar.io.atomic import write_json
from galbar.io.images import pixel_scale
from galbar.jobs.devices import check_gpu, configure_devices
from galbar.lengths.measure import complete_settings, length_function


def main(model, catalogue, plan, checks, *, image, lengths, criteria, threads, **job):
    """Write the planned batch size and precision, and the evidence for them.

    ``lengths`` are the settings whose lengths must agree, where maps are of their kind, with the
    ``criteria`` of a user's own; ``job`` holds the rest of `plan_heatmaps`.
    """
    configure_devices(threads, deterministic=True)
    scale = pixel_scale(image["width"], image["crop"])
    settings = complete_settings(lengths, criteria)

    def measure(maps, grey):
        of_maps = [setting for setting in settings if setting["kind"] in maps]
        return length_function(of_maps, scale, criteria)(maps, grey)

    decided, evidence = plan_heatmaps(model, catalogue, image=image, measure=measure, **job)
    write_json(evidence, checks)
    write_json(decided, plan)


if __name__ == "__main__":
    params = snakemake.params
    check_gpu(snakemake.resources.without_gpu)
    main(
        snakemake.input.model,
        snakemake.input.catalogue,
        snakemake.output.plan,
        snakemake.output.checks,
        directory=params.directory,
        image=params.image,
        votes={"output": params.output, "against": params.against},
        maps=params.maps,
        settings=params.settings,
        galaxies=params.galaxies,
        lengths=params.lengths,
        criteria=params.criteria,
        whole_groups=params.whole_groups,
        threads=snakemake.threads,
        memory_mb=snakemake.resources.mem_mb,
    )
