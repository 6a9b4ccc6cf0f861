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
    published_weights,
    rmse_origin,
    rmse_raw,
    rmse_regression,
    slope_origin,
)

__all__ = [
    "DIFFERENCE_COLUMNS",
    "SCORE_COLUMNS",
    "STATISTICS",
    "Resampling",
    "difference_table",
    "evaluate",
    "samples_of_catalogue",
    "score_table",
]

_UNWEIGHTED = {
    "pearson_r": pearson_r,
    "spearman_r": spearman_r,
    "rmse_raw": rmse_raw,
    "rmse_regression": rmse_regression,
    "bias": bias,
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
    catalogue : pandas.DataFrame, n rows
        With the columns split and control_split.

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
    estimators : list of galbar.scores.estimators.EstimatorLengths
        Lengths of the n galaxies of the catalogue.
    references : dict of str to ndarray, shape (n,)
        What to compare with, by quantity; NaN leaves a galaxy out.
    samples : dict of str to ndarray of bool, shape (n,)
        From `samples_of_catalogue`.
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
    """Score one estimator.

    Parameters
    ----------
    estimator : galbar.scores.estimators.EstimatorLengths
        Lengths of n galaxies.
    reference : ndarray, shape (n,)
        What to compare with.
    members : ndarray of bool, shape (n,)
        The sample of m galaxies.
    quantity : str
        Which of the lengths.
    resamples : ndarray, shape (samples, m)
        Of the sample, from `galbar.scores.bootstrap.draw_resamples`.
    resampling : Resampling
        For the level of the intervals and the seed of the permutations.

    Returns
    -------
    dict
        The columns of `SCORE_COLUMNS` except sample and quantity. For shuffled lengths a
        value is the mean over permutations of the sample, and the interval that of one
        shuffle of one resample.
    """
    known = members & np.isfinite(reference)
    usable = known & np.isfinite(estimator.length[quantity])
    row = {
        "estimator": estimator.name,
        "description": estimator.description,
        "model": estimator.model,
        "n": int(usable.sum()),
        "n_unmeasurable": int(known.sum() - usable.sum()),
        "note": "",
    }
    if usable.sum() < MIN_GALAXIES:
        return {**row, "note": _FEW}
    sigma = estimator.sigma[quantity][usable]
    weights = published_weights(reference[usable], sigma)
    notes = [_CONSTANT] if is_constant(estimator.length[quantity][usable]) else []
    notes += [_NO_ERROR_MODEL] if np.isnan(sigma).all() else []
    row["note"] = "; ".join(notes)
    known = usable, reference[usable], weights
    groups = resample_groups(resamples, usable[members])
    values, resampled = _apply(estimator, quantity, *known, groups, resampling)
    for name in STATISTICS:
        low, high = percentile_interval(resampled[name], resampling.level)
        row |= {name: values[name], f"{name}_low": low, f"{name}_high": high}
    return row


def difference_table(estimators, references, samples, resampling):
    """Compare the first estimator with every other one on the galaxies that both measure.

    Parameters
    ----------
    estimators, references, samples, resampling
        As for `score_table`; the first estimator is the chosen one.

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
            for other in others:
                if sample in other.samples:
                    row = _difference(
                        chosen, other, reference, members, quantity, resamples, resampling
                    )
                    rows.append({"sample": sample, "quantity": quantity, **row})
    return pd.DataFrame(rows, columns=list(DIFFERENCE_COLUMNS))


def _difference(chosen, other, reference, members, quantity, resamples, resampling):
    pair = (chosen, other)
    usable = members & np.isfinite(reference)
    for estimator in pair:
        usable = usable & np.isfinite(estimator.length[quantity])
    row = {"statistic": "pearson_r", "estimator": chosen.name, "other": other.name}
    row["n"] = int(usable.sum())
    if usable.sum() < MIN_GALAXIES:
        return row
    known = usable, reference[usable], np.ones(usable.sum())
    (value, one), (value_other, two) = (
        _apply(
            estimator,
            quantity,
            *known,
            resample_groups(resamples, usable[members]),
            resampling,
            names=("pearson_r",),
        )
        for estimator in pair
    )
    low, high = percentile_interval(one["pearson_r"] - two["pearson_r"], resampling.level)
    return {
        **row,
        "value": value["pearson_r"],
        "value_other": value_other["pearson_r"],
        "difference": value["pearson_r"] - value_other["pearson_r"],
        "difference_low": low,
        "difference_high": high,
    }


def _resamples(sample, members, resampling):
    # The seed depends on the name of the sample, so that one more sample changes no other.
    key = int.from_bytes(sample.encode(), "big")
    return draw_resamples(int(members.sum()), resampling.samples, [resampling.seed, key])


def _apply(estimator, quantity, usable, reference, weights, groups, resampling, names=STATISTICS):
    """Statistics of one estimator on the usable galaxies, and in each resample of them."""
    if estimator.shuffled:
        return _apply_shuffled(
            estimator, quantity, usable, reference, weights, groups, resampling, names
        )
    length = estimator.length[quantity][usable]
    values = {name: float(_compute(name, length, reference, weights)) for name in names}
    of_counts = {name: _prepare(name, length, reference, weights) for name in names}
    resampled = {name: np.empty(resampling.samples) for name in names}
    for rows, counts in groups:
        for name in names:
            resampled[name][rows] = of_counts[name](counts)
    return values, resampled


def _apply_shuffled(estimator, quantity, usable, reference, weights, groups, resampling, names):
    """As `_apply`, of lengths that are shuffled between the galaxies."""
    scaled = estimator.length["length_scaled"][usable]
    # The factor of each galaxy from scaled to this quantity stays with its galaxy.
    factor = estimator.length[quantity][usable] / scaled
    seed = [resampling.seed, len(scaled)]
    permuted = shuffled_lengths(scaled, resampling.samples, seed)
    values = _average(names, (some * factor for some in permuted), reference, weights)
    resampled = {name: np.full(resampling.samples, np.nan) for name in names}
    rng = np.random.default_rng([*seed, 1])
    for rows, counts in groups:
        for place, count in zip(range(rows.start, rows.stop), counts, strict=True):
            # Written out and shuffled anew: copies of a galaxy must not share one shuffled
            # length, which would count the chance of the shuffle twice.
            members = np.repeat(np.arange(len(count)), count.astype(int))
            if len(members) >= MIN_GALAXIES:
                shuffled = rng.permutation(scaled[members]) * factor[members]
                known = reference[members], weights[members]
                for name in names:
                    resampled[name][place] = _compute(name, shuffled, *known)
    return values, resampled


def _average(names, blocks, reference, weights):
    """Mean of each statistic over rows of lengths, which come some at a time."""
    found = {name: [] for name in names}
    for lengths in blocks:
        for name in names:
            found[name].append(_compute(name, lengths, reference, weights))
    return {name: float(np.mean(np.concatenate(values))) for name, values in found.items()}


def _compute(name, measured, reference, weights):
    if name in _WEIGHTED:
        return _WEIGHTED[name](measured, reference, weights)
    return _UNWEIGHTED[name](measured, reference)


def _prepare(name, measured, reference, weights):
    """Make a function of the counts of resamples, with what does not depend on them done."""
    if name == "spearman_r":
        return partial(spearman_of_ranks, dense_ranks(measured), dense_ranks(reference))
    if name in _WEIGHTED:
        return partial(_WEIGHTED[name], measured, reference, weights)
    return partial(_UNWEIGHTED[name], measured, reference)
