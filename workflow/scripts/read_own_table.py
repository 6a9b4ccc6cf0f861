"""Read a user's own table of galaxies, in any format."""

from galbar.jobs.start import snakemake

from galbar.catalogues.build import read_stamped
from galbar.io.atomic import write_csv


def main(own, table, *, columns, max_broken_share, by_position=False):
    """Write the galaxies of a user's table under galbar's names; ``columns``: the table's own.

    ``by_position``: images are downloaded, and the table has ra and dec.
    """
    galaxies = read_stamped(
        own, columns, by_position=by_position, max_broken_share=max_broken_share
    )
    write_csv(galaxies, table)


if __name__ == "__main__":
    main(
        snakemake.input.table,
        snakemake.output.table,
        columns=snakemake.params.columns,
        by_position=snakemake.params.by_position,
        max_broken_share=float(snakemake.resources.max_broken_share),
    )
