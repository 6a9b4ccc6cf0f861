"""Correlate the lengths of all models and settings with the catalogue, on the validation set."""

from galbar.jobs.start import snakemake

from galbar.io.atomic import write_csv
from galbar.lengths.setting_files import group_barlengths
from galbar.scores.bootstrap import draw_resamples
from galbar.scores.estimator_scores import Resampling
from galbar.scores.inputs import read_catalogue
from galbar.scores.selection import mark_choice
from galbar.scores.setting_grid import correlation_table


def main(barlengths, catalogue, correlations, *, resampling, **selection):
    """Read all bar lengths (n, s) and the catalogue; write one row per model, noise, setting.

    ``selection`` are the keywords of `mark_choice`.
    """
    galaxies = read_catalogue(catalogue)
    validation = galaxies[galaxies["split"] == "validation"].reset_index(drop=True)
    if validation.empty:
        raise ValueError(f"{catalogue}: no galaxy has split validation")
    resamples = draw_resamples(len(validation), resampling.samples, resampling.seed)
    table = correlation_table(group_barlengths(barlengths), validation, resamples, resampling.level)
    table = mark_choice(table, **selection)
    write_csv(table, correlations)
    print(f"{len(table)} settings on {len(validation)} galaxies; chosen:")
    print(table[table["chosen"]].iloc[0].to_string())


if __name__ == "__main__":
    main(
        snakemake.input.barlengths,
        snakemake.input.catalogue,
        snakemake.output.correlations,
        resampling=Resampling(
            samples=snakemake.params.bootstrap_samples,
            level=snakemake.params.interval,
            seed=snakemake.params.seed,
        ),
        min_measured_share=snakemake.params.min_measured_share,
        published=snakemake.params.published,
        calibration=snakemake.params.calibration,
    )
