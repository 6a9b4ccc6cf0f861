"""Simulate galaxies on which completeness and bias of the lengths are measured."""

from galbar.jobs.start import snakemake

from pathlib import Path

from galbar.survey.completeness import simulate_completeness


def main(table, *, settings, processes):
    """Write the galaxies into the folder of their table."""
    simulate_completeness(Path(table).parent, **settings, processes=processes)


if __name__ == "__main__":
    main(
        snakemake.output.table,
        settings=snakemake.params.settings,
        processes=snakemake.threads,
    )
