"""Draw galaxies that are measured well, typically and badly: ends and intervals of their bars."""

from galbar.jobs.start import snakemake

import json
from pathlib import Path

from galbar.figures.examples import draw_examples
from galbar.figures.isolated_bars import isolate_bars
from galbar.figures.style import save_figure
from galbar.io.result_tables import read_result_table


def main(examples, lengths, leading, heatmaps, png, pdf, *, crop, criteria, directory, dpi):
    """Mask the heat maps of the galaxies with the leading setting and draw them."""
    galaxies = read_result_table(examples).merge(
        read_result_table(lengths).drop(columns="image", errors="ignore"),
        on="galaxy_id",
        validate="1:1",
    )
    setting = json.loads(Path(leading).read_text(encoding="utf-8"))
    bars = isolate_bars(heatmaps, setting, galaxies, directory, crop, criteria)
    save_figure(draw_examples(bars, galaxies), png, pdf, dpi)


if __name__ == "__main__":
    main(
        snakemake.input.examples,
        snakemake.input.lengths,
        snakemake.input.leading,
        list(snakemake.input.heatmaps),
        snakemake.output.png,
        snakemake.output.pdf,
        crop=snakemake.params.crop,
        criteria=snakemake.params.criteria,
        directory=snakemake.params.directory,
        dpi=snakemake.params.dpi,
    )
