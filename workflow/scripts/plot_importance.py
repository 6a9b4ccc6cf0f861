"""Draw what the calibrated lengths rest on: the importance of groups of settings."""

from galbar.jobs.start import snakemake

from galbar.figures.importance import draw_importance
from galbar.figures.style import save_figure
from galbar.io.result_tables import read_result_table


def main(importance, png, pdf, *, dpi):
    """Read the table of groups and draw it."""
    save_figure(draw_importance(read_result_table(importance)), png, pdf, dpi)


if __name__ == "__main__":
    main(
        snakemake.input.importance,
        snakemake.output.png,
        snakemake.output.pdf,
        dpi=snakemake.params.dpi,
    )
