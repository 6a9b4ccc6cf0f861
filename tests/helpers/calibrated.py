"""Calibrated lengths in the tests of scores and figures, with the quickest candidate only."""

from unittest import mock

import calibrate_lengths
import calibrate_networks
import estimate_lengths
from galbar.calibration.candidates import CANDIDATES


def write_calibrated(barlengths, catalogue, chosen, folder):
    """Calibrate and estimate by the workflow's own scripts; return both tables' paths."""
    files = folder / "calibration.h5", folder / "calibration_candidates.csv"
    own = [path for path in barlengths if "average" not in str(path)]
    with mock.patch.dict(CANDIDATES, {"ridge": CANDIDATES["ridge"]}, clear=True):
        calibrate_lengths.main(own, (), catalogue, *files, seed=1)
        table = folder / "calibrated_lengths/hoyle.csv"
        estimate_lengths.main(barlengths, catalogue, files[0], chosen, table)
        networks = folder / "calibrated_by_network.csv"
        calibrate_networks.main(own, catalogue, files[0], networks)
    return table, networks
