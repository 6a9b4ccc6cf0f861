"""Join the bar lengths of Hoyle et al. with images, redshifts and sizes, and shuffle them."""

from galbar.jobs.start import snakemake

from galbar.catalogues.build import build_hoyle
from galbar.io.atomic import write_csv


def main(table, dropped, *, directory, seed, max_broken_share, threads):
    """Write the usable galaxies of known bar lengths, and the others."""
    usable, others = build_hoyle(
        directory, seed=seed, max_broken_share=max_broken_share, threads=threads
    )
    write_csv(others, dropped)
    write_csv(usable, table)


if __name__ == "__main__":
    main(
        snakemake.output.table,
        snakemake.output.dropped,
        directory=snakemake.params.directory,
        seed=snakemake.params.seed,
        max_broken_share=snakemake.params.max_broken_share,
        threads=snakemake.threads,
    )
