"""What calibrated lengths rest on: how much worse they get without a group of settings.

Permutation importance (Breiman 2001) of whole groups: the lengths by all settings of a network, a
kind of map, a criterion, ... are exchanged together between the galaxies, and galaxies that the
regression was not fitted on are predicted from them. One setting alone says little: hundreds of
others hold nearly the same.
"""

import numpy as np
import pandas as pd

from galbar.calibration.estimator import Calibration, split_galaxies
from galbar.calibration.groups import list_groups

IMPORTANCE_COLUMNS = (
    "grouping",
    "group",
    "settings",
    "n",
    "rms_log",
    "rms_log_permuted",
    "importance",
    "importance_std",
    "leading_setting",
    "leading_r",
)
_FOLDS = 5
_REPEATS = 10


def importance_table(calibration, names):
    """Measure how much every group of settings carries, on the galaxies of the calibration.

    Parameters
    ----------
    calibration : galbar.calibration.estimator.Calibration or None
    names : list of str, its f settings

    Returns
    -------
    pandas.DataFrame
        One row per group, columns `IMPORTANCE_COLUMNS`: n galaxies; rms_log, the root mean square
        difference from the catalogue of the logarithms of lengths predicted for galaxies not fitted
        on; the same with the group's lengths permuted, mean over the repeats; the increase, and its
        standard deviation over the repeats; and the leading setting of the group, from
        `resemblance`. A grouping with one group only is left out. Empty without a calibration.
    """
    if calibration is None:
        return pd.DataFrame(columns=list(IMPORTANCE_COLUMNS))
    folds = _fit_folds(calibration)
    wanted = np.log(calibration.target)
    length_px, m = calibration.length_px, len(wanted)
    unchanged = _predict(folds, length_px, [], np.arange(m)[np.newaxis])
    (reference,) = _rms(unchanged - wanted)
    likeness = resemblance(calibration)
    rows = []
    for grouping, group, members in list_groups(names):
        orders = draw_orders(m, calibration.seed, f"{grouping}={group}")
        increase = _rms(_predict(folds, length_px, members, orders) - wanted) - reference
        leading = members[np.argmax(likeness[members])]
        rows.append(
            {
                "grouping": grouping,
                "group": group,
                "settings": len(members),
                "n": len(np.unique(calibration.galaxy_id)),
                "rms_log": reference,
                "rms_log_permuted": reference + increase.mean(),
                "importance": increase.mean(),
                "importance_std": increase.std(ddof=1),
                "leading_setting": names[leading],
                "leading_r": likeness[leading],
            }
        )
    return pd.DataFrame(rows, columns=list(IMPORTANCE_COLUMNS))


def resemblance(calibration):
    """Correlate the lengths by each setting with the calibrated ones of galaxies not fitted on.

    Pearson's r of logarithms (f,); a missing length counts as the median of its setting. The
    largest marks the setting that the estimator follows most closely. Unlike the importance of a
    single setting, of which hundreds are nearly the same, it hardly depends on chance.
    """
    logs = np.log(calibration.length_px)
    logs = np.where(np.isnan(logs), np.nanmedian(logs, axis=0), logs)
    logs = logs - logs.mean(axis=0)
    held_out = calibration.held_out - calibration.held_out.mean()
    spread = np.sqrt((logs**2).sum(axis=0) * (held_out**2).sum())
    return np.divide(held_out @ logs, spread, out=np.zeros(len(spread)), where=spread > 0)


def _fit_folds(calibration):
    """Fit the estimator without each fifth of the galaxies; list (left out, estimator)."""
    folds = split_galaxies(calibration.galaxy_id, _FOLDS, calibration.seed)
    return [
        (
            left_out,
            Calibration(
                length_px=calibration.length_px[fitted],
                target=calibration.target[fitted],
                galaxy_id=calibration.galaxy_id[fitted],
                candidate=calibration.candidate,
                held_out=calibration.held_out[fitted],
                seed=calibration.seed,
            ),
        )
        for fitted, left_out in folds
    ]


def draw_orders(m, seed, group):
    """Draw orders of m galaxies, (repeats, m)."""
    # The seed depends on the group's name, so that one more group changes no other.
    rng = np.random.default_rng([seed, int.from_bytes(group.encode(), "big")])
    return np.stack([rng.permutation(m) for _ in range(_REPEATS)])


def _predict(folds, length_px, members, orders):
    """Predict logarithms (repeats, m), each galaxy by the fit without it.

    The settings ``members`` of a galaxy are those of the galaxy at its place in each of ``orders``
    (repeats, m). They change places together, so that they still agree with each other.
    """
    predicted = np.empty(orders.shape)
    for left_out, estimator in folds:
        rows = np.repeat(length_px[np.newaxis, left_out], len(orders), axis=0)
        rows[:, :, members] = length_px[orders[:, left_out, np.newaxis], members]
        length = estimator.estimate(rows.reshape(-1, length_px.shape[1])).length
        predicted[:, left_out] = np.log(length).reshape(len(orders), -1)
    return predicted


def _rms(differences):
    """Return the root mean square (repeats,); a galaxy left without any length does not count."""
    return np.sqrt(np.nanmean(differences**2, axis=1))
