"""Draw predicted against voted fractions of one vote, for every network and the ensemble."""

from galbar.jobs.start import snakemake

from pathlib import Path

from galbar.catalogues.decision_tree import ANSWER_LABELS
from galbar.figures.style import save_figure
from galbar.figures.training_curves import draw_vote_predictions
from galbar.io.result_tables import read_result_table


def main(catalogue, predictions, png, pdf, *, column, split, dpi):
    """Read votes and .../{model}/run{run}/predictions_train.csv; draw the galaxies of a split."""
    votes = read_result_table(catalogue, columns=["galaxy_id", "split", column])
    votes = votes[votes["split"] == split].set_index("galaxy_id")[column]
    predicted = {}
    for path in predictions:
        table = read_result_table(path, columns=["galaxy_id", column]).set_index("galaxy_id")[
            column
        ]
        missing = votes.index.difference(table.index)
        if len(missing):
            raise ValueError(f"{path}: {len(missing)} galaxies are missing, first {missing[0]}")
        predicted[Path(path).parts[-3]] = table.loc[votes.index].to_numpy()
    name = f"{ANSWER_LABELS.get(column, '')} ({column})".lstrip()
    save_figure(draw_vote_predictions(votes.to_numpy(), predicted, name), png, pdf, dpi)


if __name__ == "__main__":
    main(
        snakemake.input.catalogue,
        list(snakemake.input.predictions),
        snakemake.output.png,
        snakemake.output.pdf,
        column=snakemake.params.column,
        split=snakemake.params.split,
        dpi=snakemake.params.dpi,
    )
