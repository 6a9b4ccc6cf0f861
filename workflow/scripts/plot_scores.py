"""Draw the scores of all estimators and baselines with their intervals."""

from typing import TYPE_CHECKING

import pandas as pd

from galbar.figures.score_tables import draw_scores
from galbar.figures.style import save_figure
from galbar.io.job_log import start_log

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(scores, truth, png, pdf, *, dpi):
    """Draw the scores, and those against the truth (a list of one file, or of none)."""
    against_truth = pd.read_csv(truth[0]) if truth else None
    save_figure(draw_scores(pd.read_csv(scores), against_truth), png, pdf, dpi)


if __name__ == "__main__":
    start_log(snakemake.log[0])
    main(
        snakemake.input.scores,
        list(snakemake.input.truth),
        snakemake.output.png,
        snakemake.output.pdf,
        dpi=snakemake.params.dpi,
    )
