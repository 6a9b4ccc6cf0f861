"""Scores of estimators on samples of galaxies, with intervals, and differences between them."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from galbar.scores.baselines import shuffled_lengths
from galbar.scores.bootstrap import draw_resamples, resample_groups
from galbar.scores.correlation import (
    MIN_GALAXIES,
    dense_ranks,
    is_constant,
    pearson_r,
    percentile_interval,
    spearman_of_ranks,
    spearman_r,
)
from galbar.scores.regression import (
    bias,
    mae,
    published_weights,
    rmse_origin,
    rmse_raw,
    rmse_regression,
    slope_on_measured,
    slope_on_reference,
    slope_origin,
)

_UNWEIGHTED = {
    "pearson_r": pearson_r,
    "spearman_r": spearman_r,
    "mae": mae,
    "rmse_raw": rmse_raw,
    "rmse_regression": rmse_regression,
    "bias": bias,
    "slope_on_reference": slope_on_reference,
    "slope_on_measured": slope_on_measured,
}
_WEIGHTED = {"slope_origin": slope_origin, "rmse_origin": rmse_origin}
STATISTICS = (*_UNWEIGHTED, *_WEIGHTED)
SCORE_COLUMNS = (
    "estimator",
    "description",
    "model",
    "sample",
    "quantity",
    "n",
    "n_unmeasurable",
    *(f"{name}{end}" for name in STATISTICS for end in ("", "_low", "_high")),
    # Of the estimator's own intervals: share of galaxies within, median width.
    "coverage_68",
    "coverage_95",
    "width_68",
    "note",
)
DIFFERENCE_COLUMNS = (
    "sample",
    "quantity",
    "statistic",
    "estimator",
    "other",
    "n",
    "value",
    "value_other",
    "difference",
    "difference_low",
    "difference_high",
)
_CONSTANT = "the same length for all galaxies: no correlation is defined"
_FEW = "fewer than 3 galaxies"
_NO_ERROR_MODEL = "one run only: no error model, the slope is weighted by the catalogue's error"


@dataclass(frozen=True)
class Resampling:
    """How intervals are made: number of resamples, level, seed."""

    samples: int
    level: float
    seed: int


def samples_of_catalogue(catalogue):
    """Select the samples on which estimators are scored.

    Parameters
    ----------
    catalogue : pandas.DataFrame, n rows, with the columns split and control_split

    Returns
    -------
    dict of str to ndarray of bool, shape (n,)
        "common": test galaxies of both the heat maps and the control network;
        "test": all test galaxies of the heat maps.

    Raises
    ------
    ValueError
        If there is no common galaxy.
    """
    test = (catalogue["split"] == "test").to_numpy()
    common = test & (catalogue["control_split"] == "test").to_numpy()
    if not common.any():
        raise ValueError(
            f"no galaxy is in the test sets of both the heat maps ({test.sum()} galaxies) and the "
            "control: lower catalogue.validation_split or raise control.test_split"
        )
    return {"common": common, "test": test}


def score_table(estimators, references, samples, resampling):
    """Score every estimator on every sample and quantity.

    Parameters
    ----------
    estimators : list of galbar.scores.estimator_lengths.EstimatorLengths, of n galaxies
    references : dict of str to ndarray, shape (n,), by quantity; NaN leaves a galaxy out
    samples : dict of str to ndarray of bool, shape (n,), from `samples_of_catalogue`
    resampling : Resampling
        The same resamples of a sample serve all estimators and quantities.

    Returns
    -------
    pandas.DataFrame
        Columns `SCORE_COLUMNS`. n counts the galaxies with a reference that the estimator
        measures, n_unmeasurable those that it does not.
    """
    rows = []
    for sample, members in samples.items():
        resamples = _resamples(sample, members, resampling)
        for quantity, reference in references.items():
            for estimator in estimators:
                if sample in estimator.samples:
                    scores = evaluate(
                        estimator, reference, members, quantity, resamples, resampling
                    )
                    rows.append({"sample": sample, "quantity": quantity, **scores})
    return pd.DataFrame(rows, columns=list(SCORE_COLUMNS))


def evaluate(estimator, reference, members, quantity, resamples, resampling):
    """Score one estimator: all of `SCORE_COLUMNS` except sample and quantity.

    Lengths, ``reference`` and ``members``, which selects the m galaxies of the sample, are (n,);
    ``resamples`` is (samples, m). For shuffled lengths a value is the mean over permutations of the
    sample, and the interval that of one shuffle of one resample.
    """
    has_reference = members & np.isfinite(reference)
    usable = has_reference & np.isfinite(estimator.length[quantity])
    row = {
        "estimator": estimator.name,
        "description": estimator.description,
        "model": estimator.model,
        "n": int(usable.sum()),
        "n_unmeasurable": int(has_reference.sum() - usable.sum()),
    }
    noted = [estimator.note] if estimator.note else []
    if usable.sum() < MIN_GALAXIES:
        return {**row, "note": "; ".join([_FEW, *noted])}
    sigma = estimator.sigma[quantity][usable]
    notes = [_CONSTANT] if is_constant(estimator.length[quantity][usable]) else []
    notes += [_NO_ERROR_MODEL] if np.isnan(sigma).all() else []
    row["note"] = "; ".join([*notes, *noted])
    row |= _coverage(estimator, quantity, usable, reference)
    weights = published_weights(reference[usable], sigma)
    galaxies = _ScoredGalaxies.select(estimator, quantity, usable, reference, weights)
    groups = resample_groups(resamples, usable[members])
    value, of_resamples = _compute(galaxies, STATISTICS, groups, resampling)
    for name in STATISTICS:
        low, high = percentile_interval(of_resamples[name], resampling.level)
        row |= {name: value[name], f"{name}_low": low, f"{name}_high": high}
    return row


def _coverage(estimator, quantity, usable, reference):
    """Return how many of the usable galaxies an estimator's own intervals cover."""
    row = {}
    for level, (low, high) in estimator.intervals.get(quantity, {}).items():
        ends = low[usable], high[usable]
        if not np.isfinite(ends).all():
            continue
        covered = (ends[0] <= reference[usable]) & (reference[usable] <= ends[1])
        row[f"coverage_{100 * level:.0f}"] = float(covered.mean())
        if f"width_{100 * level:.0f}" in SCORE_COLUMNS:
            row[f"width_{100 * level:.0f}"] = float(np.median(ends[1] - ends[0]))
    return row


def difference_table(estimators, references, samples, resampling):
    """Compare the first estimator with every other one on the galaxies that both measure.

    Parameters
    ----------
    estimators, references, samples, resampling
        As for `score_table`; the first estimator is the calibrated one.

    Returns
    -------
    pandas.DataFrame
        Columns `DIFFERENCE_COLUMNS`, for Pearson's r. Both estimators are scored on the same
        resamples of the same galaxies, so the interval is that of the paired difference.
    """
    chosen, *others = estimators
    rows = []
    for sample, members in samples.items():
        resamples = _resamples(sample, members, resampling)
        for quantity, reference in references.items():
            for estimator in others:
                if sample in estimator.samples:
                    row = _difference(
                        chosen, estimator, reference, members, quantity, resamples, resampling
                    )
                    rows.append({"sample": sample, "quantity": quantity, **row})
    return pd.DataFrame(rows, columns=list(DIFFERENCE_COLUMNS))


def _difference(chosen, other, reference, members, quantity, resamples, resampling):
    """Compare two estimators: `DIFFERENCE_COLUMNS` except sample and quantity."""
    usable = members & np.isfinite(reference)
    for estimator in (chosen, other):
        usable = usable & np.isfinite(estimator.length[quantity])
    row = {
        "statistic": "pearson_r",
        "estimator": chosen.name,
        "other": other.name,
        "n": int(usable.sum()),
    }
    if usable.sum() < MIN_GALAXIES:
        return row
    values, resampled = [], []
    for estimator in (chosen, other):
        weights = np.ones(usable.sum())
        galaxies = _ScoredGalaxies.select(estimator, quantity, usable, reference, weights)
        groups = resample_groups(resamples, usable[members])
        value, of_resamples = _compute(galaxies, ["pearson_r"], groups, resampling)
        values.append(value["pearson_r"])
        resampled.append(of_resamples["pearson_r"])
    low, high = percentile_interval(resampled[0] - resampled[1], resampling.level)
    return {
        **row,
        "value": values[0],
        "value_other": values[1],
        "difference": values[0] - values[1],
        "difference_low": low,
        "difference_high": high,
    }


def _resamples(sample, members, resampling):
    # The seed depends on the name of the sample, so that one more sample changes no other.
    key = int.from_bytes(sample.encode(), "big")
    return draw_resamples(int(members.sum()), resampling.samples, [resampling.seed, key])


@dataclass(frozen=True)
class _ScoredGalaxies:
    """What the statistics need of the k galaxies that an estimator is scored on.

    All arrays are (k,). ``measured`` and ``reference`` are lengths in one unit, without NaN;
    ``weights`` are those of the line through the origin. ``measured_scaled`` is in units of each
    galaxy's size, and to be shuffled between the galaxies if ``shuffled``.
    """

    measured: np.ndarray
    reference: np.ndarray
    weights: np.ndarray
    measured_scaled: np.ndarray
    shuffled: bool

    @classmethod
    def select(cls, estimator, quantity, usable, reference, weights):
        """Select the k usable ones of n galaxies; ``weights`` are those of the k."""
        return cls(
            measured=estimator.length[quantity][usable],
            reference=reference[usable],
            weights=weights,
            measured_scaled=estimator.length["length_scaled"][usable],
            shuffled=estimator.shuffled,
        )


def _compute(galaxies, names, groups, resampling):
    """Compute statistics on k galaxies as they are (float), and on their resamples (samples,).

    Both are dicts by name, one of `STATISTICS`. ``groups`` are the resamples of the k galaxies,
    from `resample_groups`, drawn by ``resampling``.
    """
    if galaxies.shuffled:
        return (
            _values_of_shuffles(galaxies, names, resampling),
            _values_of_shuffled_resamples(galaxies, names, groups, resampling),
        )
    measured, reference, weights = galaxies.measured, galaxies.reference, galaxies.weights
    value = {name: float(_statistic(name, measured, reference, weights)) for name in names}
    of_counts = {name: _prepare(name, measured, reference, weights) for name in names}
    of_resamples = {name: np.empty(resampling.samples) for name in names}
    for rows, counts in groups:
        for name in names:
            of_resamples[name][rows] = of_counts[name](counts)
    return value, of_resamples


def _values_of_shuffles(galaxies, names, resampling):
    """Average each statistic over permutations of the scaled lengths between galaxies."""
    seed = [resampling.seed, len(galaxies.measured)]
    # A galaxy keeps its own factor from scaled lengths to the quantity that is scored.
    factor = galaxies.measured / galaxies.measured_scaled
    values = {name: [] for name in names}
    # Some permutations at a time, one a row.
    for permuted in shuffled_lengths(galaxies.measured_scaled, resampling.samples, seed):
        measured = permuted * factor
        for name in names:
            values[name].append(_statistic(name, measured, galaxies.reference, galaxies.weights))
    return {name: float(np.mean(np.concatenate(values[name]))) for name in names}


def _values_of_shuffled_resamples(galaxies, names, groups, resampling):
    """Compute each statistic on one shuffle of each resample; NaN where one is too small."""
    factor = galaxies.measured / galaxies.measured_scaled
    of_resamples = {name: np.full(resampling.samples, np.nan) for name in names}
    rng = np.random.default_rng([resampling.seed, len(galaxies.measured), 1])
    for rows, counts in groups:
        for row, count in zip(range(rows.start, rows.stop), counts, strict=True):
            # Written out and shuffled anew: copies of a galaxy must not share one shuffled
            # length, which would count the chance of the shuffle twice.
            drawn = np.repeat(np.arange(len(count)), count.astype(int))
            if len(drawn) < MIN_GALAXIES:
                continue
            measured = rng.permutation(galaxies.measured_scaled[drawn]) * factor[drawn]
            reference, weights = galaxies.reference[drawn], galaxies.weights[drawn]
            for name in names:
                of_resamples[name][row] = _statistic(name, measured, reference, weights)
    return of_resamples


def _statistic(name, measured, reference, weights):
    if name in _WEIGHTED:
        return _WEIGHTED[name](measured, reference, weights)
    return _UNWEIGHTED[name](measured, reference)


def _prepare(name, measured, reference, weights):
    """Make a function of the resamples' counts, with what does not depend on them precomputed."""
    if name == "spearman_r":
        return partial(spearman_of_ranks, dense_ranks(measured), dense_ranks(reference))
    if name in _WEIGHTED:
        return partial(_WEIGHTED[name], measured, reference, weights)
    return partial(_UNWEIGHTED[name], measured, reference)
