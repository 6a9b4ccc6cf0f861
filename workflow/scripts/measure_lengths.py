"""Measure the bars of one catalogue on one network's heat maps, with every setting."""

from galbar.jobs.start import snakemake

from galbar.io.result_tables import read_result_table
from galbar.lengths.measure_file import measure_heatmaps


def main(heatmaps, catalogue, barlengths, *, decoded=None, **how):
    """Read heat maps, and the images where the grid asks for xinput; write bar lengths.

    ``how`` holds directory, image and grid, see `measure_heatmaps`.
    """
    table = read_result_table(catalogue, columns=["galaxy_id", "image"])
    measure_heatmaps(heatmaps, table, barlengths, decoded=decoded, **how)


if __name__ == "__main__":
    main(
        snakemake.input.heatmaps,
        snakemake.input.catalogue,
        snakemake.output.barlengths,
        decoded=next(iter(snakemake.input.images), None),
        directory=snakemake.params.directory,
        image=snakemake.params.image,
        grid=snakemake.params.grid,
    )
