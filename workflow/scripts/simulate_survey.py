"""Simulate a survey of galaxies with known bar lengths, in the layout of the real data."""

from pathlib import Path
from typing import TYPE_CHECKING

from galbar.io.job_log import start_log
from galbar.survey.build import simulate_survey

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(truth, *, survey, processes):
    """Write the survey into the folder of its truth table.

    ``survey`` is the section of the configuration.
    """
    settings = {key: value for key, value in survey.items() if key != "simulate"}
    simulate_survey(Path(truth).parent, **settings, processes=processes)


if __name__ == "__main__":
    # Worker processes would run this file, which a workflow from the web has only the address of.
    __file__ = None
    start_log(snakemake.log[0])
    main(
        snakemake.output.truth,
        survey=snakemake.params.survey,
        processes=snakemake.threads,
    )
