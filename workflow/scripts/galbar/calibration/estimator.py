"""The calibrated estimator: chosen by cross-validation, with conformal intervals.

It learns from the galaxies of the validation set only: from their lengths by all settings to the
catalogue's ``length_scaled``, both as logarithms. Candidates are compared by what they predict for
galaxies that they were not fitted on; within, each finds its own parameters in the same way. The
differences of these predictions from the catalogue are the scores of conformal intervals (Vovk,
Gammerman & Shafer 2005; cross-conformal: Vovk 2015), divided by how large they usually are at such
a length (locally adaptive: Papadopoulos et al. 2002).
"""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from crepes import ConformalRegressor
from crepes.extras import DifficultyEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import KFold

from galbar.calibration.candidates import CANDIDATES
from galbar.calibration.intervals import LEVELS

# With fewer galaxies a regression of hundreds of lengths is chance; with fewer still, any line is.
ENOUGH_FOR_REGRESSION = 60
ENOUGH_FOR_LINE = 20
# A setting that measures a smaller share of the galaxies is left out.
_MEASURED = 0.5
_FOLDS = 10
# Galaxies of similar length that say how large errors usually are.
_NEIGHBOURS = 25
# A galaxy with a larger share of lengths beyond those of the calibration is outside of it.
_OUTSIDE_SHARE = 0.1


@dataclass(frozen=True)
class Lengths:
    """Calibrated lengths of n galaxies, all (n,).

    ``length`` is in units of the galaxy's size (length_scaled), NaN where no setting measures the
    galaxy; ``low`` and ``high`` hold the ends of its interval by level; ``outside`` says whether
    the galaxy is outside of what the calibration has seen.
    """

    length: np.ndarray
    low: dict
    high: dict
    outside: np.ndarray


class Calibration:
    """A regression of the lengths by f settings, fitted on m images of galaxies.

    Parameters
    ----------
    length_px : ndarray, shape (m, f) [pixel of the 424 px image]
        NaN where unmeasurable; every image has at least one length.
    target : ndarray, shape (m,)
        The catalogue's length_scaled.
    galaxy_id : ndarray of int64, shape (m,)
        A galaxy that was measured in several looks has several rows.
    candidate : str
        A name of `galbar.calibration.candidates.CANDIDATES`, or "line": a straight line on the
        mean of the logarithms.
    held_out : ndarray, shape (m,)
        What the candidate predicted for each image without having seen its galaxy, as a logarithm.
    seed : int
    """

    def __init__(self, length_px, target, galaxy_id, candidate, held_out, seed):
        self.candidate, self.seed, self.galaxy_id = candidate, seed, galaxy_id
        self.length_px, self.target, self.held_out = length_px, target, held_out
        logs = np.log(length_px)
        self._regression = _fit(candidate, logs, np.log(target), seed)
        self._range = np.nanmin(logs, axis=0), np.nanmax(logs, axis=0)
        residuals = np.log(target) - held_out
        self._difficulty = self._fit_difficulty(residuals, np.arange(len(target)))
        sigma = self._held_out_difficulty(residuals)
        self._conformal = ConformalRegressor().fit(residuals=residuals, sigmas=sigma)

    def _fit_difficulty(self, residuals, rows):
        """Fit how large errors (m,) usually are at a length, on some rows."""
        # As many galaxies, each with all its looks.
        neighbours = round(_NEIGHBOURS * len(self.target) / len(np.unique(self.galaxy_id)))
        # The mean error is added to that of the neighbours, which few galaxies know badly.
        return DifficultyEstimator().fit(
            X=self.held_out[rows, np.newaxis],
            residuals=residuals[rows],
            k=min(neighbours, len(rows) - 1),
            beta=float(np.abs(residuals).mean()),
            oob=True,
        )

    def _held_out_difficulty(self, residuals):
        """Return how large errors usually are (m,), without the galaxy: its own would flatter."""
        if len(np.unique(self.galaxy_id)) == len(self.galaxy_id):
            return self._difficulty.apply()
        sigma = np.empty(len(residuals))
        for fitted, left_out in split_galaxies(self.galaxy_id, _FOLDS, self.seed):
            others = self._fit_difficulty(residuals, fitted)
            sigma[left_out] = others.apply(self.held_out[left_out, np.newaxis])
        return sigma

    def estimate(self, length_px):
        """Estimate the lengths of n galaxies from theirs by the f settings, (n, f); `Lengths`."""
        logs = np.log(length_px)
        measured = np.isfinite(logs).any(axis=1)
        n = len(logs)
        length, outside = np.full(n, np.nan), np.zeros(n, dtype=bool)
        low, high = ({level: np.full(n, np.nan) for level in LEVELS} for _ in range(2))
        if measured.any():
            predicted = _predict(self._regression, logs[measured])
            length[measured] = np.exp(predicted)
            sigma = self._difficulty.apply(predicted[:, np.newaxis])
            for level in LEVELS:
                ends = self._conformal.predict_int(predicted, sigmas=sigma, confidence=level)
                low[level][measured], high[level][measured] = np.exp(ends).T
            outside[measured] = self._is_outside(logs[measured])
        return Lengths(length, low, high, outside)

    def _is_outside(self, logs):
        least, most = self._range
        beyond = (logs < least) | (logs > most)
        return beyond.sum(axis=1) > _OUTSIDE_SHARE * np.isfinite(logs).sum(axis=1)


def usable_columns(length_px):
    """Return which settings, (f,) of bool, measure enough galaxies, and not all the same length."""
    measured = np.isfinite(length_px)
    enough = measured.sum(axis=0) >= max(_MEASURED * len(length_px), 1)
    spread = np.zeros(length_px.shape[1])
    spread[enough] = np.nanstd(length_px[:, enough], axis=0)
    return enough & (spread > 0)


def compare_candidates(length_px, target, galaxy_id, seed, candidates=None):
    """Compare candidates by what they predict for galaxies that they have not seen.

    Parameters
    ----------
    length_px : ndarray, shape (m, f) [pixel of the 424 px image], NaN where unmeasurable
    target : ndarray, shape (m,), the catalogue's length_scaled
    galaxy_id : ndarray of int64, shape (m,), see `Calibration`
    seed : int, of the folds and of the candidates
    candidates : sequence of str, optional, names of those to be compared; all by default

    Returns
    -------
    table : pandas.DataFrame
        candidate, n, rms_log (of the difference of logarithms), r (Pearson, of lengths), chosen;
        the candidate with the smallest rms_log is chosen.
    held_out : ndarray, shape (m,), predictions of the chosen candidate, as logarithms
    """
    logs, wanted = np.log(length_px), np.log(target)
    n = len(np.unique(galaxy_id))
    names = (candidates or CANDIDATES) if n >= ENOUGH_FOR_REGRESSION else ["line"]
    predicted = {name: _held_out(name, logs, wanted, galaxy_id, seed) for name in names}
    rows = [
        {
            "candidate": name,
            "n": n,
            "rms_log": float(np.sqrt(np.mean((values - wanted) ** 2))),
            "r": float(np.corrcoef(np.exp(values), target)[0, 1]),
        }
        for name, values in predicted.items()
    ]
    table = pd.DataFrame(rows)
    chosen = table["rms_log"].idxmin()
    table["chosen"] = table.index == chosen
    return table, predicted[table.loc[chosen, "candidate"]]


def split_galaxies(galaxy_id, folds, seed):
    """Split the galaxies of m rows into folds, all rows of a galaxy in the same one.

    Yields fitted and left out rows, ndarrays of int; ``galaxy_id`` is (m,), and there are as many
    ``folds`` or galaxies, whichever are fewer.
    """
    galaxies = pd.unique(galaxy_id)
    split = KFold(min(folds, len(galaxies)), shuffle=True, random_state=seed)
    for _, left_out in split.split(galaxies):
        is_left_out = np.isin(galaxy_id, galaxies[left_out])
        yield np.flatnonzero(~is_left_out), np.flatnonzero(is_left_out)


def _held_out(candidate, logs, wanted, galaxy_id, seed):
    """Predict each image from a fit on the folds that its galaxy is not in."""
    predicted = np.empty(len(wanted))
    for trained, left_out in split_galaxies(galaxy_id, _FOLDS, seed):
        regression = _fit(candidate, logs[trained], wanted[trained], seed)
        predicted[left_out] = _predict(regression, logs[left_out])
    return predicted


def _fit(candidate, logs, wanted, seed):
    if candidate == "line":
        return _Line(logs, wanted)
    with warnings.catch_warnings():
        # A kernel's parameter at the end of its range is as good as any.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return CANDIDATES[candidate](seed, logs.shape[1]).fit(logs, wanted)


def _predict(regression, logs):
    return np.asarray(regression.predict(logs), dtype=float).reshape(len(logs))


class _Line:
    """A straight line on the mean of the logarithms that were measured."""

    def __init__(self, logs, wanted):
        # Settings differ in their lengths: a missing one must not move the mean.
        self._centre = np.nanmean(logs, axis=0)
        self._line = LinearRegression().fit(self._mean(logs), wanted)

    def predict(self, logs):
        return self._line.predict(self._mean(logs))

    def _mean(self, logs):
        return np.nanmean(logs - self._centre, axis=1)[:, np.newaxis]
