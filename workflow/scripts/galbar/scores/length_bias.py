"""Where lengths fail: completeness, bias and scatter by what is true, and by what is measured."""

from itertools import pairwise

import numpy as np
import pandas as pd
from astropy.stats import binom_conf_interval
from scipy.stats import bootstrap

from galbar.calibration.intervals import LEVELS, interval_columns
from galbar.lengths.expected_bias import MEASURED_PROPERTY

TRUE_PROPERTIES = {
    "length_over_psf": "true bar length / PSF width",
    "signal_to_noise": "signal to noise per pixel",
    "inclination": "inclination [deg]",
    "bar_contrast": "contrast of the bar",
    "bulge_to_total": "bulge / total light",
}
"""Properties of simulated galaxies by their truth, in words."""

MEASURED_PROPERTIES = {
    MEASURED_PROPERTY: "measured length / PSF width",
    "mask_axis_ratio": "axis ratio of the mask",
}
"""Properties that can be measured on anyone's galaxies, in words."""

ALL = "all"
"""The property of rows that hold all galaxies of a sample."""

# Half of the range between these quantiles is the scatter.
_QUANTILES = (0.16, 0.84)


def join_truth(lengths, truth):
    """Join what was measured of simulated galaxies with their truth.

    Parameters
    ----------
    lengths : pandas.DataFrame, results/barlengths_completeness.csv
    truth : pandas.DataFrame, of `galbar.survey.tables.TRUTH_COLUMNS`

    Returns
    -------
    pandas.DataFrame, a row per galaxy
        sample (its role in the survey), is_barred, is_detected (the run says "yes"), ratio
        (measured over true length, NaN of an unbarred galaxy and where unmeasured), covered_68 and
        covered_95 (whether the interval holds the true length; NaN as the ratio and where there is
        no interval), and all of `TRUE_PROPERTIES` and `MEASURED_PROPERTIES`.

    Raises
    ------
    ValueError : if a galaxy was not measured
    """
    missing = truth.loc[~truth["galaxy_id"].isin(lengths["galaxy_id"]), "galaxy_id"]
    if len(missing):
        raise ValueError(
            f"found no lengths of {len(missing)} simulated galaxies, the first is "
            f"{missing.iloc[0]}, expected a row for each"
        )
    measured = lengths.set_index("galaxy_id").loc[truth["galaxy_id"]].reset_index(drop=True)
    truth = truth.reset_index(drop=True)
    true_px = truth["bar_length_px"].where(truth["barred"])
    joined = {
        "sample": truth["role"],
        "is_barred": truth["barred"].astype(bool),
        "is_detected": measured["bar"] == "yes",
        "ratio": measured["length_px"] / true_px,
        "length_over_psf": true_px / truth["psf_fwhm_px"],
        MEASURED_PROPERTY: measured["length_px"] / truth["psf_fwhm_px"],
        "mask_axis_ratio": measured["mask_axis_ratio"],
    }
    joined |= {name: truth[name] for name in TRUE_PROPERTIES if name not in joined}
    ends = {column: measured[column] for column in interval_columns("length_px")}
    for level in LEVELS:
        low, high = (ends[f"length_px_{end}{100 * level:.0f}"] for end in ("low", "high"))
        covered = ((low <= true_px) & (true_px <= high)).astype(float)
        has_interval = low.notna() & high.notna() & true_px.notna()
        joined[f"covered_{100 * level:.0f}"] = covered.where(has_interval)
    return pd.DataFrame(joined)


def bias_table(galaxies, bins, resampling):
    """Measure completeness, bias and scatter in bins of each property, and of all galaxies.

    Parameters
    ----------
    galaxies : pandas.DataFrame, of `join_truth`
    bins : int
        Their number per property and sample: with equal numbers of barred galaxies, of which the
        property is known; fewer where there are fewer galaxies, or many of the same value.
    resampling : galbar.scores.estimator_scores.Resampling

    Returns
    -------
    pandas.DataFrame
        sample; property, and whether it is_measured or true; bin_low, bin_high, bin_median (of the
        barred galaxies); n_barred, n_unbarred; completeness (share of the barred ones that are
        detected), false_positives (share of the unbarred ones), with Wilson intervals; n_measured
        of the barred ones, unmeasured (their share without a length); bias (median of measured over
        true length, less 1) and scatter (half the range of 16 to 84 % of that ratio), with
        bootstrap intervals (percentiles); coverage_68, coverage_95. NaN where there is no galaxy.
    """
    rows = []
    for sample, members in galaxies.groupby("sample", sort=True):
        whole = pd.Series(True, index=members.index)
        head = {"sample": sample, "is_measured": False}
        rows.append({**head, "property": ALL, **_describe(members, whole, resampling)})
        for name in (*TRUE_PROPERTIES, *MEASURED_PROPERTIES):
            head = {"sample": sample, "property": name, "is_measured": name in MEASURED_PROPERTIES}
            edges = _bin_edges(members.loc[members["is_barred"], name], bins)
            for low, high in pairwise(edges):
                is_last = high == edges[-1]
                values = members[name]
                below = values <= high if is_last else values < high
                inside = (values >= low) & below
                barred = values[inside & members["is_barred"]]
                ends = {"bin_low": low, "bin_high": high, "bin_median": barred.median()}
                rows.append({**head, **ends, **_describe(members, inside, resampling)})
    return pd.DataFrame(rows, columns=_columns())


def _columns():
    columns = ["sample", "property", "is_measured", "bin_low", "bin_high", "bin_median"]
    columns += ["n_barred", "n_unbarred"]
    for name in ("completeness", "false_positives"):
        columns += [name, f"{name}_low", f"{name}_high"]
    columns += ["n_measured", "unmeasured"]
    for name in ("bias", "scatter"):
        columns += [name, f"{name}_low", f"{name}_high"]
    return [*columns, *(f"coverage_{100 * level:.0f}" for level in LEVELS)]


def _bin_edges(values, bins):
    """Return the edges of bins of equal numbers, fewer where values are few or the same; or none.

    There are never more bins than values: a bin would be empty.
    """
    values = values.dropna().to_numpy(dtype=float)
    if not len(values):
        return np.array([])
    shares = np.linspace(0, 1, min(bins, len(values)) + 1)
    return np.unique(np.quantile(values, shares))


def _describe(galaxies, inside, resampling):
    """Return the statistics of the galaxies that are inside a bin."""
    barred = galaxies[inside & galaxies["is_barred"]]
    unbarred = galaxies[inside & ~galaxies["is_barred"]]
    ratio = barred["ratio"].dropna().to_numpy()
    row = {"n_barred": len(barred), "n_unbarred": len(unbarred), "n_measured": len(ratio)}
    row |= _share("completeness", barred["is_detected"], resampling.level)
    row |= _share("false_positives", unbarred["is_detected"], resampling.level)
    row["unmeasured"] = barred["ratio"].isna().mean()
    row |= _with_interval("bias", _bias, ratio, resampling)
    row |= _with_interval("scatter", _scatter, ratio, resampling)
    coverages = {f"coverage_{100 * level:.0f}": f"covered_{100 * level:.0f}" for level in LEVELS}
    return row | {name: barred[column].mean() for name, column in coverages.items()}


def _share(name, detected, level):
    """Return a share with its Wilson interval; NaN of no galaxies."""
    n = len(detected)
    ends = np.full(2, np.nan)
    if n:
        count = int(detected.sum())
        ends = binom_conf_interval(count, n, confidence_level=level, interval="wilson")
    share = detected.mean() if n else np.nan
    return {name: share, f"{name}_low": float(ends[0]), f"{name}_high": float(ends[1])}


def _bias(ratio, axis=-1):
    return np.median(ratio, axis=axis) - 1


def _scatter(ratio, axis=-1):
    low, high = np.quantile(ratio, _QUANTILES, axis=axis)
    return (high - low) / 2


def _with_interval(name, statistic, ratio, resampling):
    """Return a statistic with its bootstrap interval; NaN where there are too few galaxies."""
    value = statistic(ratio) if len(ratio) else np.nan
    low = high = np.nan
    if len(ratio) > 1:
        interval = bootstrap(
            (ratio,),
            statistic,
            n_resamples=resampling.samples,
            batch=_batch(len(ratio)),
            confidence_level=resampling.level,
            method="percentile",
            rng=np.random.default_rng(resampling.seed),
        ).confidence_interval
        low, high = interval
    return {name: value, f"{name}_low": low, f"{name}_high": high}


def _batch(n):
    """Return how many resamples are drawn at once: 4 million numbers."""
    return max(1, (1 << 22) // n)
