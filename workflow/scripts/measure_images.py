"""Measure the bars of the catalogue by the criteria of heat maps, on the images themselves."""

from galbar.jobs.start import snakemake

from galbar.io.result_tables import read_result_table
from galbar.rivals.image_lengths import measure_images


def main(catalogue, decoded, barlengths, **how):
    """Read decoded images; write bar lengths. ``how`` holds image and grid."""
    galaxies = read_result_table(catalogue, columns=["galaxy_id", "image"])
    measure_images(galaxies, barlengths, decoded=decoded, **how)


if __name__ == "__main__":
    main(
        snakemake.input.catalogue,
        snakemake.input.images,
        snakemake.output.barlengths,
        image=snakemake.params.image,
        grid=snakemake.params.grid,
    )
