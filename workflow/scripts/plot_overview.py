"""Draw the README's figure: image, heat map, isolated bar, measured against catalogue lengths."""

from galbar.jobs.start import snakemake

import json
from pathlib import Path

from galbar.figures.galaxy_selection import shown_galaxies
from galbar.figures.isolated_bars import isolate_bars
from galbar.figures.length_panels import heatmap_panel, read_lengths
from galbar.figures.overview import draw_overview
from galbar.figures.style import save_figure
from galbar.io.result_tables import read_result_table


def main(
    selected,
    lengths,
    leading,
    heatmaps,
    scores,
    png,
    pdf,
    *,
    crop,
    criteria,
    directory,
    sample,
    dpi,
):
    """Show the first galaxy selected with the leading setting, and the lengths of a sample."""
    shown = shown_galaxies(read_result_table(selected), 1)
    table = read_result_table(lengths).drop(columns="image", errors="ignore")
    galaxies = shown[["galaxy_id", "image"]].merge(table, on="galaxy_id", validate="1:1")
    setting = json.loads(Path(leading).read_text(encoding="utf-8"))
    (bar,) = isolate_bars(heatmaps, setting, galaxies, directory, crop, criteria)
    panel = heatmap_panel(*read_lengths(lengths), read_result_table(scores), sample)
    save_figure(draw_overview(bar, panel), png, pdf, dpi)


if __name__ == "__main__":
    main(
        snakemake.input.selected,
        snakemake.input.lengths,
        snakemake.input.leading,
        list(snakemake.input.heatmaps),
        snakemake.input.scores,
        snakemake.output.png,
        snakemake.output.pdf,
        crop=snakemake.params.crop,
        criteria=snakemake.params.criteria,
        directory=snakemake.params.directory,
        sample=snakemake.params.sample,
        dpi=snakemake.params.dpi,
    )
