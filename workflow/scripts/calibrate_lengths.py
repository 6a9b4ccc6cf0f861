"""Fit the calibrated estimator on the validation galaxies, and compare it with other ones."""

from galbar.jobs.start import snakemake

import logging

from galbar.calibration.calibration_file import write_calibration
from galbar.calibration.fit import calibrate
from galbar.io.atomic import write_csv
from galbar.lengths.setting_files import group_barlengths
from galbar.scores.inputs import read_catalogue

logger = logging.getLogger(__name__)


def main(barlengths, catalogue, calibration, candidates, *, seed, selection=None):
    """Read lengths by all settings and the catalogue's; write the calibration, and what it beat."""
    groups = group_barlengths(barlengths)
    fitted = calibrate(groups, read_catalogue(catalogue), seed, selection)
    logger.info("%d galaxies:\n%s", len(fitted.galaxy_id), fitted.candidates.to_string())
    if fitted.note:
        logger.warning("%s", fitted.note)
    write_calibration(calibration, fitted.calibration, fitted.names, fitted.galaxy_id, fitted.note)
    write_csv(fitted.candidates, candidates)


if __name__ == "__main__":
    main(
        list(snakemake.input.barlengths),
        snakemake.input.catalogue,
        snakemake.output.calibration,
        snakemake.output.candidates,
        seed=snakemake.params.seed,
        selection=snakemake.params.selection,
    )
