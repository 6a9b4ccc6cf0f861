"""Write a table of bar lengths in a format of other programs."""

from galbar.jobs.start import snakemake

from galbar.io.result_tables import read_result_table
from galbar.lengths.table_formats import write_table


def main(lengths, table, *, kind):
    """Write the table as a file of a ``kind``: ecsv, fits, votable or parquet."""
    write_table(read_result_table(lengths), table, kind)


if __name__ == "__main__":
    main(snakemake.input.lengths, snakemake.output.table, kind=snakemake.wildcards.kind)
