"""Average the bar lengths that several networks measured on the same galaxies."""

from typing import TYPE_CHECKING

from galbar.io.job_log import start_log
from galbar.lengths.length_files import average_barlengths

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(barlengths, average):
    """Read one file of bar lengths per network; write their average in the same form."""
    average_barlengths(barlengths, average)


if __name__ == "__main__":
    start_log(snakemake.log[0])
    main(list(snakemake.input.barlengths), snakemake.output.barlengths)
