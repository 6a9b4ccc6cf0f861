"""Score the predicted votes of every model and of the ensemble against the volunteers."""

from galbar.jobs.start import snakemake

from pathlib import Path

import pandas as pd

from galbar.io.atomic import write_csv
from galbar.io.result_tables import read_result_table
from galbar.training.vote_scores import score_votes


def main(training, predictions, scores):
    """Read the training table and ``predictions``, {model}/run{run}/*.csv; write the scores."""
    true = read_result_table(training)
    rows = []
    for path in predictions:
        model, run = Path(path).parts[-3:-1]
        scores_of_sets = score_votes(read_result_table(path), true, path)
        rows += [
            {"model": model, "run": int(run.removeprefix("run")), **row} for row in scores_of_sets
        ]
    write_csv(pd.DataFrame(rows), scores)


if __name__ == "__main__":
    main(snakemake.input.training, snakemake.input.predictions, snakemake.output.scores)
