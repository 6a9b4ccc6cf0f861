"""Simulate a survey of galaxies with known bar lengths, in the layout of the real data."""

from galbar.jobs.start import snakemake

from pathlib import Path

from galbar.survey.build import simulate_survey


def main(truth, *, survey, processes):
    """Write the survey into the folder of its truth table.

    ``survey`` is the section of the configuration.
    """
    settings = {key: value for key, value in survey.items() if key != "simulate"}
    simulate_survey(Path(truth).parent, **settings, processes=processes)


if __name__ == "__main__":
    main(
        snakemake.output.truth,
        survey=snakemake.params.survey,
        processes=snakemake.threads,
    )
