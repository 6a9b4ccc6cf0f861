"""Draw the scores of all estimators and baselines with their intervals."""

from galbar.jobs.start import snakemake

import pandas as pd

from galbar.figures.score_tables import draw_scores
from galbar.figures.style import save_figure


def main(scores, truth, png, pdf, *, dpi):
    """Draw the scores, and those against the truth (a list of one file, or of none)."""
    against_truth = pd.read_csv(truth[0]) if truth else None
    save_figure(draw_scores(pd.read_csv(scores), against_truth), png, pdf, dpi)


if __name__ == "__main__":
    main(
        snakemake.input.scores,
        list(snakemake.input.truth),
        snakemake.output.png,
        snakemake.output.pdf,
        dpi=snakemake.params.dpi,
    )
