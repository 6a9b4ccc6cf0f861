"""Draw how lengths are drawn together, and what their intervals cover."""

from galbar.jobs.start import snakemake

from galbar.figures.dilution import draw_dilution
from galbar.figures.style import save_figure
from galbar.io.result_tables import read_result_table


def main(tables, scores, png, pdf, *, sample, dpi):
    """Read the tables of the catalogue and perhaps of the truth; draw them."""
    names = ["catalogue", "truth"][: len(tables)]
    read = [
        dict(zip(names, map(read_result_table, paths), strict=True)) for paths in (tables, scores)
    ]
    save_figure(draw_dilution(*read, sample), png, pdf, dpi)


if __name__ == "__main__":
    main(
        list(snakemake.input.tables),
        list(snakemake.input.scores),
        snakemake.output.png,
        snakemake.output.pdf,
        sample=snakemake.params.sample,
        dpi=snakemake.params.dpi,
    )
