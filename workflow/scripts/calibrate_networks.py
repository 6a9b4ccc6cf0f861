"""Calibrate each network alone, and estimate the lengths of the catalogue by each."""

from galbar.jobs.start import snakemake

from galbar.calibration.by_network import network_table
from galbar.calibration.calibration_file import read_calibration
from galbar.io.atomic import write_csv
from galbar.io.result_tables import read_result_table
from galbar.lengths.setting_files import group_barlengths


def main(barlengths, catalogue, calibration, table):
    """Read the files of all networks and runs; write length_scaled and its intervals, by model."""
    galaxy_id = read_result_table(catalogue, columns=["galaxy_id"])["galaxy_id"].to_numpy()
    groups = group_barlengths(barlengths)
    write_csv(network_table(groups, galaxy_id, read_calibration(calibration)), table)


if __name__ == "__main__":
    main(
        list(snakemake.input.barlengths),
        snakemake.input.catalogue,
        snakemake.input.calibration,
        snakemake.output.table,
    )
