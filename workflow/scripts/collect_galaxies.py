"""Collect the galaxies of a user's own catalogue that have stamps, and the others."""

from galbar.jobs.start import snakemake

from galbar.catalogues.build import collect_galaxies
from galbar.io.atomic import write_csv


def main(galaxies, dropped, table, others, *, max_broken_share):
    """Write one table of the galaxies of all shards, and one of those that were dropped."""
    usable, broken = collect_galaxies(galaxies, dropped, max_broken_share)
    write_csv(broken, others)
    write_csv(usable, table)


if __name__ == "__main__":
    main(
        list(snakemake.input.galaxies),
        list(snakemake.input.dropped),
        snakemake.output.table,
        snakemake.output.dropped,
        max_broken_share=snakemake.params.max_broken_share,
    )
