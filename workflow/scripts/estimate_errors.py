"""Estimate the error of the lengths by the chosen setting from independent runs, by decile."""

from galbar.jobs.start import snakemake

import json
import logging
from pathlib import Path

from galbar.io.atomic import write_csv
from galbar.lengths.error_model import error_table
from galbar.lengths.setting_files import group_barlengths, runs_of_setting
from galbar.scores.estimators import kpc_h_of_pixels
from galbar.scores.inputs import read_catalogue

logger = logging.getLogger(__name__)


def main(barlengths, catalogue, chosen, errors, *, omega_m):
    """Read the lengths of each run on the test galaxies; write sigma of each decile."""
    galaxies = read_catalogue(catalogue)
    test = galaxies[galaxies["split"] == "test"]
    choice = json.loads(Path(chosen).read_text(encoding="utf-8"))
    pixels = runs_of_setting(group_barlengths(barlengths), choice, test["galaxy_id"].to_numpy())
    kpc_h = kpc_h_of_pixels(pixels, test, omega_m)
    write_csv(error_table({"length_px": pixels, "length_kpc_h": kpc_h}), errors)
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
