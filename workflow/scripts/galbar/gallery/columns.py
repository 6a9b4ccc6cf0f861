"""Columns of a table of bar lengths as the gallery shows them."""

from typing import NamedTuple

import pandas as pd


class Shown(NamedTuple):
    """How a column is called, its unit, and whether there is a slider for it.

    ``digits`` are significant ones, of the numbers that the page holds.
    """

    label: str
    unit: str = ""
    slider: bool = False
    digits: int = 5


#: Of columns that are known; others are shown by their name.
_KNOWN = {
    "galaxy_id": Shown("number"),
    "id": Shown("id"),
    "length_px": Shown("bar length", "px"),
    "length_arcsec": Shown("bar length", "arcsec", slider=True),
    "length_kpc_h": Shown("bar length", "kpc/h", slider=True),
    "length_kpc": Shown("bar length", "kpc", slider=True),
    "length_scaled": Shown("bar length over galaxy size", slider=True),
    "length_px_low68": Shown("68 % interval from", "px"),
    "length_px_high68": Shown("68 % interval to", "px"),
    "length_px_low95": Shown("95 % interval from", "px"),
    "length_px_high95": Shown("95 % interval to", "px"),
    "width68": Shown("68 % interval over length", slider=True),
    "p_bar": Shown("share who would see a bar", slider=True),
    "p_bar_sd": Shown("its spread over networks"),
    "p_featured": Shown("share who would see features", slider=True),
    "p_featured_sd": Shown("its spread over networks"),
    "p_edge_on": Shown("share who would see it edge-on", slider=True),
    "p_edge_on_sd": Shown("its spread over networks"),
    "length_px_setting": Shown("length by the single setting", "px"),
    "run_difference_px": Shown("difference between trainings", "px"),
    "mc_error_px": Shown("Monte Carlo error", "px"),
    "length_px_published": Shown("length by the published criterion", "px"),
    "angle": Shown("angle in the image", "deg"),
    "mask_axis_ratio": Shown("axis ratio of the mask", slider=True),
    "mask_width_px": Shown("width of the mask", "px"),
    "mask_width_arcsec": Shown("width of the mask", "arcsec"),
    "pa_sky": Shown("position angle", "deg", slider=True),
    "length_deprojected_arcsec": Shown("length in the plane of the disc", "arcsec"),
    "length_deprojected_kpc_h": Shown("length in the plane of the disc", "kpc/h"),
    "length_deprojected_kpc": Shown("length in the plane of the disc", "kpc", slider=True),
    "length_deprojected_scaled": Shown("length in the plane of the disc over galaxy size"),
    "deprojection_flag": Shown("deprojection"),
    "disc_axis_ratio": Shown("axis ratio of the disc"),
    "disc_pa": Shown("position angle of the disc", "deg"),
    "ra": Shown("right ascension", "deg", digits=10),
    "dec": Shown("declination", "deg", digits=10),
    "redshift": Shown("redshift", slider=True, digits=6),
    "petror90_r": Shown("petroR90", "arcsec", slider=True),
    "psf_fwhm": Shown("PSF width", "arcsec"),
    "pixel_scale": Shown("pixel of the image", "arcsec"),
    "petror90_px": Shown("petroR90 in pixels of the image", "px"),
    "centre_x": Shown("column of the galaxy in the image", "px"),
    "centre_y": Shown("row of the galaxy in the image", "px"),
    "sky_noise": Shown("noise of the sky"),
    "brightness": Shown("brightness of the middle"),
    "colour": Shown("red over blue in the middle", "mag"),
    "sharpness": Shown("sharpness of the middle"),
    "training_distance": Shown("distance from the training images", slider=True),
    "covered": Shown("share of the view that the image covers", slider=True),
    "length_avg": Shown("length in the catalogue", "kpc/h", slider=True),
    "length_stdev": Shown("its scatter between observers", "kpc/h"),
    "bar_meas": Shown("human measurements"),
    "bar": Shown("bar"),
    "flag": Shown("flag"),
    "calibration_flag": Shown("calibration"),
    "flag_bits": Shown("sum of what speaks against the length"),
    "recommended": Shown("recommended"),
    "expected_bias": Shown("expected bias over length", slider=True),
    "expected_bias_spread": Shown("its spread"),
    "outside_training": Shown("unlike the training"),
    "petror90_from": Shown("petroR90 from"),
    "split": Shown("sample"),
    "verdict": Shown("verdict"),
    "note": Shown("note"),
}
# Of little use beside the pictures, or told by them (ends of bars, north) or by others: intervals
# follow from those in px.
_LEFT_OUT = ("image", "asset_id", "shuffle_rank", "control_split", "calibration", "north_up")
_LEFT_OUT += ("expected_bias_flag",)
_LEFT_OUT_STARTS = ("image_", "length_px_run", "x_end", "y_end", "ra_end", "dec_end")
_LEFT_OUT_STARTS += ("x_image_end", "y_image_end")
_ENDS = ("_low68", "_high68", "_low95", "_high95")


def describe(name):
    """Return how a column is shown."""
    return _KNOWN.get(name, Shown(name))


def gallery_columns(table):
    """Return what the gallery shows of a table of bar lengths.

    Parameters
    ----------
    table : pandas.DataFrame, n rows, as in results/barlengths_{catalogue}.csv

    Returns
    -------
    pandas.DataFrame, n rows
        ``galaxy_id`` and ``id`` as texts, then the others in the order of the table; ``width68``
        is the 68 % interval over the length.
    """
    names = [name for name in table.columns if _is_shown(name)]
    shown = table[names].copy()
    ids = table["galaxy_id"].astype(str)
    shown["galaxy_id"] = ids
    shown["id"] = table["id"].astype(str) if "id" in table else ids
    if {"length_px_low68", "length_px_high68"} <= set(table.columns):
        width = (table["length_px_high68"] - table["length_px_low68"]) / table["length_px"]
        shown.insert(shown.columns.get_loc("length_px_high68") + 1, "width68", width)
    for name in shown:
        if pd.api.types.is_bool_dtype(shown[name]):
            shown[name] = shown[name].map({True: "yes", False: "no"})
    first = ["galaxy_id", "id"]
    return shown[first + [name for name in shown if name not in first]]


def is_number(column):
    """Return whether a column of `gallery_columns` holds numbers, not texts."""
    return pd.api.types.is_numeric_dtype(column)


def _is_shown(name):
    in_px = name.startswith("length_px_") and name.endswith(_ENDS)
    if name in _LEFT_OUT or name.startswith(_LEFT_OUT_STARTS):
        return False
    return in_px or not name.endswith(_ENDS)
