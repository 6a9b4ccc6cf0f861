"""Draw one of the checks of heat maps."""

from galbar.jobs.start import snakemake

from galbar.figures.heatmap_checks import draw_check
from galbar.figures.style import save_figure
from galbar.io.result_tables import read_result_table


def main(table, png, pdf, *, check, dpi):
    """Read the table of checks and draw the one of them."""
    save_figure(draw_check(read_result_table(table), check), png, pdf, dpi)


if __name__ == "__main__":
    main(
        snakemake.input.table,
        snakemake.output.png,
        snakemake.output.pdf,
        check=snakemake.params.check,
        dpi=snakemake.params.dpi,
    )
