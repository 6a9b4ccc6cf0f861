"""Lengths of the bar catalogue's galaxies from a table of another method, joined by id."""

import logging

import numpy as np
import pandas as pd

from galbar.io.galaxy_tables import read_galaxy_table
from galbar.lengths.units import arcsec_from_pixels, kpc_h_from_arcsec, scaled_from_pixels
from galbar.rivals.external_columns import ERROR, external_columns

logger = logging.getLogger(__name__)

OK = "ok"
NOT_THERE = "galaxy is not in the table"
NO_LENGTH = "no length in the table"
# Galaxies of the same id that a message names.
_NAMED = 3


def read_external(path, catalogue, cosmology, names=None):
    """Read the lengths that a table gives the galaxies of the bar catalogue.

    Parameters
    ----------
    path : str or Path, see `galbar.rivals.external_columns.external_columns`
    catalogue : pandas.DataFrame, n rows, with galaxy_id, petror90_r [arcsec] and redshift
    cosmology : dict, omega_m and hubble_constant [km/s/Mpc]
    names : mapping of str to str, optional, galbar's name of a column -> that of the table

    Returns
    -------
    pandas.DataFrame
        n rows in the order of the catalogue: galaxy_id, length_kpc_h [kpc/h] and length_scaled with
        their errors error_kpc_h and error_scaled, and flag: "ok", or why there is no length. NaN
        where one is unknown, or cannot be converted without a radius or a redshift. Galaxies that
        the catalogue has not got are left out, and their number is logged.

    Raises
    ------
    FileNotFoundError : if there is no such file
    ValueError
        If a value is not as expected, an id comes more than once, or no galaxy is in the catalogue.
    """
    columns = external_columns(path, names)
    frame, faults = read_galaxy_table(
        path, columns.expected, names=columns.names, units=columns.units
    )
    if (faults != "").any():
        first = faults[faults != ""].iloc[0]
        raise ValueError(f"{path}, {first} ({(faults != '').sum()} such {faults.index.name}s)")
    _check_ids(path, frame[columns.key])
    frame = frame.set_index(columns.key)
    ids = catalogue["galaxy_id"]
    is_known = frame.index.isin(ids)
    logger.info(
        "%s: column %s; %d of %d rows are galaxies of the bar catalogue, which has %d",
        path,
        columns.names[columns.length],
        is_known.sum(),
        len(frame),
        len(ids),
    )
    if not is_known.any():
        raise ValueError(
            f"{path}, column {columns.names[columns.key]}: found no id of the bar catalogue, such "
            f"as {frame.index[0]}, expected some, such as {ids.iloc[0]}"
        )
    galaxies = frame.reindex(ids)
    length = galaxies[columns.length].to_numpy(dtype=float)
    error = galaxies[ERROR].to_numpy(dtype=float) if ERROR in galaxies else np.nan * length
    flag = np.where(ids.isin(frame.index), np.where(np.isnan(length), NO_LENGTH, OK), NOT_THERE)
    table = pd.DataFrame({"galaxy_id": ids.to_numpy()})
    for prefix, values in (("length", length), ("error", error)):
        kpc_h, scaled = _convert(values, columns.length, catalogue, **cosmology)
        table = table.assign(**{f"{prefix}_kpc_h": kpc_h, f"{prefix}_scaled": scaled})
    return table.assign(flag=flag)


def _check_ids(path, ids):
    """Raise ValueError if an id comes more than once: which row is meant nobody knows."""
    repeated = ids[ids.duplicated(keep=False)]
    if len(repeated):
        rows = repeated.index[repeated == repeated.iloc[0]]
        more = ", ..." if len(rows) > _NAMED else ""
        raise ValueError(
            f"{path}, {ids.index.name}s {', '.join(map(str, rows[:_NAMED]))}{more}: found the id "
            f"{repeated.iloc[0]} {len(rows)} times, expected each galaxy once"
        )


def _convert(values, quantity, catalogue, *, omega_m, hubble_constant):
    """Convert lengths or errors (n,) to kpc/h and to units of the galaxy's size."""
    if quantity == "length_kpc":
        values, quantity = values * (hubble_constant / 100), "length_kpc_h"
    # What one pixel of the 424 px image is of each galaxy.
    arcsec = arcsec_from_pixels(1.0, catalogue["petror90_r"])
    of_pixel = {
        "length_px": 1.0,
        "length_arcsec": arcsec,
        "length_kpc_h": kpc_h_from_arcsec(arcsec, catalogue["redshift"], omega_m),
        "length_scaled": scaled_from_pixels(1.0),
    }
    # As given where it is given so: neither radius nor redshift enters then.
    kpc_h, scaled = (
        values if quantity == wanted else values * (of_pixel[wanted] / of_pixel[quantity])
        for wanted in ("length_kpc_h", "length_scaled")
    )
    return kpc_h, scaled
