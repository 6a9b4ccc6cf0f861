"""Read the vote fractions, check the images, and split the training galaxies."""

from galbar.jobs.start import snakemake

from galbar.catalogues.build import build_training
from galbar.io.atomic import write_csv


def main(table, dropped, *, directory, seed, validation_split, max_broken_share, threads):
    """Write the usable training galaxies of a data directory, and the others."""
    usable, others = build_training(
        directory,
        seed=seed,
        validation_split=validation_split,
        max_broken_share=max_broken_share,
        threads=threads,
    )
    write_csv(others, dropped)
    write_csv(usable, table)


if __name__ == "__main__":
    main(
        snakemake.output.table,
        snakemake.output.dropped,
        directory=snakemake.params.directory,
        seed=snakemake.params.seed,
        validation_split=snakemake.params.validation_split,
        max_broken_share=snakemake.params.max_broken_share,
        threads=snakemake.threads,
    )
