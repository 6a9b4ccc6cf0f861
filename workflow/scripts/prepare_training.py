"""Read the vote fractions, check the images, and split the training galaxies."""

from typing import TYPE_CHECKING

from galbar.catalogues.build import build_training
from galbar.io.atomic import write_csv
from galbar.io.job_log import start_log

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


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
    start_log(snakemake.log[0])
    main(
        snakemake.output.table,
        snakemake.output.dropped,
        directory=snakemake.params.directory,
        seed=snakemake.params.seed,
        validation_split=snakemake.params.validation_split,
        max_broken_share=snakemake.params.max_broken_share,
        threads=snakemake.threads,
    )
