"""Choice of the setting, on the validation set and against the catalogue only."""

import logging
import math
from statistics import NormalDist

import numpy as np
import pandas as pd

from galbar.attribution.methods.map_sets import MapSet
from galbar.calibration.features import is_selected
from galbar.lengths.criteria.registry import CRITERIA, parameters_of
from galbar.lengths.setting_files import AVERAGE_MEASUREMENTS
from galbar.scores.setting_grid import setting_columns

logger = logging.getLogger(__name__)

PUBLISHED_NOISE = 0.1
PUBLISHED_ATTRIBUTION = "smoothgrad"
# Equal correlations are settled by these columns and the setting, the smallest value first; the
# order of models and settings in a configuration must not decide.
_TIE_BREAK = ("smooth_noise", "attribution", "model")
# Correlations that agree to this many digits are equal: settings that give the same
# lengths differ in the last bits of r.
_DIGITS = 10
# With fewer validation galaxies a choice is marked: the 95 % interval of r = 0.7 then reaches
# further than 0.1 below it.
ENOUGH_GALAXIES = 130
_TYPICAL_R = 0.7
_RULE = "highest r_scaled with the catalogue on the validation set"


def few_galaxies(n):
    """Say what a correlation of n galaxies is worth to choose by, if they are few; else "".

    The interval is that of Fisher's transformation (Fisher 1921, Metron 1, 3).
    """
    if n >= ENOUGH_GALAXIES:
        return ""
    worth = "has no interval"
    if n > 3:
        half = NormalDist().inv_cdf(0.975) / np.sqrt(n - 3)
        low, high = np.tanh(np.arctanh(_TYPICAL_R) + half * np.array([-1, 1]))
        worth = f"may be anything from {low:.2f} to {high:.2f}"
    return (
        f"chosen by {n} galaxies only: with so many a correlation of {_TYPICAL_R:g} {worth} "
        f"(95 %); {ENOUGH_GALAXIES} are needed to know it to 0.1"
    )


def mark_choice(table, *, min_measured_share, published, calibration=None):
    """Mark the best setting overall, of each model and of the calibration, and the published one.

    Parameters
    ----------
    table : pandas.DataFrame, `galbar.scores.setting_grid.correlation_table` of the validation set
    min_measured_share : float, of the galaxies; a setting that measures fewer cannot win
    published : dict
        corr_threshold and len_threshold of the published criterion; the nearest measured are taken.
    calibration : dict, optional
        What the calibrated length is made of, see `galbar.calibration.features.is_selected`.

    Returns
    -------
    pandas.DataFrame
        The table with the columns note (see `few_galaxies`), chosen, published_criterion (the
        published mask criterion, once per model), best_of_model and within_calibration. Highest
        r_scaled wins, ties go to the larger share of measured galaxies, then to the order of the
        setting's own values. within_calibration is the best of the settings of single networks
        that the calibration selects; where none of them measures enough galaxies, the best of
        those with a defined correlation, and where there is none, the one that measures most: then
        its note says so.

    Raises
    ------
    ValueError
        If no setting of any model measures enough galaxies, or the calibration selects none.
    """
    share, eligible = _find_eligible(table, min_measured_share)
    if not eligible.any():
        raise ValueError(
            f"no setting measures {min_measured_share:.0%} of the validation galaxies with a "
            f"defined correlation: expected at least one of {len(table)}, the largest share "
            f"measured is {share.max():.0%} (configuration: scores.min_measured_share)"
        )
    ranked = _rank(table[eligible], share[eligible])
    best = ranked.drop_duplicates("model").index
    for model in table["model"].unique():
        if model not in set(table.loc[best, "model"]):
            logger.warning("%s: no setting measures enough validation galaxies", model)
    published_rows = _find_published(table, published)
    notes = pd.Series([few_galaxies(n) for n in table["n"]], index=table.index)
    within, warning = _best_within(table, share, eligible, calibration)
    notes[within] = "; ".join(filter(None, [notes[within], warning]))
    return table.assign(
        note=notes,
        chosen=table.index == ranked.index[0],
        published_criterion=table.index.isin(published_rows),
        best_of_model=table.index.isin(best),
        within_calibration=table.index == within,
    )


def summarise_choice(table):
    """Summarise the marked rows of a table.

    Parameters
    ----------
    table : pandas.DataFrame, from `mark_choice`, also after a round through a CSV file

    Returns
    -------
    dict
        model, attribution, smooth_noise, setting, r_scaled with its interval, n and
        n_unmeasurable of the chosen row; the same under "per_model" for the best of each model,
        and under "published" for the published criterion on averagemeasurements (the first model
        where that is missing; None if the criterion was not measured), with those of all
        models under "published_per_model"; "warning", "" unless the galaxies are few; and under
        "within_calibration" the best setting of those that the calibration is made of, with a
        warning of its own.

    Raises
    ------
    ValueError
        If the table does not have exactly one row that is chosen, or best within the calibration.
    """
    chosen, within = _marked_row(table, "chosen"), _marked_row(table, "within_calibration")
    best = table[table["best_of_model"]]
    published = {
        row["model"]: choice_of(row) for _, row in table[table["published_criterion"]].iterrows()
    }
    first = next(iter(published.values()), None)
    return {
        **choice_of(chosen),
        "rule": _RULE,
        "warning": few_galaxies(int(chosen["n"])),
        "within_calibration": {
            **choice_of(within),
            # An empty note is NaN after a round through a CSV file.
            "warning": "" if pd.isna(within["note"]) else within["note"],
        },
        "per_model": {row["model"]: choice_of(row) for _, row in best.iterrows()},
        "published": published.get(AVERAGE_MEASUREMENTS, first),
        "published_per_model": published,
    }


def choose_without_network(table, min_measured_share):
    """Choose the setting of a method without a network, by the rule that networks are chosen by.

    Parameters
    ----------
    table : pandas.DataFrame, `galbar.scores.setting_grid.correlation_table` of the validation set
    min_measured_share : float, as for `mark_choice`; where none measures so many, it does not stop

    Returns
    -------
    dict
        Of the best setting, as in `summarise_choice`, with "rule" and "warning".
    """
    share, eligible = _find_eligible(table, min_measured_share)
    selected = np.full(len(table), True)
    few = "no setting measures enough validation galaxies"
    best, warning = _best_of(table, share, eligible, selected, few)
    choice = choice_of(table.loc[best])
    warnings = filter(None, [few_galaxies(choice["n"]), warning])
    return {**choice, "rule": _RULE, "warning": "; ".join(warnings)}


def _marked_row(table, mark):
    """Return the one row of a table that has a mark."""
    marked = table[table[mark]]
    if len(marked) != 1:
        raise ValueError(f"expected one row of the table to be {mark}, found {len(marked)}")
    return marked.iloc[0]


def choice_of(row):
    """Return model, set of heat maps, setting and validation scores of one row; None for NaN."""
    scores = ("r_scaled", "r_scaled_low", "r_scaled_high", "n", "n_unmeasurable")
    settings = setting_columns(row.to_frame().T)
    plain = {
        name: None if pd.isna(row[name]) else np.asarray(row[name]).item()
        for name in (*settings, *scores)
    }
    setting = {name: plain[name] for name in settings}
    for name, parameter in parameters_of(CRITERIA).items():
        # A number of pixels, say, which a column with gaps holds as a float.
        if setting.get(name) is not None:
            setting[name] = parameter.kind(setting[name])
    return {
        "model": str(row["model"]),
        **MapSet.of(row)._asdict(),
        "setting": setting,
        **{name: plain[name] for name in scores},
    }


def _rank(table, share):
    """Order the rows from best to worst; ``share`` of the galaxies is measured by each."""
    order = pd.DataFrame({"r": -table["r_scaled"].round(_DIGITS), "share": -share})
    for name in (*_TIE_BREAK, *setting_columns(table)):
        order[name] = table[name]
    return table.loc[order.sort_values(list(order.columns), kind="stable").index]


def _best_within(table, share, eligible, calibration):
    """Return the index of the best setting that the calibration selects, and a warning or ""."""
    selected = np.array(
        [
            is_selected(calibration, row["model"], MapSet.of(row), row)
            for row in table.to_dict("records")
        ]
    )
    if not selected.any():
        raise ValueError(
            f"the calibration selects no setting of a network: found {calibration}, and settings "
            f"of {', '.join(table['model'].unique())}"
        )
    few = "no setting that the calibration is made of measures enough validation galaxies"
    return _best_of(table, share, eligible, selected, few)


def _find_eligible(table, min_measured_share):
    """Return the share of galaxies that each setting measures, and which settings may win."""
    share = table["n"] / (table["n"] + table["n_unmeasurable"]).clip(lower=1)
    return share, (share >= min_measured_share) & np.isfinite(table["r_scaled"])


def _best_of(table, share, eligible, selected, few):
    """Return the index of the best of the selected settings, and a warning or "".

    Where none measures enough galaxies, which ``few`` says, the best of those with a defined
    correlation, and where there is none, the one that measures most.
    """
    rows, warning = selected & eligible, ""
    if not rows.any():
        rows = selected & np.isfinite(table["r_scaled"])
        warning = f"{few} (scores.min_measured_share): the best of those with a correlation"
    if not rows.any():
        rows = pd.Series(selected, index=table.index)
        warning = f"{few} for a correlation: the one that measures most"
    return _rank(table[rows], share[rows]).index[0], warning


def _find_published(table, published):
    """Find each model's row of the published criterion: nearest maps and thresholds."""
    rows = table[
        (table["criterion"] == "pearson")
        & (table["kind"] == "absolute")
        & ~table["xinput"].astype(bool)
        & (table["smoothing"] == 0)
    ]
    if rows.empty:
        logger.warning("the published criterion (pearson, absolute, no xinput) was not measured")
        return rows.index
    map_sets = [MapSet.of(row) for _, row in rows.iterrows()]
    map_set = min(map_sets, key=_distance_from_published)
    rows = rows[[map_set_of_row == map_set for map_set_of_row in map_sets]]
    for name in ("corr_threshold", "len_threshold"):
        distance = (rows[name] - published[name]).abs().round(_DIGITS)
        rows = rows[distance == distance.min()]
        # Two thresholds may lie equally near.
        rows = rows[rows[name] == rows[name].min()]
    return rows.index


def _distance_from_published(map_set):
    """Return a sort key of sets of heat maps: nearest noise, published method, name, noise.

    No two sets share it, so that their order in a configuration does not decide. Sets without
    noise are the farthest.
    """
    noise = math.inf if map_set.smooth_noise is None else map_set.smooth_noise
    distance = round(abs(noise - PUBLISHED_NOISE), _DIGITS)
    other_method = map_set.attribution != PUBLISHED_ATTRIBUTION
    return distance, other_method, map_set.attribution, noise
