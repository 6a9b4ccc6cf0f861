"""Read a user's own galaxies and check their images."""

from galbar.jobs.start import snakemake

from galbar.catalogues.build import build_own
from galbar.io.atomic import write_csv


def main(own, table, dropped, *, directory, **how):
    """Write the usable galaxies of a user's own table, and the others; ``how``: see `build_own`."""
    usable, others = build_own(own, directory, **how)
    write_csv(others, dropped)
    write_csv(usable, table)


if __name__ == "__main__":
    main(
        snakemake.input.table,
        snakemake.output.table,
        snakemake.output.dropped,
        directory=snakemake.params.directory,
        names=snakemake.params.columns,
        max_broken_share=snakemake.params.max_broken_share,
        threads=snakemake.threads,
    )
