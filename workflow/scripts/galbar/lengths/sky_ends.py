"""Where bars end on the sky, in columns of a table and as regions of DS9."""

import numpy as np
from astropy import units
from astropy.coordinates import SkyCoord

from galbar.io.atomic import atomic_write

#: Columns of `add_sky_ends` [deg, ICRS].
COLUMNS = ("ra_end1", "dec_end1", "ra_end2", "dec_end2")


def sky_ends(ra, dec, position_angle, length):
    """Return both ends of bars that are centred on their galaxies.

    Parameters
    ----------
    ra, dec : array_like, shape (n,), of the galaxies [deg]
    position_angle : array_like, shape (n,), from north through east [deg]
    length : array_like, shape (n,), from tip to tip [arcsec]

    Returns
    -------
    tuple of ndarray, each (n,): ra and dec of the end in the direction of the angle, and of the
        other [deg]; NaN where something is
    """
    complete = np.isfinite([ra, dec, position_angle, length]).all(axis=0)
    ends = np.full((4, len(complete)), np.nan)
    if complete.any():
        given = (ra, dec, position_angle, length)
        ra, dec, angle, size = (np.asarray(values, dtype=float)[complete] for values in given)
        centre = SkyCoord(ra, dec, unit="deg")
        for number, turn in enumerate((0.0, 180.0)):
            end = centre.directional_offset_by((angle + turn) * units.deg, size / 2 * units.arcsec)
            ends[2 * number, complete], ends[2 * number + 1, complete] = end.ra.deg, end.dec.deg
    return tuple(ends)


def add_sky_ends(table):
    """Put the ends of calibrated lengths behind the position angle of a table of lengths.

    ``table`` has length_arcsec; without pa_sky, ra and dec it is returned as it is.
    """
    if not {"pa_sky", "ra", "dec"} <= set(table.columns):
        return table
    ends = sky_ends(table["ra"], table["dec"], table["pa_sky"], table["length_arcsec"])
    first = table.columns.get_loc("pa_sky") + 1
    table = table.copy()
    for number, (name, values) in enumerate(zip(COLUMNS, ends, strict=True)):
        table.insert(first + number, name, values)
    return table


def write_regions(frame, path):
    """Write a file of DS9 regions, atomically: a line along each bar that has ends on the sky.

    ``frame`` has galaxy_id, `COLUMNS` and perhaps id and bar; those without a bar are dashed.
    """
    lines = ["# Region file format: DS9", "global color=cyan width=2", "icrs"]
    ids = frame["id"] if "id" in frame else frame["galaxy_id"].astype(str)
    bars = frame["bar"] if "bar" in frame else [""] * len(frame)
    ends = frame[list(COLUMNS)].to_numpy()
    for name, bar, end in zip(ids, bars, ends, strict=True):
        if not np.isfinite(end).all():
            continue
        # What closes a text of DS9 is left out of it.
        text = str(name).replace("{", "(").replace("}", ")").replace("\n", " ")
        dashed = " dash=1" if bar == "no" else ""
        lines.append("line({:.7f},{:.7f},{:.7f},{:.7f}) # line=0 0".format(*end))
        lines[-1] += f"{dashed} text={{{text}}}"
    with atomic_write(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
