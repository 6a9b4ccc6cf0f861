"""Draw how well the networks tell barred galaxies from others, and the chosen thresholds."""

from galbar.jobs.start import snakemake

import json
from pathlib import Path

from galbar.figures.bar_detection import draw_bar_detection
from galbar.figures.style import save_figure
from galbar.io.result_tables import read_result_table


def main(detection, thresholds, png, pdf, *, dpi):
    """Read the table of thresholds and those that were chosen; draw them."""
    chosen = json.loads(Path(thresholds).read_text(encoding="utf-8"))
    save_figure(draw_bar_detection(read_result_table(detection), chosen), png, pdf, dpi)


if __name__ == "__main__":
    main(
        snakemake.input.detection,
        snakemake.input.thresholds,
        snakemake.output.png,
        snakemake.output.pdf,
        dpi=snakemake.params.dpi,
    )
