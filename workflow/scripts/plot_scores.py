"""Draw the scores of all estimators and baselines with their intervals."""

from galbar.jobs.start import snakemake

from galbar.figures.score_tables import draw_scores
from galbar.figures.style import save_figure
from galbar.io.result_tables import read_result_table


def main(scores, truth, png, pdf, *, dpi):
    """Draw the scores, and those against the truth (a list of one file, or of none)."""
    against_truth = read_result_table(truth[0]) if truth else None
    save_figure(draw_scores(read_result_table(scores), against_truth), png, pdf, dpi)


if __name__ == "__main__":
    main(
        snakemake.input.scores,
        list(snakemake.input.truth),
        snakemake.output.png,
        snakemake.output.pdf,
        dpi=snakemake.params.dpi,
    )
