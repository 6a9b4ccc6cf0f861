"""The lengths that other methods give the galaxies of the catalogue, without our networks."""

import numpy as np

from galbar.attribution.methods.map_sets import MapSet
from galbar.lengths.setting_files import runs_of_setting
from galbar.lengths.units import scaled_from_pixels
from galbar.scores.estimator_lengths import EstimatorLengths, describe_mask, kpc_h_of_pixels

# Estimator -> column of results/rivals/ellipse/hoyle.csv, where the bar ends.
_ELLIPSE_CONVENTIONS = {
    "ellipse": ("length_px", "maximum of ellipticity"),
    "ellipse_drop": ("length_drop_px", "where ellipticity falls or turns"),
}


def rival_lengths(inputs, omega_m):
    """Return the lengths by all other methods: ellipses, the image itself, a user's tables.

    Parameters
    ----------
    inputs : galbar.scores.inputs.ScoreInputs
    omega_m : float, matter density, for the angular diameter distance

    Returns
    -------
    list of EstimatorLengths
    """
    catalogue = inputs.catalogue
    return [
        *ellipse_lengths(inputs.ellipses, catalogue, omega_m),
        *moments_lengths(inputs.moments, catalogue, omega_m),
        *(external_lengths(name, table) for name, table in inputs.external.items()),
    ]


def ellipse_lengths(table, catalogue, omega_m):
    """Return the lengths by isophotes as they are, calibrated on nothing.

    Parameters
    ----------
    table : pandas.DataFrame, n rows, results/rivals/ellipse/hoyle.csv; None: there are none
    catalogue, omega_m : as for `kpc_h_of_pixels`

    Returns
    -------
    list of EstimatorLengths
        By the maximum of ellipticity ("ellipse") and by the drop beyond it ("ellipse_drop"); sigma
        0: the published weights are then those of the catalogue's error alone.
    """
    if table is None:
        return []
    estimators = []
    for name, (column, convention) in _ELLIPSE_CONVENTIONS.items():
        pixels = table[column].to_numpy(dtype=float)
        measured = _length_and_no_error(pixels, catalogue, omega_m)
        description = f"isophotes of the image, no network, not calibrated: {convention}"
        estimators.append(EstimatorLengths(name, description, "", **measured))
    return estimators


def moments_lengths(moments, catalogue, omega_m):
    """Return the lengths by the criteria of heat maps, with the image in place of the map.

    Parameters
    ----------
    moments : tuple or None
        The file of bar lengths, results/rivals/moments/hoyle.h5, and the content of its
        chosen_setting.json; None: there are none.
    catalogue, omega_m : as for `kpc_h_of_pixels`

    Returns
    -------
    list of EstimatorLengths
        One, or none; sigma 0 as for `ellipse_lengths`.

    Raises
    ------
    ValueError : if the file lacks the setting or a galaxy
    """
    if moments is None:
        return []
    path, choice = moments
    groups = {(choice["model"], MapSet.of(choice)): [(path,)]}
    (pixels,) = runs_of_setting(groups, choice, catalogue["galaxy_id"].to_numpy())
    in_words = ", ".join(describe_mask(choice["setting"], "image in place of a heat map"))
    return [
        EstimatorLengths(
            name="moments",
            description=f"no network, best on the validation set, not calibrated: {in_words}",
            model="",
            **_length_and_no_error(pixels, catalogue, omega_m),
            note=choice["warning"],
        )
    ]


def external_lengths(name, table):
    """Return the lengths of a user's table, as they are.

    Parameters
    ----------
    name : str, of the method
    table : pandas.DataFrame, n rows, results/rivals/external/{name}.csv

    Returns
    -------
    EstimatorLengths
        Its sigma is the error that the table gives; 0 if it gives none of any galaxy, else the
        median of those given where one is missing, as 0 would weigh most. The description says so.
    """
    quantities = ("length_kpc_h", "length_scaled")
    length = {quantity: table[quantity].to_numpy(dtype=float) for quantity in quantities}
    sigma, is_filled = {}, False
    for quantity in quantities:
        error = table[quantity.replace("length", "error", 1)].to_numpy(dtype=float)
        lacks_error = np.isfinite(length[quantity]) & np.isnan(error)
        median = np.median(error[np.isfinite(error)]) if np.isfinite(error).any() else 0.0
        sigma[quantity] = np.where(np.isnan(error), median, error)
        is_filled = is_filled or (median > 0 and lacks_error.any())
    description = f"lengths by another method, as given: {name}"
    if is_filled:
        description += "; errors that are missing are the median of those given"
    return EstimatorLengths(name, description, "", length, sigma)


def _length_and_no_error(pixels, catalogue, omega_m):
    """Return lengths [pixel of the 424 px image] in all quantities, and a sigma of 0."""
    length = {
        "length_kpc_h": kpc_h_of_pixels(pixels, catalogue, omega_m),
        "length_scaled": scaled_from_pixels(pixels),
    }
    return {"length": length, "sigma": {name: np.zeros(len(pixels)) for name in length}}
