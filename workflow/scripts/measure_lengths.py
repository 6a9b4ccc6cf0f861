"""Measure the bars of one catalogue on one network's heat maps, or on the average over networks."""

from galbar.jobs.start import snakemake

from galbar.attribution.heatmap_files import open_heatmaps
from galbar.attribution.model_average import AVERAGE_HEATMAPS, open_average
from galbar.io.result_tables import read_result_table
from galbar.lengths.measure_file import measure_heatmaps


def main(model, heatmaps, catalogue, barlengths, *, decoded=None, **how):
    """Read heat maps, and the images where ``grid`` asks for xinput; write bar lengths.

    ``heatmaps`` are the files of the ``model``, one, or those of all networks for their average;
    ``how`` holds directory, image and grid, see `measure_heatmaps`.
    """
    table = read_result_table(catalogue, columns=["galaxy_id", "image"])
    average = model == AVERAGE_HEATMAPS
    with open_average(heatmaps) if average else open_heatmaps(*heatmaps) as maps:
        measure_heatmaps(maps, table, barlengths, decoded=decoded, **how)


if __name__ == "__main__":
    main(
        snakemake.wildcards.model,
        list(snakemake.input.heatmaps),
        snakemake.input.catalogue,
        snakemake.output.barlengths,
        decoded=next(iter(snakemake.input.images), None),
        directory=snakemake.params.directory,
        image=snakemake.params.image,
        grid=snakemake.params.grid,
    )
