"""Average the bar lengths that several networks measured on the same galaxies."""

from typing import TYPE_CHECKING

from galbar.barlengths import average_barlengths
from galbar.runlog import start_log

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(barlengths, average):
    """Read one file of bar lengths per network; write their average in the same form."""
    average_barlengths(barlengths, average)


if __name__ == "__main__":
    start_log(snakemake.log[0])
    main(list(snakemake.input.barlengths), snakemake.output.barlengths)
