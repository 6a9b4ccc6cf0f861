"""List the test galaxies of the Kaggle challenge and check their images."""

from galbar.jobs.start import snakemake

from galbar.catalogues.build import build_test
from galbar.io.atomic import write_csv


def main(table, dropped, *, directory, max_broken_share, threads):
    """Write the usable test galaxies of a data directory, and the others."""
    usable, others = build_test(directory, max_broken_share=max_broken_share, threads=threads)
    write_csv(others, dropped)
    write_csv(usable, table)


if __name__ == "__main__":
    main(
        snakemake.output.table,
        snakemake.output.dropped,
        directory=snakemake.params.directory,
        max_broken_share=snakemake.params.max_broken_share,
        threads=snakemake.threads,
    )
