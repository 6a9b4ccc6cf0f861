"""Show the heat maps, or the bar lengths, of all shards of a catalogue as one file."""

from galbar.jobs.start import snakemake

from galbar.io.joined_hdf5 import join_files


def main(shards, joined):
    """Write a file of virtual datasets over the shards' files, in their order."""
    join_files(shards, joined)


if __name__ == "__main__":
    main(list(snakemake.input.shards), snakemake.output.joined)
