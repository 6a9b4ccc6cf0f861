"""Draw completeness, bias and scatter of lengths by properties of simulated galaxies."""

from galbar.jobs.start import snakemake

from galbar.figures.length_bias import draw_length_bias
from galbar.figures.style import save_figure
from galbar.io.result_tables import read_result_table


def main(bias, png, pdf, *, dpi):
    """Read the table of bins and draw it."""
    save_figure(draw_length_bias(read_result_table(bias)), png, pdf, dpi)


if __name__ == "__main__":
    main(
        snakemake.input.bias,
        snakemake.output.png,
        snakemake.output.pdf,
        dpi=snakemake.params.dpi,
    )
