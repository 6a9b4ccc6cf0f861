"""Draw the learning curves of every network and run (figure 2 of the paper)."""

from galbar.jobs.start import snakemake

from pathlib import Path

from galbar.figures.style import save_figure
from galbar.figures.training_curves import draw_learning_curves
from galbar.io.result_tables import read_result_table


def main(logs, control, scores, png, pdf, *, dpi):
    """Read .../{model}/run{run}/training_log.csv of all networks; draw their RMSE."""
    tables = {Path(path).parts[-3:-1]: read_result_table(path) for path in logs}
    direct = read_result_table(control) if control else None
    scored = read_result_table(scores)
    # The same galaxies for all networks: the first row stands for all.
    validation = scored.loc[scored["set"] == "validation", "rmse_of_mean"]
    mean_rmse = float(validation.iloc[0]) if len(validation) else None
    save_figure(draw_learning_curves(tables, direct, mean_rmse), png, pdf, dpi)


if __name__ == "__main__":
    main(
        list(snakemake.input.logs),
        snakemake.input.control,
        snakemake.input.scores,
        snakemake.output.png,
        snakemake.output.pdf,
        dpi=snakemake.params.dpi,
    )
