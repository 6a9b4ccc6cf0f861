"""Average the predicted votes over the models: the ensemble."""

from galbar.jobs.start import snakemake

from galbar.io.atomic import write_csv
from galbar.io.result_tables import read_result_table
from galbar.training.vote_scores import average_votes


def main(predictions, ensemble):
    """Read one table per model, matched by galaxy; write their mean."""
    tables = {path: read_result_table(path) for path in predictions}
    write_csv(average_votes(tables), ensemble)


if __name__ == "__main__":
    main(snakemake.input.predictions, snakemake.output.predictions)
