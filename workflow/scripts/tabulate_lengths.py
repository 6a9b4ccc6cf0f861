"""Tabulate the bar lengths by the chosen setting in all units, one row per galaxy."""

from galbar.jobs.start import snakemake

import json
from pathlib import Path

from galbar.io.atomic import write_csv
from galbar.io.result_tables import read_result_table
from galbar.lengths.table import read_choice, tabulate_lengths


def main(barlengths, catalogue, chosen, table, *, errors, omega_m):
    """Read the files of all models and runs; write the lengths by the chosen setting."""
    galaxies = read_result_table(catalogue)
    choice = json.loads(Path(chosen).read_text(encoding="utf-8"))
    measured = read_choice(barlengths, choice, galaxies["galaxy_id"].to_numpy())
    model = None if errors is None else read_result_table(errors)
    write_csv(tabulate_lengths(*measured, galaxies, omega_m, model), table)


if __name__ == "__main__":
    main(
        list(snakemake.input.barlengths),
        snakemake.input.catalogue,
        snakemake.input.chosen,
        snakemake.output.table,
        errors=snakemake.input.get("errors"),
        omega_m=snakemake.params.omega_m,
    )
