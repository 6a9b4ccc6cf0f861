"""Find what brings the images of a user's own catalogue to the colours of the training images."""

from galbar.jobs.start import snakemake

import numpy as np

from galbar.io.atomic import write_json
from galbar.stamps.colours import colours_as_numbers
from galbar.stamps.make import calibrate_catalogue
from galbar.stamps.observe import Recipe
from galbar.stamps.rows import read_rows, stamp_side
from galbar.stamps.training_light import read_training_light


def main(table, light, colours, *, directory, image, recipe, galaxies, seed):
    """Write the colours of each kind of images, or null where there are none of it."""
    rows = read_rows(table)
    if len(rows) > galaxies:
        chosen = np.random.default_rng(seed).choice(len(rows), galaxies, replace=False)
        rows = [rows[number] for number in sorted(chosen)]
    reference = read_training_light(light)
    calibrated = calibrate_catalogue(
        rows, Recipe(directory, **recipe), stamp_side(image), reference
    )
    write_json(colours_as_numbers(calibrated), colours)


if __name__ == "__main__":
    main(
        snakemake.input.table,
        snakemake.input.light,
        snakemake.output.colours,
        directory=snakemake.params.directory,
        image=snakemake.params.image,
        recipe=snakemake.params.recipe,
        galaxies=snakemake.params.galaxies,
        seed=snakemake.params.seed,
    )
