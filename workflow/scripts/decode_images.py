"""Decode the images of a catalogue once, at the size that the networks see."""

from galbar.jobs.start import snakemake

from pathlib import Path

from galbar.io.decoded_images import write_decoded_images
from galbar.io.result_tables import read_result_table


def main(table, decoded, *, directory, image, threads):
    """Write the images that a table names below ``directory``; ``image``: height, width, crop."""
    galaxies = read_result_table(table, columns=["galaxy_id", "image"])
    paths = [Path(directory, name) for name in galaxies["image"]]
    write_decoded_images(decoded, galaxies["galaxy_id"], paths, **image, threads=threads)


if __name__ == "__main__":
    main(
        snakemake.input.table,
        snakemake.output.decoded,
        directory=snakemake.params.directory,
        image=snakemake.params.image,
        threads=snakemake.threads,
    )
