"""Draw small pictures of the galaxies of a shard, and of the bars isolated on their heat maps."""

from galbar.jobs.start import snakemake

import json
from contextlib import ExitStack
from pathlib import Path

from galbar.attribution.heatmap_files import open_heatmaps
from galbar.gallery.pictures import MaskedMaps, draw_pictures
from galbar.gallery.sheets import write_sheets
from galbar.gallery.shown_setting import pick_heatmaps
from galbar.gallery.view import view_of
from galbar.io.result_tables import read_result_table
from galbar.io.shards import rows_of_shard


def main(catalogue, heatmaps, chosen, sheets, *, decoded, directory, shard, image, criteria):
    """Write the sheets of a shard; without ``heatmaps`` they show images only."""
    table = read_result_table(catalogue, columns=["galaxy_id", "image"])
    table = table.iloc[rows_of_shard(shard, len(table))]
    choice = json.loads(Path(chosen).read_text(encoding="utf-8"))["within_calibration"]
    view, ids = view_of(**image), table["galaxy_id"].to_numpy()
    paths = [Path(directory) / name for name in table["image"]]
    with ExitStack() as stack:
        maps = None
        if heatmaps:
            files = (stack.enter_context(open_heatmaps(path)) for path in heatmaps)
            maps = MaskedMaps(pick_heatmaps(files, choice), choice["setting"], criteria)
        pictures = draw_pictures(decoded, ids, paths, image, view, maps)
        write_sheets(sheets, ids, pictures, view, maps=maps is not None)


if __name__ == "__main__":
    main(
        snakemake.input.catalogue,
        list(snakemake.input.heatmaps),
        snakemake.input.chosen,
        snakemake.output.sheets,
        decoded=next(iter(snakemake.input.images), None),
        directory=snakemake.params.directory,
        shard=snakemake.params.shard,
        image=snakemake.params.image,
        criteria=snakemake.params.criteria,
    )
