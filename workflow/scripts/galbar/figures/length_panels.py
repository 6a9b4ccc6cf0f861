"""Collect what the scatter plots of bar lengths show, from the tables of the workflow."""

from dataclasses import dataclass

import numpy as np

from galbar.calibration.intervals import interval_columns
from galbar.figures.scatter import LengthPanel
from galbar.figures.style import KPC, interval_text
from galbar.io.result_tables import read_result_table
from galbar.scores.baselines import BASELINES
from galbar.scores.estimator_scores import samples_of_catalogue
from galbar.scores.estimators import CONTROL_SIGMA, control_lengths
from galbar.scores.inputs import read_control
from galbar.scores.regression import CATALOGUE_SIGMA_SHARE
from galbar.scores.truth import read_truth

_UNITS = {"length_kpc_h": KPC, "length_scaled": ""}
_TITLES = {
    "calibrated": "heat maps",
    "control": "control network",
    "human": "human measurements",
}


def read_lengths(path):
    """Read results/barlengths_hoyle.csv, with the catalogue's columns under their own names.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    measured, catalogue : DataFrame, calibrated lengths and, same rows, the catalogue's

    Raises
    ------
    ValueError
        If a column is missing.
    """
    table = read_result_table(path)
    measured = ["length_px", "length_kpc_h", "length_scaled", "run_difference_px"]
    measured += list(interval_columns("length_px"))
    listed = ["galaxy_id", "redshift", "petror90_r", "length_avg", "split", "control_split"]
    required = [*measured, *listed, "length_scaled_catalogue"]
    missing = [name for name in required if name not in table]
    if missing:
        raise ValueError(f"{path}: columns {missing} are missing, found {list(table.columns)}")
    catalogue = table[listed].assign(length_scaled=table["length_scaled_catalogue"])
    return table[measured], catalogue


def _score_of(scores, estimator, sample, quantity):
    """Return the one row of the scores of an estimator, a sample and a quantity."""
    rows = scores[
        (scores["estimator"] == estimator)
        & (scores["sample"] == sample)
        & (scores["quantity"] == quantity)
    ]
    if len(rows) != 1:
        raise ValueError(
            f"the scores hold {len(rows)} rows of {estimator}, sample {sample}, {quantity}; "
            "expected 1"
        )
    return rows.iloc[0]


def _text(score, unit):
    """Return the lines of text on a panel: size, correlation, mean error, both kinds of RMSE."""
    # Lengths in units of a galaxy's size are small numbers.
    digits = 2 if unit else 3

    def value(symbol, name, unit="", digits=2):
        edges = score[f"{name}_low"], score[f"{name}_high"]
        return interval_text(symbol, score[name], *edges, unit, digits)

    return (
        f"$n$ = {score['n']:.0f}, {value('$r$', 'pearson_r')}",
        f"{value('MAE', 'mae', unit, digits)}",
        f"{value('RMSE', 'rmse_raw', unit, digits)}",
        f"{value('RMSE about fit', 'rmse_regression', unit, digits)}",
    )


def _baseline_text(scores, sample):
    """Return a line with the correlation that each baseline reaches [lengths in kpc/h]."""
    r = {name: _score_of(scores, name, sample, "length_kpc_h")["pearson_r"] for name in BASELINES}
    return "baselines: " + ", ".join(
        f"{name.replace('_', ' ')} $r$ = {value:.2f}" for name, value in r.items()
    )


@dataclass(frozen=True)
class _Lengths:
    """Lengths of n galaxies, shape (n,), with their standard errors, (n,) or one for all."""

    length: np.ndarray
    sigma: np.ndarray | float


def _panel(scores, estimator, sample, quantity, *, reference, measured, members):
    """Make the panel of one row of results/scores.csv or scores_truth.csv.

    ``reference`` and ``measured`` are of all n galaxies, in the unit of the quantity; of
    ``members`` (n,) those are shown that have both. Raises ValueError if another number of galaxies
    is scored.
    """
    x, y = (np.asarray(lengths.length, dtype=float) for lengths in (reference, measured))
    shown = members & np.isfinite(x) & np.isfinite(y)
    score = _score_of(scores, estimator, sample, quantity)
    if int(score["n"]) != shown.sum():
        raise ValueError(
            f"{estimator}, sample {sample}: {shown.sum()} galaxies to draw, but {score['n']} are "
            "scored; the tables do not belong together"
        )
    return LengthPanel(
        title=_TITLES[estimator],
        reference=x[shown],
        measured=y[shown],
        sigma_reference=np.broadcast_to(reference.sigma, shown.shape)[shown],
        sigma_measured=np.broadcast_to(measured.sigma, shown.shape)[shown],
        slopes=(float(score["slope_on_reference"]), float(score["slope_on_measured"])),
        text=_text(score, _UNITS[quantity]),
    )


def heatmap_panel(measured, catalogue, scores, sample):
    """Make the panel of lengths on heat maps against the catalogue [kpc/h].

    Parameters
    ----------
    measured, catalogue : DataFrame, from `read_lengths`
    scores : DataFrame, results/scores.csv
    sample : {"common", "test"}, see `galbar.scores.estimator_scores.samples_of_catalogue`

    Returns
    -------
    LengthPanel, whose slopes and all numbers are those of the scores

    Raises
    ------
    ValueError
        If the scores lack the sample or count other galaxies.
    """
    panel = _panel(
        scores,
        "calibrated",
        sample,
        "length_kpc_h",
        reference=_of_catalogue(catalogue, "length_avg"),
        measured=_on_heatmaps(measured, "length_kpc_h"),
        members=samples_of_catalogue(catalogue)[sample],
    )
    return panel._replace(text=(*panel.text, _baseline_text(scores, sample)))


def control_panel(control, catalogue, scores, omega_m):
    """Make the panel of the control's lengths against the catalogue [kpc/h], common sample.

    Parameters
    ----------
    control : str or Path, results/control/predictions.csv
    catalogue, scores : as for `heatmap_panel`
    omega_m : float, matter density, for the angular diameter distance

    Returns
    -------
    LengthPanel
    """
    scaled = read_control(control, catalogue["galaxy_id"].to_numpy())
    length = control_lengths(scaled, catalogue, omega_m).length["length_kpc_h"]
    panel = _panel(
        scores,
        "control",
        "common",
        "length_kpc_h",
        reference=_of_catalogue(catalogue, "length_avg"),
        measured=_Lengths(length, CONTROL_SIGMA),
        members=samples_of_catalogue(catalogue)["common"],
    )
    return panel._replace(text=(*panel.text, _baseline_text(scores, "common")))


def truth_panel(measured, catalogue, truth, scores, sample):
    """Make the panel of lengths on heat maps against the true ones, in units of galaxy size.

    Parameters
    ----------
    measured, catalogue, sample : as for `heatmap_panel`
    truth : str or Path, results/survey/truth.csv
    scores : DataFrame, results/scores_truth.csv

    Returns
    -------
    LengthPanel
    """
    return _panel(
        scores,
        "calibrated",
        sample,
        "length_scaled",
        reference=_true_lengths(truth, catalogue),
        measured=_on_heatmaps(measured, "length_scaled"),
        members=samples_of_catalogue(catalogue)[sample],
    )


def human_truth_panel(catalogue, truth, scores, sample):
    """Make the panel of the catalogue's lengths against the truth: what the eye achieves.

    Parameters and result as for `truth_panel`.
    """
    return _panel(
        scores,
        "human",
        sample,
        "length_scaled",
        reference=_true_lengths(truth, catalogue),
        measured=_of_catalogue(catalogue, "length_scaled"),
        members=samples_of_catalogue(catalogue)[sample],
    )


def _on_heatmaps(measured, quantity):
    """Return the measured lengths; their error is half the interval, in the same unit.

    Without intervals it is the published one, of two trainings.
    """
    length = measured[quantity]
    half = (measured["length_px_high68"] - measured["length_px_low68"]) / 2
    sigma = half.fillna(measured["run_difference_px"])
    return _Lengths(length, sigma * length / measured["length_px"])


def _of_catalogue(catalogue, column):
    """Return the catalogue's lengths, with the scatter of its observers."""
    return _Lengths(catalogue[column], CATALOGUE_SIGMA_SHARE * catalogue[column])


def _true_lengths(truth, catalogue):
    """Read the true lengths in units of each galaxy's size, without an error."""
    return _Lengths(read_truth(truth, catalogue["galaxy_id"].to_numpy())["length_scaled"], 0.0)
