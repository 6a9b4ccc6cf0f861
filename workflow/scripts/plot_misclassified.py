"""Draw galaxies that volunteers and networks classify oppositely (figure 5 of the paper)."""

from galbar.jobs.start import snakemake

import pandas as pd

from galbar.attribution.class_heatmaps import read_class_heatmaps
from galbar.figures.galaxy_selection import FEATURES, SMOOTH
from galbar.figures.maps import draw_misclassified
from galbar.figures.style import save_figure
from galbar.io.images import pixel_scale
from galbar.io.result_tables import read_result_table
from galbar.lengths.units import PETROR90_PER_PIXEL


def main(heatmaps, selected, misclassified, png, pdf, *, crop, dpi):
    """Draw the smooth and features heat maps of the selected galaxies, votes and predictions."""
    data = read_class_heatmaps(heatmaps)
    if not {SMOOTH, FEATURES} <= set(data.columns):
        raise ValueError(f"{heatmaps}: maps of {data.columns}, expected {SMOOTH} and {FEATURES}")
    names = read_result_table(selected)["galaxy_id"]
    table = read_result_table(misclassified).set_index("galaxy_id").loc[names].reset_index()
    row_of_galaxy = pd.Index(data.galaxy_ids).get_indexer(names)
    if (row_of_galaxy < 0).any():
        raise ValueError(
            f"{heatmaps}: no class heat maps of galaxy {names[row_of_galaxy < 0].iloc[0]}"
        )
    maps = data.maps[row_of_galaxy][:, [data.columns.index(name) for name in (SMOOTH, FEATURES)]]
    # The side of the images is 424 px, whatever the galaxy's size in arcsec.
    scale = 1 / (PETROR90_PER_PIXEL * pixel_scale(data.images.shape[2], crop))
    figure = draw_misclassified(data.images[row_of_galaxy], maps, (SMOOTH, FEATURES), table, scale)
    save_figure(figure, png, pdf, dpi)


if __name__ == "__main__":
    main(
        snakemake.input.heatmaps,
        snakemake.input.selected,
        snakemake.input.misclassified,
        snakemake.output.png,
        snakemake.output.pdf,
        crop=snakemake.params.crop,
        dpi=snakemake.params.dpi,
    )
