"""Tabulate the bar lengths of a catalogue in all units, one row per galaxy."""

from galbar.jobs.start import snakemake

import json
from pathlib import Path

from galbar.io.atomic import write_csv
from galbar.io.result_tables import read_result_table
from galbar.lengths.derived_columns import add_derived
from galbar.lengths.expected_bias import read_biases
from galbar.lengths.table import (
    add_calibrated,
    add_votes,
    read_choice,
    read_published,
    tabulate_lengths,
)
from galbar.lengths.verdicts import add_verdicts


def main(barlengths, catalogue, calibrated, chosen, table, *, errors, cosmology, own, **judged):
    """Read the files of all models and runs; write calibrated lengths and the chosen setting's.

    Of a user's ``own`` catalogue only what the calibration is made of is there, and the best
    setting within it takes the place of the chosen one; ``judged`` are its ``votes``, the files of
    `galbar.lengths.table.add_votes`, and perhaps ``verdicts`` and the table ``bias``.
    """
    galaxies = read_result_table(catalogue)
    ids = galaxies["galaxy_id"].to_numpy()
    choices = json.loads(Path(chosen).read_text(encoding="utf-8"))
    name = "within_calibration" if own else "chosen"
    model = None if errors is None else read_result_table(errors).query("choice == @name")
    measured = read_choice(barlengths, choices[name] if own else choices, ids)
    of_setting = tabulate_lengths(*measured, galaxies, cosmology, model)
    published = read_published(barlengths, choices, ids)
    lengths = read_result_table(calibrated)
    result = add_calibrated(of_setting, lengths, galaxies, cosmology, published)
    if judged.get("votes"):
        result = add_votes(result, *judged["votes"])
    biases = read_biases(judged["bias"]) if judged.get("bias") else None
    write_csv(add_derived(add_verdicts(result, judged.get("verdicts", ())), biases), table)


if __name__ == "__main__":
    own = snakemake.params.own
    main(
        list(snakemake.input.barlengths),
        snakemake.input.catalogue,
        snakemake.input.calibrated,
        snakemake.input.chosen,
        snakemake.output.table,
        errors=snakemake.input.get("errors"),
        cosmology=snakemake.params.cosmology,
        own=own,
        votes=own and (list(snakemake.input.votes), *snakemake.input.thresholds),
        verdicts=list(snakemake.input.verdicts),
        bias=next(iter(snakemake.input.bias), None),
    )
