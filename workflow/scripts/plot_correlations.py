"""Draw an overview of the correlation tables: the best settings of each kind, with intervals."""

from galbar.jobs.start import snakemake

from galbar.figures.score_tables import draw_correlations
from galbar.figures.style import save_figure
from galbar.io.result_tables import read_result_table


def main(validation, test, png, pdf, *, dpi):
    """Draw both correlation tables."""
    figure = draw_correlations(read_result_table(validation), read_result_table(test))
    save_figure(figure, png, pdf, dpi)


if __name__ == "__main__":
    main(
        snakemake.input.validation,
        snakemake.input.test,
        snakemake.output.png,
        snakemake.output.pdf,
        dpi=snakemake.params.dpi,
    )
