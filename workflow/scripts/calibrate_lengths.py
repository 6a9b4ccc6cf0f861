"""Fit the calibrated estimator on the validation galaxies, and compare it with other ones."""

from galbar.jobs.start import snakemake

import logging

import numpy as np
import pandas as pd

from galbar.calibration.calibration_file import write_calibration
from galbar.calibration.estimator import (
    ENOUGH_FOR_LINE,
    ENOUGH_FOR_REGRESSION,
    Calibration,
    compare_candidates,
    usable_columns,
)
from galbar.calibration.features import read_features
from galbar.io.atomic import write_csv
from galbar.lengths.setting_files import group_barlengths
from galbar.scores.inputs import read_catalogue

logger = logging.getLogger(__name__)


def main(barlengths, catalogue, calibration, candidates, *, seed):
    """Read lengths by all settings and the catalogue's; write the calibration, and what it beat."""
    galaxies = read_catalogue(catalogue)
    galaxies = galaxies[(galaxies["split"] == "validation") & (galaxies["length_scaled"] > 0)]
    ids = galaxies["galaxy_id"].to_numpy()
    names, length_px = read_features(group_barlengths(barlengths), ids)
    measured = np.isfinite(length_px).any(axis=1)
    columns = usable_columns(length_px[measured])
    names = [name for name, usable in zip(names, columns, strict=True) if usable]
    length_px, ids = length_px[measured][:, columns], ids[measured]
    # Without the settings that are left out, a galaxy may have no length any more.
    measured = np.isfinite(length_px).any(axis=1)
    length_px, ids = length_px[measured], ids[measured]
    note = _note(len(ids))
    fitted, table = None, pd.DataFrame(columns=["candidate", "n", "rms_log", "r", "chosen"])
    if len(ids) >= ENOUGH_FOR_LINE and names:
        target = galaxies.set_index("galaxy_id").loc[ids, "length_scaled"].to_numpy()
        table, held_out = compare_candidates(length_px, target, seed)
        chosen = table.loc[table["chosen"], "candidate"].item()
        fitted = Calibration(length_px, target, chosen, held_out, seed)
        logger.info("%d galaxies, %d settings:\n%s", len(ids), len(names), table.to_string())
    if note:
        logger.warning("%s", note)
    write_calibration(calibration, fitted, names, ids, note)
    write_csv(table, candidates)


def _note(n):
    """Say in words what so many galaxies allow; "" for the whole estimator."""
    if n < ENOUGH_FOR_LINE:
        return (
            f"not calibrated: {n} galaxies with known lengths are too few ({ENOUGH_FOR_LINE} are "
            "needed); lengths are those of the best setting, without intervals"
        )
    if n < ENOUGH_FOR_REGRESSION:
        return (
            f"calibrated by a straight line: {n} galaxies with known lengths are too few for more "
            f"({ENOUGH_FOR_REGRESSION} are needed)"
        )
    return ""


if __name__ == "__main__":
    main(
        list(snakemake.input.barlengths),
        snakemake.input.catalogue,
        snakemake.output.calibration,
        snakemake.output.candidates,
        seed=snakemake.params.seed,
    )
