"""Draw image, heat map and isolated bar of a few galaxies (figures 3 and B of the paper)."""

from galbar.jobs.start import snakemake

import json
from pathlib import Path

from galbar.figures.galaxy_selection import shown_galaxies
from galbar.figures.isolated_bars import isolate_bars
from galbar.figures.maps import draw_isolated_bars
from galbar.figures.style import save_figure
from galbar.io.result_tables import read_result_table


def main(selected, lengths, leading, heatmaps, png, pdf, *, number, crop, criteria, directory, dpi):
    """Mask the heat maps with the leading setting and draw the first ``number`` galaxies."""
    shown = shown_galaxies(read_result_table(selected), number)
    galaxies = shown[["galaxy_id", "image"]].merge(
        read_result_table(lengths).drop(columns="image", errors="ignore"),
        on="galaxy_id",
        validate="1:1",
    )
    setting = json.loads(Path(leading).read_text(encoding="utf-8"))
    bars = isolate_bars(heatmaps, setting, galaxies, directory, crop, criteria)
    save_figure(draw_isolated_bars(bars), png, pdf, dpi)


if __name__ == "__main__":
    main(
        snakemake.input.selected,
        snakemake.input.lengths,
        snakemake.input.leading,
        list(snakemake.input.heatmaps),
        snakemake.output.png,
        snakemake.output.pdf,
        number=snakemake.params.number,
        crop=snakemake.params.crop,
        criteria=snakemake.params.criteria,
        directory=snakemake.params.directory,
        dpi=snakemake.params.dpi,
    )
