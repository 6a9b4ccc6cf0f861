"""Show the heat maps, or the bar lengths, of all shards of a catalogue as one file."""

from typing import TYPE_CHECKING

from galbar.joined_files import join_files
from galbar.runlog import start_log

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(shards, joined):
    """Write a file of virtual datasets over the shards' files, in their order."""
    join_files(shards, joined)


if __name__ == "__main__":
    start_log(snakemake.log[0])
    main(list(snakemake.input.shards), snakemake.output.joined)
