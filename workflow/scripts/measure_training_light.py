"""Measure how bright the galaxies of the training images are."""

from galbar.jobs.start import snakemake

from galbar.io.atomic import write_json
from galbar.io.result_tables import read_result_table
from galbar.stamps.training_light import measure_training_light, showing_discs


def main(images, table, light, *, image, saturation_range):
    """Write the light of the training images that show discs; ``image``: height, width, crop."""
    galaxies = showing_discs(read_result_table(table))
    measured = measure_training_light(images, galaxies, saturation_range=saturation_range, **image)
    write_json(measured, light)


if __name__ == "__main__":
    main(
        snakemake.input.images,
        snakemake.input.table,
        snakemake.output.light,
        image=snakemake.params.image,
        saturation_range=snakemake.params.saturation_range,
    )
