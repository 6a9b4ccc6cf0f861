"""From files of bar lengths and the catalogue to a calibration, or the reason for none."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from galbar.calibration.estimator import (
    ENOUGH_FOR_LINE,
    ENOUGH_FOR_REGRESSION,
    Calibration,
    compare_candidates,
    usable_columns,
)
from galbar.calibration.features import read_features, read_named
from galbar.catalogues.splits import is_calibrating


class Fitted(NamedTuple):
    """A calibration and how it came about.

    ``calibration`` is a `galbar.calibration.estimator.Calibration`, None where there were too few
    galaxies; ``names`` its f settings, ``candidates`` the comparison that it won (empty without
    one), ``note`` what the reader of its lengths should know, or "".
    """

    calibration: Calibration | None
    names: list
    candidates: pd.DataFrame
    note: str


def calibrate(groups, catalogue, seed, selection=None, looks=()):
    """Fit the calibrated estimator on the validation galaxies.

    Parameters
    ----------
    groups : dict, from `galbar.lengths.setting_files.group_barlengths`
    catalogue : pandas.DataFrame, with galaxy_id, split and length_scaled
    seed : int, of the folds and of the candidates
    selection : dict, optional, see `galbar.calibration.features.read_features`
    looks : sequence of dict, optional
        As ``groups``, of the same galaxies in other colours: each is one more row of the fit.

    Returns
    -------
    Fitted
    """
    galaxies = catalogue[is_calibrating(catalogue)]
    ids, target = galaxies["galaxy_id"].to_numpy(), galaxies["length_scaled"].to_numpy(dtype=float)
    names, length_px = read_features(groups, ids, selection)
    columns = usable_columns(length_px)
    names = [name for name, usable in zip(names, columns, strict=True) if usable]
    drawn = [length_px[:, columns], *(read_named(look, ids, names) for look in looks)]
    length_px = np.concatenate(drawn)
    ids, target = np.tile(ids, len(drawn)), np.tile(target, len(drawn))
    measured = np.isfinite(length_px).any(axis=1)
    length_px, ids, target = length_px[measured], ids[measured], target[measured]
    n = len(np.unique(ids))
    if n < ENOUGH_FOR_LINE:
        nothing = pd.DataFrame(columns=["candidate", "n", "rms_log", "r", "chosen"])
        return Fitted(None, names, nothing, note_on(n))
    table, held_out = compare_candidates(length_px, target, ids, seed)
    chosen = table.loc[table["chosen"], "candidate"].item()
    return Fitted(
        Calibration(length_px, target, ids, chosen, held_out, seed), names, table, note_on(n)
    )


def note_on(n):
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
