"""Score all estimators, and the catalogue itself, against the truth of a simulated survey."""

from galbar.jobs.start import snakemake

from galbar.io.atomic import write_csv
from galbar.scores.dilution import dilution_table
from galbar.scores.estimator_scores import Resampling, samples_of_catalogue, score_table
from galbar.scores.estimators import human_lengths, lengths_of_estimators
from galbar.scores.inputs import read_inputs
from galbar.scores.other_units import add_kpc, add_pixels
from galbar.scores.truth import read_truth, truth_correlations


def main(paths, truth, scores, dilution, correlations, *, cosmology, resampling):
    """Write the scores against the truth and, only to be looked at, those of all settings."""
    inputs = read_inputs(*paths)
    estimators = [
        *lengths_of_estimators(inputs, cosmology["omega_m"]),
        human_lengths(inputs.catalogue),
    ]
    reference = read_truth(truth, inputs.catalogue["galaxy_id"].to_numpy())
    samples = samples_of_catalogue(inputs.catalogue)
    table = score_table(estimators, reference, samples, resampling)
    write_csv(add_kpc(add_pixels(table), cosmology["hubble_constant"]), scores)
    write_csv(add_pixels(dilution_table(estimators, reference, samples)), dilution)
    write_csv(truth_correlations(inputs, reference, resampling), correlations)
    print(
        table[["estimator", "sample", "quantity", "n", "n_unmeasurable", "pearson_r"]].to_string()
    )


if __name__ == "__main__":
    main(
        (
            snakemake.input.barlengths,
            snakemake.input.catalogue,
            snakemake.input.chosen,
            snakemake.input.control,
            snakemake.input.calibrated,
            snakemake.input.networks,
            snakemake.input.ellipses,
            list(snakemake.input.moments),
            list(snakemake.input.external),
        ),
        snakemake.input.truth,
        snakemake.output.scores,
        snakemake.output.dilution,
        snakemake.output.correlations,
        cosmology=snakemake.params.cosmology,
        resampling=Resampling(
            samples=snakemake.params.bootstrap_samples,
            level=snakemake.params.interval,
            seed=snakemake.params.seed,
        ),
    )
