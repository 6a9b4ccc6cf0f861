"""Make the table of checks of one network's heat maps, or of the average over networks."""

from galbar.jobs.start import snakemake

from galbar.heatmap_checks.intervals import Resamples
from galbar.heatmap_checks.read_inputs import read_checked_maps, read_sample
from galbar.heatmap_checks.table import check_table
from galbar.io.atomic import write_csv
from galbar.io.result_tables import read_result_table


def main(model, maps, files, table, *, sample, resampling, min_measured_share, criteria):
    """Check the maps; ``files`` are the input by name, ``sample`` the settings of `read_sample`."""
    galaxies = read_sample(
        files["catalogue"], files["images"], files["masks"], files["truth"], **sample
    )
    heatmaps = read_checked_maps(
        model,
        maps,
        files["heatmaps"],
        files["checked"],
        sample=galaxies,
        correlations=read_result_table(files["correlations"]),
        min_measured_share=min_measured_share,
        criteria=criteria,
    )
    resamples = Resamples.draw(len(galaxies.galaxy_id), **resampling)
    write_csv(check_table(heatmaps, galaxies, resamples), table)


def first(paths):
    """Return the one path of an input that may be missing; None if it is."""
    return next(iter(paths), None)


if __name__ == "__main__":
    given, params = snakemake.input, snakemake.params
    main(
        snakemake.wildcards.model,
        snakemake.wildcards.maps,
        {
            "heatmaps": list(given.heatmaps),
            "correlations": given.correlations,
            "catalogue": given.catalogue,
            "images": given.images,
            **{name: first(given[name]) for name in ("checked", "masks", "truth")},
        },
        snakemake.output.table,
        sample={"image": params.image, "galaxies": params.galaxies, "seed": params.seed},
        resampling={
            "samples": params.bootstrap_samples,
            "level": params.interval,
            "seed": params.seed,
        },
        min_measured_share=params.min_measured_share,
        criteria=params.criteria,
    )
