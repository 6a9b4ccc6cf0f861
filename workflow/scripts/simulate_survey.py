"""Simulate a survey of galaxies with known bar lengths, in the layout of the real data."""

from pathlib import Path
from typing import TYPE_CHECKING

from galbar.io.job_log import start_log
from galbar.survey.build import simulate_survey

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(truth, **settings):
    """Write the survey into the folder of its truth table."""
    simulate_survey(Path(truth).parent, **settings)


if __name__ == "__main__":
    start_log(snakemake.log[0])
    main(
        snakemake.output.truth,
        seed=snakemake.params.seed,
        training_galaxies=snakemake.params.training_galaxies,
        test_galaxies=snakemake.params.test_galaxies,
        catalogue_galaxies=snakemake.params.catalogue_galaxies,
        barred_share=snakemake.params.barred_share,
        volunteers=snakemake.params.volunteers,
        observer_scatter=snakemake.params.observer_scatter,
        processes=snakemake.threads,
    )
