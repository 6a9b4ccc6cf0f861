"""Draw measured and human bar lengths against the truth of the simulated survey."""

from galbar.jobs.start import snakemake

from galbar.figures.length_panels import human_truth_panel, read_lengths, truth_panel
from galbar.figures.scatter import draw_lengths
from galbar.figures.style import save_figure
from galbar.io.result_tables import read_result_table


def main(lengths, truth, scores, png, pdf, *, sample, dpi):
    """Draw lengths by the chosen setting and, as the ceiling, the simulated observers' means."""
    measured, catalogue = read_lengths(lengths)
    scored = read_result_table(scores)
    panels = [
        truth_panel(measured, catalogue, truth, scored, sample),
        human_truth_panel(catalogue, truth, scored, sample),
    ]
    labels = "true bar length / size of the galaxy", "measured bar length / size of the galaxy"
    save_figure(draw_lengths(panels, *labels), png, pdf, dpi)


if __name__ == "__main__":
    main(
        snakemake.input.lengths,
        snakemake.input.truth,
        snakemake.input.scores,
        snakemake.output.png,
        snakemake.output.pdf,
        sample=snakemake.params.sample,
        dpi=snakemake.params.dpi,
    )
