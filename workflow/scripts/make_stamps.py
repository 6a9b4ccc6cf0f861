"""Make the stamps of a shard of a user's own galaxies."""

from galbar.jobs.start import snakemake

from galbar.io.atomic import write_csv
from galbar.io.decoded_images import write_stamps
from galbar.io.result_tables import read_result_table
from galbar.io.shards import rows_of_shard
from galbar.stamps.colours import read_colours
from galbar.stamps.make import make_stamps, tabulate_stamps
from galbar.stamps.observe import Recipe
from galbar.stamps.rows import as_rows, stamp_side
from galbar.stamps.training_light import read_ranges


def main(
    table, colours, light, stamps, galaxies, dropped, *, directory, image, recipe, shard, seed
):
    """Write stamps and tables of the galaxies that have one, and of the others."""
    frame = read_result_table(table)
    frame = frame.iloc[rows_of_shard(shard, len(frame))]
    side = stamp_side(image)
    made = make_stamps(
        as_rows(frame),
        Recipe(directory, **recipe),
        side,
        read_colours(colours),
        read_ranges(light),
        seed=seed,
        seen=image["crop"],
    )
    usable, others = tabulate_stamps(frame, write_stamps(stamps, made, **image))
    write_csv(others, dropped)
    write_csv(usable, galaxies)


if __name__ == "__main__":
    params = snakemake.params
    main(
        snakemake.input.table,
        snakemake.input.colours,
        snakemake.input.light,
        snakemake.output.stamps,
        snakemake.output.galaxies,
        snakemake.output.dropped,
        directory=params.directory,
        image=params.image,
        recipe=params.recipe,
        shard=params.shard,
        seed=params.seed,
    )
