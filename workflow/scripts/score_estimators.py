"""Score the calibrated lengths, those of single settings, the control and the baselines."""

from galbar.jobs.start import snakemake

from galbar.io.atomic import write_csv
from galbar.scores.chosen_settings import chosen_table
from galbar.scores.dilution import dilution_table
from galbar.scores.estimator_scores import (
    Resampling,
    difference_table,
    samples_of_catalogue,
    score_table,
)
from galbar.scores.estimators import catalogue_lengths, lengths_of_estimators
from galbar.scores.inputs import read_inputs
from galbar.scores.other_units import add_kpc, add_pixels


def main(paths, scores, differences, dilution, correlations, *, cosmology, resampling):
    """Read what `read_inputs` lists; write scores, paired differences and the test table."""
    inputs = read_inputs(*paths)
    estimators = lengths_of_estimators(inputs, cosmology["omega_m"])
    samples = samples_of_catalogue(inputs.catalogue)
    scored = estimators, catalogue_lengths(inputs.catalogue), samples, resampling
    table = score_table(*scored)
    write_csv(add_kpc(add_pixels(table), cosmology["hubble_constant"]), scores)
    write_csv(difference_table(*scored), differences)
    write_csv(add_pixels(dilution_table(*scored[:3])), dilution)
    write_csv(chosen_table(inputs, resampling), correlations)
    shown = ["estimator", "sample", "quantity", "n", "n_unmeasurable", "pearson_r"]
    print(table[shown].to_string())


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
        snakemake.output.scores,
        snakemake.output.differences,
        snakemake.output.dilution,
        snakemake.output.correlations,
        cosmology=snakemake.params.cosmology,
        resampling=Resampling(
            samples=snakemake.params.bootstrap_samples,
            level=snakemake.params.interval,
            seed=snakemake.params.seed,
        ),
    )
