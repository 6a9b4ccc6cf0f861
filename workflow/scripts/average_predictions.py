"""Average the predicted votes over the models: the ensemble."""

from galbar.jobs.start import snakemake

from galbar.io.atomic import write_csv
from galbar.io.result_tables import read_result_table
from galbar.training.vote_scores import average_votes


def main(predictions, ensembles):
    """Read for each of the ``ensembles`` one table per model, matched by galaxy; write their mean.

    ``predictions`` holds a list of tables for each of them.
    """
    for tables, ensemble in zip(predictions, ensembles, strict=True):
        write_csv(average_votes({path: read_result_table(path) for path in tables}), ensemble)


if __name__ == "__main__":
    main(
        [snakemake.input.training, snakemake.input.test],
        [snakemake.output.training, snakemake.output.test],
    )
