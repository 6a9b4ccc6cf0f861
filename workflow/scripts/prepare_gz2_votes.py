"""Draw training or test galaxies from Galaxy Zoo 2 itself, and check their images."""

from galbar.jobs.start import snakemake

from galbar.catalogues.gz2_sets import build_gz2_test, build_gz2_training
from galbar.io.atomic import write_csv


def main(table, dropped, *, role, validation_split, **settings):
    """Write the usable galaxies of the role "training" or "test", and the others."""
    if role == "training":
        usable, others = build_gz2_training(validation_split=validation_split, **settings)
    else:
        usable, others = build_gz2_test(**settings)
    write_csv(others, dropped)
    write_csv(usable, table)


if __name__ == "__main__":
    main(
        snakemake.output.table,
        snakemake.output.dropped,
        role=snakemake.wildcards.set,
        validation_split=snakemake.params.validation_split,
        directory=snakemake.params.directory,
        **snakemake.params.numbers,
        seed=snakemake.params.seed,
        max_broken_share=snakemake.params.max_broken_share,
        threads=snakemake.threads,
    )
