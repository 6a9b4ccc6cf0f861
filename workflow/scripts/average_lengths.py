"""Average the bar lengths that several networks measured on the same galaxies."""

from galbar.jobs.start import snakemake

from galbar.lengths.length_files import average_barlengths


def main(barlengths, average):
    """Read one file of bar lengths per network; write their average in the same form."""
    average_barlengths(barlengths, average)


if __name__ == "__main__":
    main(list(snakemake.input.barlengths), snakemake.output.barlengths)
