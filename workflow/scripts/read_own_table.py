"""Read a user's own table of galaxies, in any format."""

from galbar.jobs.start import snakemake

from galbar.catalogues.own_table import read_own
from galbar.io.atomic import write_csv


def main(own, table, *, columns, by_position):
    """Write the galaxies of a user's table under galbar's names; ``columns``: the table's own.

    ``by_position``: images are downloaded, and the table has ra and dec.
    """
    write_csv(read_own(own, columns, by_position=by_position), table)


if __name__ == "__main__":
    main(
        snakemake.input.table,
        snakemake.output.table,
        columns=snakemake.params.columns,
        by_position=snakemake.params.by_position,
    )
