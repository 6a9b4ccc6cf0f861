"""Show the heat maps, or the bar lengths, of all shards of a catalogue as one file."""

from typing import TYPE_CHECKING

from galbar.io.job_log import start_log
from galbar.io.joined_hdf5 import join_files

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(shards, joined):
    """Write a file of virtual datasets over the shards' files, in their order."""
    join_files(shards, joined)


if __name__ == "__main__":
    start_log(snakemake.log[0])
    main(list(snakemake.input.shards), snakemake.output.joined)
