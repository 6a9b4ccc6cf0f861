"""Read a user's own table of galaxies, in any format."""

from galbar.jobs.start import snakemake

from galbar.catalogues.own_table import read_own
from galbar.io.atomic import write_csv


def main(own, table, *, columns):
    """Write the galaxies of a user's table under galbar's names; ``columns``: the table's own."""
    write_csv(read_own(own, columns), table)


if __name__ == "__main__":
    main(snakemake.input.table, snakemake.output.table, columns=snakemake.params.columns)
