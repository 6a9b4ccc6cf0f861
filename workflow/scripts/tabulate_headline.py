"""Tabulate the main scores as text, for the first page of the report."""

from galbar.jobs.start import snakemake

from galbar.io.atomic import write_csv
from galbar.io.result_tables import read_result_table
from galbar.scores.headline import headline_table


def main(scores, headline):
    """Read a table of scores; write its main numbers."""
    write_csv(headline_table(read_result_table(scores)), headline)


if __name__ == "__main__":
    main(snakemake.input.scores, snakemake.output.headline)
