"""Estimate the error of lengths by the chosen settings from independent runs, by decile."""

from galbar.jobs.start import snakemake

import json
import logging
from pathlib import Path

import pandas as pd

from galbar.io.atomic import write_csv
from galbar.lengths.error_model import error_table
from galbar.lengths.setting_files import group_barlengths, runs_of_setting
from galbar.scores.estimators import kpc_h_of_pixels
from galbar.scores.inputs import read_catalogue

logger = logging.getLogger(__name__)


def main(barlengths, catalogue, chosen, errors, *, omega_m):
    """Read the lengths of each run on the test galaxies; write sigma of each decile.

    Of the best setting of all, and of the best that a user's own catalogues are measured with.
    """
    galaxies = read_catalogue(catalogue)
    test = galaxies[galaxies["split"] == "test"]
    chosen = json.loads(Path(chosen).read_text(encoding="utf-8"))
    groups, ids = group_barlengths(barlengths), test["galaxy_id"].to_numpy()
    tables = []
    for name, choice in {
        "chosen": chosen,
        "within_calibration": chosen["within_calibration"],
    }.items():
        pixels = runs_of_setting(groups, choice, ids)
        kpc_h = kpc_h_of_pixels(pixels, test, omega_m)
        table = error_table({"length_px": pixels, "length_kpc_h": kpc_h})
        table.insert(0, "choice", name)
        tables.append(table)
    write_csv(pd.concat(tables, ignore_index=True), errors)
    logger.info("%d test galaxies, %d runs", len(test), len(pixels))
    if len(pixels) < 2:
        logger.warning("one run only: the error of a length is unknown, sigma is left empty")


if __name__ == "__main__":
    main(
        snakemake.input.barlengths,
        snakemake.input.catalogue,
        snakemake.input.chosen,
        snakemake.output.errors,
        omega_m=snakemake.params.omega_m,
    )
