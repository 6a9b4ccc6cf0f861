"""Table of the bar lengths by one setting: one row per galaxy, in all units."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from galbar.attribution.model_average import AVERAGE_HEATMAPS
from galbar.catalogues.bar_votes import has_bar
from galbar.io.result_tables import read_result_table
from galbar.lengths.averages import average_errors, average_measurements, mean_length
from galbar.lengths.error_model import assign_sigma
from galbar.lengths.measure import Flag
from galbar.lengths.setting_files import (
    AVERAGE_MEASUREMENTS,
    group_barlengths,
    is_measured,
    measurements_of_setting,
    runs_of_setting,
)
from galbar.lengths.units import add_physical_lengths, scaled_from_pixels


def read_choice(paths, choice, galaxy_id):
    """Read what the chosen setting measured in every run.

    Parameters
    ----------
    paths : iterable of str or Path
        Files of bar lengths of all models, runs and sets of heat maps, see `group_barlengths`.
    choice : dict with model, attribution, smooth_noise and setting
    galaxy_id : ndarray of int64, shape (n,), the galaxies to be read, in this order

    Returns
    -------
    length, flag, angle, axis_ratio, mc_error : ndarray, shape (runs, n)
        [pixel of the 424 px image], codes of `measure.Flag`, [deg], [], [pixel of the 424 px
        image].

    Raises
    ------
    ValueError : if the model, the set of heat maps, the setting or a galaxy is missing
    """
    names = ["length", "flag", "angle", "axis_ratio", "mc_error"]
    return tuple(measurements_of_setting(group_barlengths(paths), choice, galaxy_id, names))


def read_published(paths, choice, galaxy_id):
    """Read the lengths by the published criterion, averaged over the networks and runs.

    Parameters
    ----------
    paths, galaxy_id : as for `read_choice`
    choice : dict with published and published_per_model, from results/chosen_setting.json

    Returns
    -------
    ndarray, shape (n,) [pixel of the 424 px image]
        NaN where unmeasurable, and everywhere if the criterion was not measured on all networks
        that it was chosen on: of a user's own catalogues only what the calibration is made of is.
    """
    published, groups = choice["published"], group_barlengths(paths)
    networks = set(choice["published_per_model"]) - {AVERAGE_HEATMAPS, AVERAGE_MEASUREMENTS}
    measured = published and networks <= {model for model, _ in groups}
    if not measured or not is_measured(groups, published):
        return np.full(len(galaxy_id), np.nan)
    return mean_length(runs_of_setting(groups, published, galaxy_id))


def tabulate_lengths(length, flag, angle, axis_ratio, mc_error, catalogue, cosmology, errors=None):
    """Tabulate lengths, the mean over the runs, in all units.

    Parameters
    ----------
    length, flag, angle, axis_ratio, mc_error : ndarray, shape (runs, n), from `read_choice`
    catalogue : pandas.DataFrame, n rows
        With galaxy_id, petror90_r [arcsec] and redshift (NaN where unknown).
    cosmology : mapping, omega_m and hubble_constant, see `add_physical_lengths`
    errors : pandas.DataFrame, optional
        Error model of lengths in pixels by this setting: decile_low, decile_high and sigma [pixel
        of the 424 px image]; rows whose column quantity is not ``length_px`` do not count.

    Returns
    -------
    pandas.DataFrame, n rows in the order of the catalogue
        galaxy_id, length_px [pixel of the 424 px image], length_arcsec, length_kpc_h, length_kpc,
        length_scaled, sigma_px (NaN without an error model), mc_error_px (NaN where the length was
        not watched), angle [deg], mask_axis_ratio, pa_sky [deg] of a catalogue with north_up, flag
        (in words), length_px_run1, length_px_run2, ..., then the other columns of the catalogue,
        with the suffix ``_catalogue`` if their name is taken. Lengths are NaN where unmeasurable,
        or where a scale is unknown.

    Raises
    ------
    ValueError : if the error model holds no lengths in pixels
    """
    mean, code, axis = average_measurements(length, flag, angle, fewer=Flag.FEWER_RUNS)
    table = pd.DataFrame({"galaxy_id": catalogue["galaxy_id"].to_numpy(), "length_px": mean})
    table = add_physical_lengths(table, catalogue["petror90_r"], catalogue["redshift"], **cosmology)
    table["sigma_px"] = _sigma(mean, errors)
    table["mc_error_px"] = average_errors(mc_error, length)
    table["angle"] = axis
    table["mask_axis_ratio"] = mean_length(axis_ratio)
    if "north_up" in catalogue:
        table["pa_sky"] = _position_angle(axis, catalogue["north_up"].to_numpy())
    table["flag"] = [Flag(value).text for value in code]
    for run, values in enumerate(length, start=1):
        table[f"length_px_run{run}"] = values.astype(float)
    others = catalogue.drop(columns="galaxy_id").reset_index(drop=True)
    others = others.rename(
        columns={name: f"{name}_catalogue" for name in others if name in table.columns}
    )
    return pd.concat([table, others], axis=1)


def _position_angle(angle, north_up):
    """Return position angles from north through east [deg], in [0, 180), of images with north up.

    ``angle`` (n,) is from the columns towards the rows [deg]; NaN where ``north_up`` (n,) is false.
    """
    return np.where(np.asarray(north_up, dtype=bool), (90.0 - angle) % 180, np.nan)


def add_votes(table, votes, thresholds):
    """Put what the networks say of a bar behind the flag of a table of lengths.

    Parameters
    ----------
    table : pandas.DataFrame, n rows, with galaxy_id and flag
    votes : sequence of str or Path, tables of `galbar.training.own_votes.tabulate_own_votes`, of
        the same galaxies
    thresholds : str or Path, of `galbar.catalogues.bar_votes.choose_thresholds`

    Returns
    -------
    pandas.DataFrame, with the columns of ``votes`` and ``bar``: "yes", "no" or "unsure"

    Raises
    ------
    ValueError : if a galaxy is missing in the votes
    """
    parts = [read_result_table(path) for path in votes]
    shares = pd.concat(parts, ignore_index=True).set_index("galaxy_id")
    limits = json.loads(Path(thresholds).read_text(encoding="utf-8"))
    missing = ~table["galaxy_id"].isin(shares.index)
    if missing.any():
        raise ValueError(f"galaxy {table.loc[missing, 'galaxy_id'].iloc[0]} has no predicted votes")
    shares = shares.loc[table["galaxy_id"]].reset_index(drop=True)
    shares.insert(0, "bar", has_bar(shares["p_bar"], limits))
    first = table.columns.get_loc("flag") + 1
    behind = table.iloc[:, first:]
    taken = {name: f"{name}_catalogue" for name in behind if name in shares}
    return pd.concat([table.iloc[:, :first], shares, behind.rename(columns=taken)], axis=1)


def add_calibrated(table, calibrated, catalogue, cosmology, published):
    """Put calibrated lengths in front of those by a single setting.

    Parameters
    ----------
    table : pandas.DataFrame, n rows, from `tabulate_lengths`
    calibrated : pandas.DataFrame, n rows
        galaxy_id, length_scaled, the ends of its intervals, calibration, calibration_flag.
    catalogue, cosmology : as for `tabulate_lengths`
    published : ndarray, shape (n,)
        Lengths by the published criterion [pixel of the 424 px image], see `read_published`.

    Returns
    -------
    pandas.DataFrame
        length_px, length_arcsec, length_kpc_h, length_kpc and length_scaled are calibrated, each
        with the ends of its intervals; length_px_setting is by the setting of the table,
        run_difference_px its published error (the mean difference between trainings),
        length_px_published by the published criterion; angle, mask_axis_ratio, flag and mc_error_px
        stay those of that setting.

    Raises
    ------
    ValueError : if the tables hold different galaxies
    """
    if not np.array_equal(calibrated["galaxy_id"], table["galaxy_id"]):
        raise ValueError("the calibrated lengths are of other galaxies, or in another order")
    lengths = {"galaxy_id": table["galaxy_id"]}
    for name in (name for name in calibrated if name.startswith("length_scaled")):
        end = name.removeprefix("length_scaled")
        pixels = pd.DataFrame({"length_px": calibrated[name] / scaled_from_pixels(1.0)})
        converted = add_physical_lengths(
            pixels, catalogue["petror90_r"], catalogue["redshift"], **cosmology
        )
        lengths |= {f"{column}{end}": converted[column] for column in converted}
    kept = table.drop(columns=["galaxy_id", *(name for name in converted if name != "length_px")])
    kept = kept.rename(columns={"length_px": "length_px_setting", "sigma_px": "run_difference_px"})
    texts = calibrated[["calibration", "calibration_flag"]]
    frames = [pd.DataFrame(lengths), texts, kept.assign(length_px_published=published)]
    return pd.concat(frames, axis=1)


def _sigma(length, errors):
    """Look up the standard error of each length [pixel of the 424 px image]."""
    if errors is None:
        return np.full(len(length), np.nan)
    if "quantity" in errors:
        errors = errors[errors["quantity"] == "length_px"]
    if errors.empty:
        raise ValueError("the error model has no rows of the quantity length_px")
    return assign_sigma(length, errors)
