"""Measure the bars of the catalogue by the isophotes of its images, without a network."""

from galbar.jobs.start import snakemake

from galbar.io.atomic import write_csv
from galbar.io.result_tables import read_result_table
from galbar.rivals.ellipse_table import measure_ellipses


def main(catalogue, table, *, directory, processes):
    """Read the images that ``catalogue`` names in ``directory``; write lengths and flags."""
    galaxies = read_result_table(catalogue, columns=["galaxy_id", "image"])
    measured = measure_ellipses(galaxies, directory, processes)
    write_csv(measured, table)
    print(measured["flag"].value_counts().to_string())


if __name__ == "__main__":
    main(
        snakemake.input.catalogue,
        snakemake.output.table,
        directory=snakemake.params.directory,
        processes=snakemake.threads,
    )
