"""Fit the calibrated estimator on the validation galaxies, and compare it with other ones."""

from galbar.jobs.start import snakemake

import logging
from pathlib import Path

from galbar.calibration.calibration_file import write_calibration
from galbar.calibration.fit import calibrate
from galbar.io.atomic import write_csv
from galbar.lengths.setting_files import group_barlengths
from galbar.scores.inputs import read_catalogue

logger = logging.getLogger(__name__)


def main(barlengths, looks, catalogue, calibration, candidates, *, seed, selection=None):
    """Read lengths by all settings and the catalogue's; write the calibration, and what it beat.

    ``looks`` are files of the same galaxies in other colours, each look a folder.
    """
    groups = group_barlengths(barlengths)
    folders = sorted({Path(path).parent.name for path in looks})
    others = [
        group_barlengths([path for path in looks if Path(path).parent.name == folder])
        for folder in folders
    ]
    fitted = calibrate(groups, read_catalogue(catalogue), seed, selection, others)
    logger.info("compared:\n%s", fitted.candidates.to_string())
    if fitted.note:
        logger.warning("%s", fitted.note)
    write_calibration(calibration, fitted.calibration, fitted.names, fitted.note)
    write_csv(fitted.candidates, candidates)


if __name__ == "__main__":
    main(
        list(snakemake.input.barlengths),
        list(snakemake.input.looks),
        snakemake.input.catalogue,
        snakemake.output.calibration,
        snakemake.output.candidates,
        seed=snakemake.params.seed,
        selection=snakemake.params.selection,
    )
