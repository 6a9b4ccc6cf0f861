"""Choose the thresholds that say whether a galaxy has a bar, on galaxies with votes."""

from galbar.jobs.start import snakemake

import numpy as np

from galbar.catalogues.bar_votes import choose_thresholds, measure_detection
from galbar.catalogues.decision_tree import VOTE_COLUMNS
from galbar.io.atomic import write_csv, write_json
from galbar.io.result_tables import read_result_table


def main(predictions, votes, thresholds, detection):
    """Compare the mean of the ensembles' predictions with the votes of the validation galaxies."""
    runs = [read_result_table(path).set_index("galaxy_id") for path in predictions]
    validation = runs[0].index[runs[0]["split"] == "validation"]
    columns = list(VOTE_COLUMNS)
    predicted = np.mean([run.loc[validation, columns].to_numpy() for run in runs], axis=0)
    voted = read_result_table(votes).set_index("galaxy_id").loc[validation, columns].to_numpy()
    table = measure_detection(predicted, voted)
    write_csv(table, detection)
    write_json(choose_thresholds(table), thresholds)


if __name__ == "__main__":
    main(
        list(snakemake.input.predictions),
        snakemake.input.votes,
        snakemake.output.thresholds,
        snakemake.output.detection,
    )
