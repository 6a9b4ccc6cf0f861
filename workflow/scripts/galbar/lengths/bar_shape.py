"""What follows from a bar's length, angle and mask: its ends, a width, the length in the disc."""

import numpy as np
import pandas as pd

from galbar.io.images import IMAGE_SIDE
from galbar.lengths.units import arcsec_from_pixels

#: Below this axis ratio of a disc nothing is deprojected: it is seen nearly from its edge, its own
#: thickness counts, and the factor grows without limit.
EDGE_ON = 0.3
#: Below this one (60 deg) deprojected lengths are doubtful: Zou, Shen & Li (2014, ApJ 791, 11).
INCLINED = 0.5

#: Columns of where a galaxy is in its image, and of how the frame of 424 px lies there: columns and
#: rows of the image that a pixel of the frame to the right makes, and one downwards.
FRAME = ("x_galaxy", "y_galaxy", "x_right", "y_right", "x_down", "y_down")

_ENDS = ("", "_low68", "_high68", "_low95", "_high95")
_DEPROJECTED = ("arcsec", "kpc_h", "kpc", "scaled")


def frame_ends(length_px, angle):
    """Return both ends of bars in the frame of 424 px, in whose middle the galaxy is.

    Parameters
    ----------
    length_px : array_like, shape (n,), from tip to tip [pixel of the 424 px image]
    angle : array_like, shape (n,), from the columns towards the rows [deg]

    Returns
    -------
    tuple of ndarray, each (n,): x and y of the left end, the upper one of an upright bar, and of
        the other. With north up the first lies in the direction of the position angle, as the first
        of `galbar.lengths.sky_ends.sky_ends`. Columns and rows from 0; 0 is the middle of the first
        pixel, 211.5 that of the frame. NaN where something is.
    """
    middle = (IMAGE_SIDE - 1) / 2
    angle = np.asarray(angle, dtype=float)
    half, turn = np.asarray(length_px, dtype=float) / 2, np.deg2rad(angle)
    half = np.where(angle <= 90, -half, half)
    x, y = half * np.cos(turn), half * np.sin(turn)
    return middle + x, middle + y, middle - x, middle - y


def add_shape(table):
    """Put the width of the mask and the ends of the bar behind the mask's axis ratio.

    ``table`` has length_px, angle, mask_axis_ratio and petror90_r. The width is the axis ratio
    times the calibrated length: masks are calibrated in length only.
    """
    petror90 = table["petror90_r"]
    width = table["mask_axis_ratio"] * table["length_px"]
    ends = frame_ends(table["length_px"], table["angle"])
    columns = {"mask_width_px": width, "mask_width_arcsec": arcsec_from_pixels(width, petror90)}
    columns |= dict(zip(("x_end1", "y_end1", "x_end2", "y_end2"), ends, strict=True))
    return _insert_behind(table, "mask_axis_ratio", columns)


def add_image_ends(table):
    """Put the ends of the bar in the galaxy's own image behind those in the frame of 424 px.

    ``table`` is from `add_shape`. `FRAME` is left out of it; without that it is returned as it is.
    """
    if not set(FRAME) <= set(table.columns):
        return table
    middle = (IMAGE_SIDE - 1) / 2
    columns = {}
    for end in ("end1", "end2"):
        right, down = table[f"x_{end}"] - middle, table[f"y_{end}"] - middle
        for axis in "xy":
            columns[f"{axis}_image_{end}"] = (
                table[f"{axis}_galaxy"]
                + right * table[f"{axis}_right"]
                + down * table[f"{axis}_down"]
            )
    return _insert_behind(table.drop(columns=list(FRAME)), "y_end2", columns)


def deprojection_factor(position_angle, disc_pa, disc_axis_ratio):
    """Return what a bar is longer in the plane of its thin disc than on the sky.

    sqrt(cos^2 phi + sin^2 phi / q^2) with the angle phi between the bar and the disc's major axis,
    and the disc's axis ratio q = cos i (Martin 1995, AJ 109, 2428; Gadotti et al. 2007, MNRAS 381,
    943).

    Parameters
    ----------
    position_angle, disc_pa : array_like, shape (n,), from north through east [deg]
    disc_axis_ratio : array_like, shape (n,), short over long axis of the disc, above 0 to 1

    Returns
    -------
    ndarray, shape (n,), 1 or more; NaN where something is, and below `EDGE_ON`
    """
    phi = np.deg2rad(np.asarray(position_angle, dtype=float) - np.asarray(disc_pa, dtype=float))
    ratio = np.asarray(disc_axis_ratio, dtype=float)
    ratio = np.where(ratio >= EDGE_ON, ratio, np.nan)
    return np.hypot(np.cos(phi), np.sin(phi) / ratio)


def add_deprojected(table):
    """Put lengths in the plane of the disc behind the position angle of a table of lengths.

    ``table`` has the calibrated lengths with their intervals, and perhaps disc_pa and
    disc_axis_ratio. Adds length_deprojected_arcsec, ..., each with its intervals, and
    deprojection_flag in words, "" where nothing is to be said. Without pa_sky the table is returned
    as it is.
    """
    if "pa_sky" not in table:
        return table
    unknown = pd.Series(np.nan, index=table.index)
    disc_pa, ratio = (table.get(name, unknown) for name in ("disc_pa", "disc_axis_ratio"))
    factor = deprojection_factor(table["pa_sky"], disc_pa, ratio)
    columns = {
        f"length_deprojected_{unit}{end}": table[f"length_{unit}{end}"] * factor
        for end in _ENDS
        for unit in _DEPROJECTED
        if f"length_{unit}{end}" in table
    }
    columns["deprojection_flag"] = np.select(
        [
            disc_pa.isna() | ratio.isna(),
            table["pa_sky"].isna(),
            ratio < EDGE_ON,
            ratio < INCLINED,
        ],
        [
            "no disc parameters",
            "no position angle on the sky",
            "edge-on",
            "inclined by more than 60 deg",
        ],
        default="",
    )
    return _insert_behind(table, "pa_sky", columns)


def _insert_behind(table, name, columns):
    """Return a copy of a table with columns (a dict) behind one of its own."""
    first = table.columns.get_loc(name) + 1
    added = pd.DataFrame(columns, index=table.index)
    return pd.concat([table.iloc[:, :first], added, table.iloc[:, first:]], axis=1)
