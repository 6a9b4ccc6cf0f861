"""Write a table of bar lengths in a format of other programs."""

from galbar.jobs.start import snakemake

from galbar.io.result_tables import read_result_table
from galbar.lengths.sky_ends import write_regions
from galbar.lengths.table_formats import write_table


def main(lengths, table, *, kind):
    """Write the table as a file of a ``kind``: ecsv, fits, votable, parquet, or reg for DS9."""
    frame = read_result_table(lengths)
    if kind == "reg":
        write_regions(frame, table)
    else:
        write_table(frame, table, kind)


if __name__ == "__main__":
    main(snakemake.input.lengths, snakemake.output.table, kind=snakemake.wildcards.kind)
