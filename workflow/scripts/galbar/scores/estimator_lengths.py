"""The lengths by one estimator, in the units that are scored, and its setting in words."""

from dataclasses import dataclass, field

from galbar.lengths.measure import COMMON_KEYS
from galbar.lengths.units import arcsec_from_pixels, kpc_h_from_arcsec


@dataclass(frozen=True)
class EstimatorLengths:
    """Lengths of the n galaxies of the catalogue, by one estimator.

    ``model`` is the network, "" where there is none. ``length`` and its standard error ``sigma``
    hold (n,) by quantity: "length_kpc_h" [kpc/h] and "length_scaled"; NaN where unmeasurable. They
    may be scored on ``samples`` only, after shuffling between the galaxies if ``shuffled``;
    ``note`` is shown with the scores. ``intervals`` holds, by quantity and level, the ends (n,) of
    intervals that the estimator gives itself.
    """

    name: str
    description: str
    model: str
    length: dict
    sigma: dict
    samples: tuple = ("common", "test")
    shuffled: bool = False
    note: str = ""
    intervals: dict = field(default_factory=dict)


def kpc_h_of_pixels(length_px, catalogue, omega_m):
    """Convert lengths to kpc/h.

    Parameters
    ----------
    length_px : ndarray, shape (..., n) [pixel of the 424 px image]
    catalogue : pandas.DataFrame, n rows, with petror90_r [arcsec] and redshift
    omega_m : float, matter density, for the angular diameter distance

    Returns
    -------
    ndarray, shape (..., n)
        NaN also where the redshift or the radius is unknown.
    """
    arcsec = arcsec_from_pixels(length_px, catalogue["petror90_r"].to_numpy())
    return kpc_h_from_arcsec(arcsec, catalogue["redshift"].to_numpy(), omega_m)


def describe_mask(setting, measured):
    """Describe in phrases how a setting isolates the bar.

    Parameters
    ----------
    setting : dict, see `galbar.lengths.measure.list_settings`
    measured : str, what it is isolated in, in words

    Returns
    -------
    list of str
    """
    phrases = [setting["criterion"]]
    phrases += [
        f"{name} {setting[name]:g}"
        for name in setting
        if name not in COMMON_KEYS and setting[name] is not None
    ]
    phrases.append(measured)
    if setting["smoothing"]:
        phrases.append(f"smoothed by {setting['smoothing']:g} px")
    return phrases
