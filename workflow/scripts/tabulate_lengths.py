"""Tabulate the bar lengths of a catalogue in all units, one row per galaxy."""

from galbar.jobs.start import snakemake

import json
from pathlib import Path

import numpy as np

from galbar.io.atomic import write_csv
from galbar.io.result_tables import read_result_table
from galbar.lengths.averages import mean_length
from galbar.lengths.table import add_calibrated, read_choice, tabulate_lengths


def main(barlengths, catalogue, calibrated, chosen, table, *, errors, omega_m):
    """Read the files of all models and runs; write calibrated lengths and the chosen setting's."""
    galaxies = read_result_table(catalogue)
    ids = galaxies["galaxy_id"].to_numpy()
    choice = json.loads(Path(chosen).read_text(encoding="utf-8"))
    model = None if errors is None else read_result_table(errors)
    of_setting = tabulate_lengths(*read_choice(barlengths, choice, ids), galaxies, omega_m, model)
    published = np.full(len(ids), np.nan)
    if choice["published"]:
        published = mean_length(read_choice(barlengths, choice["published"], ids)[0].astype(float))
    lengths = read_result_table(calibrated)
    write_csv(add_calibrated(of_setting, lengths, galaxies, omega_m, published), table)


if __name__ == "__main__":
    main(
        list(snakemake.input.barlengths),
        snakemake.input.catalogue,
        snakemake.input.calibrated,
        snakemake.input.chosen,
        snakemake.output.table,
        errors=snakemake.input.get("errors"),
        omega_m=snakemake.params.omega_m,
    )
