"""Measure completeness, bias and scatter of the lengths of simulated galaxies, by bins."""

from galbar.jobs.start import snakemake

from galbar.io.atomic import write_csv
from galbar.io.result_tables import read_result_table
from galbar.scores.estimator_scores import Resampling
from galbar.scores.length_bias import ALL, bias_table, join_truth


def main(lengths, truth, table, *, bins, resampling):
    """Compare the lengths with the truth; write the table of all bins."""
    galaxies = join_truth(read_result_table(lengths), read_result_table(truth))
    biases = bias_table(galaxies, bins, resampling)
    write_csv(biases, table)
    shown = ["sample", "n_barred", "n_unbarred", "completeness", "false_positives", "bias"]
    print(biases.loc[biases["property"] == ALL, [*shown, "scatter", "unmeasured"]].to_string())


if __name__ == "__main__":
    params = snakemake.params
    main(
        snakemake.input.lengths,
        snakemake.input.truth,
        snakemake.output.table,
        bins=params.bins,
        resampling=Resampling(params.bootstrap_samples, params.interval, params.seed),
    )
