"""Where a stamp lies in the range of the networks' training images, and how far outside of it.

The same numbers are measured of both (`measure_stamp`); what is nearly all there is of the training
is the range. Nothing is refused by it.
"""

from typing import NamedTuple

import numpy as np

from galbar.stamps.colours import (
    CENTRE,
    SOFTENING,
    STRETCH,
    light_of_colours,
    measure_light,
    radii,
)
from galbar.stamps.observe import STAMP_IN_PETROR90
from galbar.stamps.structure import measure_structure

#: Statistic of a stamp -> what it is called below and above the range of the training.
STATISTICS = {
    "brightness": ("faint", "bright"),
    "sky_noise": ("smooth", "noisy"),
    "colour": ("bluer", "redder"),
    "sharpness": ("blurred", "sharp"),
}
#: What a stamp without colours is called, unless networks were shown such images, too.
GREY = "grey"

# Light of one colour that is less than so much of the mean of all, or none, counts as so much: then
# a galaxy without blue light has a colour, far outside any range.
_LEAST_LIGHT = 1e-3

# Largest mean difference between red, green and blue in the middle of a grey stamp, of 255: less
# than rounding makes. None of the simulated survey's images comes below 3.
_GREY_SPREAD = 1.0

# What nearly all training images are in [per cent].
_PERCENTILES = (1, 50, 99)


class Range(NamedTuple):
    """The range that 98 % of the training images are in, by a statistic, and its median."""

    low: float
    median: float
    high: float


def measure_stamp(stamp):
    """Measure a stamp as training images are measured.

    Parameters
    ----------
    stamp : ndarray, shape (side, side, 3), uint8, `STAMP_IN_PETROR90` wide

    Returns
    -------
    light : galbar.stamps.colours.Light
    statistics : dict of float
        brightness of the middle, mean over red, green and blue; colour, red over blue there [mag],
        NaN of a grey stamp and where there is no light at all; sky_noise and sharpness, noise and
        sharpness of `galbar.stamps.structure.Structure`, of the mean of red, green and blue.
    """
    step = STAMP_IN_PETROR90 / len(stamp)
    planes = light_of_colours(stamp, STRETCH, SOFTENING)
    light = measure_light(planes, step)
    structure = measure_structure(planes.mean(axis=0), step)
    return light, {
        "brightness": float(np.mean(light.brightness)),
        "sky_noise": structure.noise,
        "colour": float("nan") if is_grey(stamp) else _colour(light.brightness),
        "sharpness": structure.sharpness,
    }


def is_grey(stamp):
    """Return whether a stamp (side, side, 3) shows no colour: of one band, or of three alike."""
    middle = stamp[radii(len(stamp), STAMP_IN_PETROR90 / len(stamp)) < CENTRE]
    return bool(np.ptp(middle.astype(np.float64), axis=-1).mean() < _GREY_SPREAD)


def _colour(brightness):
    """Return red over blue [mag]; NaN where there is no light."""
    mean = np.mean(brightness)
    if not mean > 0:
        return float("nan")
    red, _, blue = np.maximum(brightness, _LEAST_LIGHT * mean)
    return float(2.5 * np.log10(red / blue))


def derive_range(values):
    """Return the `Range` of a statistic of the training images; None if all (n,) are NaN."""
    finite = np.asarray(values)[np.isfinite(values)]
    return Range(*map(float, np.percentile(finite, _PERCENTILES))) if len(finite) else None


def compare_with_training(stamp, ranges):
    """Measure a stamp, and say where it is outside the range of the training images.

    Parameters
    ----------
    stamp : ndarray, shape (side, side, 3), uint8
    ranges : dict
        Name of `STATISTICS` -> Range, or None where the training has none; `GREY` -> whether
        networks were shown grey images, too.

    Returns
    -------
    dict
        The statistics of `measure_stamp`; training_distance, the largest of their distances from
        the median of the training, where the end of the range on that side is at 1 (a range without
        a width tells none; NaN if none does); outside_training, words of `STATISTICS` and `GREY`.
    """
    _, statistics = measure_stamp(stamp)
    words = [GREY] if is_grey(stamp) and not ranges[GREY] else []
    distances = []
    for name, (below, above) in STATISTICS.items():
        value, limits = statistics[name], ranges[name]
        if limits is None or np.isnan(value):
            continue
        words += [below] * (value < limits.low) + [above] * (value > limits.high)
        end = limits.low if value < limits.median else limits.high
        if end != limits.median:
            distances.append((value - limits.median) / (end - limits.median))
    return statistics | {
        "training_distance": max(distances, default=float("nan")),
        "outside_training": "; ".join(words),
    }
