"""Draw the galaxies that lengths are calibrated on in other colours: a shard of a look."""

from galbar.jobs.start import snakemake

import numpy as np

from galbar.catalogues.splits import will_calibrate
from galbar.io.atomic import write_csv
from galbar.io.decoded_images import write_stamps
from galbar.io.result_tables import read_result_table
from galbar.io.shards import rows_of_shard
from galbar.jobs.devices import leave_gpus
from galbar.training.augmentation import Augmentation
from galbar.training.looks import draw_look


def main(
    catalogue, images, stamps, galaxies, *, image, augmentation, validation_split, shard, seed, look
):
    """Write the images, as those of a user's own galaxies, and the table of the galaxies."""
    table = read_result_table(catalogue)
    rows = np.flatnonzero(will_calibrate(table, validation_split))
    rows = rows[rows_of_shard(shard, len(rows))]
    ranges = {key: augmentation[key] for key in Augmentation._fields}
    drawn = draw_look(
        images, table, rows, Augmentation(**ranges), image=image, seed=seed, look=look
    )
    write_stamps(stamps, drawn, **image)
    write_csv(table.loc[rows, ["galaxy_id", "image"]], galaxies)


if __name__ == "__main__":
    params = snakemake.params
    # A GPU may be another job's, and rounds otherwise.
    leave_gpus()
    main(
        snakemake.input.catalogue,
        snakemake.input.images,
        snakemake.output.stamps,
        snakemake.output.galaxies,
        image=params.image,
        augmentation=params.augmentation,
        validation_split=params.validation_split,
        shard=params.shard,
        seed=params.seed,
        look=int(snakemake.wildcards.look),
    )
