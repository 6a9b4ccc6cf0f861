"""Draw galaxies beside the heat maps of several votes (figures 1 and A of the paper)."""

from galbar.jobs.start import snakemake

import pandas as pd

from galbar.attribution.class_heatmaps import read_class_heatmaps
from galbar.figures.galaxy_selection import shown_galaxies
from galbar.figures.maps import draw_class_heatmaps
from galbar.figures.style import save_figure
from galbar.io.images import pixel_scale
from galbar.io.result_tables import read_result_table
from galbar.lengths.units import PETROR90_PER_PIXEL


def main(heatmaps, selected, catalogue, png, pdf, *, number, crop, dpi):
    """Read the class heat maps and draw those of the first ``number`` galaxies selected."""
    data = read_class_heatmaps(heatmaps)
    shown = shown_galaxies(read_result_table(selected), number)["galaxy_id"].to_numpy()
    rows = pd.Index(data.galaxy_ids).get_indexer(shown)
    if (rows < 0).any():
        raise ValueError(f"{heatmaps}: no class heat maps of galaxy {shown[rows < 0][0]}")
    petror90 = (
        read_result_table(catalogue).set_index("galaxy_id").loc[shown, "petror90_r"].to_numpy()
    )
    scale = pixel_scale(data.images.shape[2], crop) * PETROR90_PER_PIXEL
    figure = draw_class_heatmaps(
        data.images[rows], data.maps[rows], data.columns, shown, scale * petror90
    )
    save_figure(figure, png, pdf, dpi)


if __name__ == "__main__":
    main(
        snakemake.input.heatmaps,
        snakemake.input.selected,
        snakemake.input.catalogue,
        snakemake.output.png,
        snakemake.output.pdf,
        number=snakemake.params.number,
        crop=snakemake.params.crop,
        dpi=snakemake.params.dpi,
    )
