"""How lengths are drawn together: measured against known lengths, by decile of the known ones."""

import numpy as np
import pandas as pd

_DECILES = 10
_SHOWN = ("calibrated", "saliency", "saliency_published", "control")


def dilution_table(estimators, references, samples):
    """Compare lengths with known ones by decile of the known length.

    Parameters
    ----------
    estimators : list of galbar.scores.estimator_lengths.EstimatorLengths, of n galaxies
    references : dict of str to ndarray, shape (n,), by quantity; NaN leaves a galaxy out
    samples : dict of str to ndarray of bool, shape (n,)

    Returns
    -------
    pandas.DataFrame
        sample, quantity, estimator, decile (1 to 10), n, reference and measured (means), bias,
        ratio (measured over reference), and of estimators with intervals coverage_68 and
        coverage_95, their shares of galaxies within; lengths in the unit of the quantity.
    """
    rows = [
        {"sample": sample, "quantity": quantity, "estimator": estimator.name, **row}
        for sample, members in samples.items()
        for quantity, reference in references.items()
        for estimator in estimators
        if estimator.name in _SHOWN and sample in estimator.samples
        for row in _deciles(estimator, quantity, reference, members)
    ]
    columns = ["sample", "quantity", "estimator", "decile", "n", "reference", "measured", "bias"]
    return pd.DataFrame(rows, columns=[*columns, "ratio", "coverage_68", "coverage_95"])


def _deciles(estimator, quantity, reference, members):
    """Yield one row per decile of the reference; fewer where there are fewer galaxies."""
    length = estimator.length[quantity]
    usable = np.flatnonzero(members & np.isfinite(reference) & np.isfinite(length))
    ordered = usable[np.argsort(reference[usable], kind="stable")]
    parts = np.array_split(ordered, _DECILES)
    for decile, part in enumerate(parts, start=1):
        if not len(part):
            continue
        expected, measured = reference[part].mean(), length[part].mean()
        row = {"decile": decile, "n": len(part), "reference": expected, "measured": measured}
        row |= {"bias": measured - expected, "ratio": measured / expected}
        for level, (low, high) in estimator.intervals.get(quantity, {}).items():
            ends = low[part], high[part]
            if np.isfinite(ends).all():
                covered = (ends[0] <= reference[part]) & (reference[part] <= ends[1])
                row[f"coverage_{100 * level:.0f}"] = covered.mean()
        yield row
