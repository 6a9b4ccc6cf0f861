"""Estimate the calibrated lengths of a catalogue, with intervals, one row per galaxy."""

from galbar.jobs.start import snakemake

import json
from pathlib import Path

from galbar.calibration.calibration_file import read_calibration
from galbar.calibration.table import estimate_table
from galbar.io.atomic import write_csv
from galbar.io.result_tables import read_result_table
from galbar.lengths.setting_files import group_barlengths


def main(barlengths, catalogue, calibration, chosen, table, *, own=False):
    """Read the files of all networks and runs; write length_scaled and its intervals.

    Of a user's ``own`` catalogue only what the calibration is made of is there.
    """
    galaxy_id = read_result_table(catalogue, columns=["galaxy_id"])["galaxy_id"].to_numpy()
    choice = json.loads(Path(chosen).read_text(encoding="utf-8"))
    choice = choice["within_calibration"] if own else choice
    groups = group_barlengths(barlengths)
    write_csv(estimate_table(groups, galaxy_id, read_calibration(calibration), choice), table)


if __name__ == "__main__":
    main(
        list(snakemake.input.barlengths),
        snakemake.input.catalogue,
        snakemake.input.calibration,
        snakemake.input.chosen,
        snakemake.output.table,
        own=snakemake.params.own,
    )
