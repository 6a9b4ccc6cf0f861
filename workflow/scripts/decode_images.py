"""Decode the images of a catalogue once, at the size that the networks see."""

from galbar.jobs.start import snakemake

from pathlib import Path

from galbar.io.atomic import write_json
from galbar.io.decoded_images import write_decoded_images
from galbar.io.result_tables import read_result_table


def main(table, decoded, description, *, directory, image, threads):
    """Write the images that a table names below ``directory``; ``image``: height, width, crop."""
    galaxies = read_result_table(table, columns=["galaxy_id", "image"])
    paths = [Path(directory, name) for name in galaxies["image"]]
    ids = galaxies["galaxy_id"]
    described = write_decoded_images(decoded, ids, paths, **image, threads=threads)
    # Last: where it is, the images are.
    write_json(described, description)


if __name__ == "__main__":
    main(
        snakemake.input.table,
        snakemake.output.decoded,
        snakemake.output.description,
        directory=snakemake.params.directory,
        image=snakemake.params.image,
        threads=snakemake.threads,
    )
