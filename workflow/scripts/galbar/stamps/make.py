"""Stamps of a catalogue's galaxies in the colours that the networks know, and what was dropped."""

import numpy as np
import pandas as pd

from galbar.catalogues.own_table import first_image
from galbar.io.job_log import progress
from galbar.lengths.bar_shape import FRAME
from galbar.stamps.colours import (
    SOFTENING,
    STRETCH,
    calibrate_colours,
    colour_stamp,
    light_of_colours,
    measure_light,
)
from galbar.stamps.observe import STAMP_IN_PETROR90, observe_galaxy

#: Columns that `make_stamps` adds to those of the user's table.
COLUMNS = (
    "petror90_r",
    "petror90_from",
    "ra",
    "dec",
    "pixel_scale",
    "north_up",
    *FRAME,
    "covered",
    "sky_noise",
    "brightness",
    "outside_training",
)

# Column of what was downloaded that says why a galaxy has no image.
_REASON = "not_downloaded"

# Statistic of a stamp's light -> what it is called below and above the range of the training.
_OUTSIDE = {"brightness": ("faint", "bright"), "noise": ("smooth", "noisy")}


def make_stamps(galaxies, recipe, side, colours, training_range, *, seed, seen):
    """Make the stamps of galaxies, one at a time.

    Parameters
    ----------
    galaxies : list of dict, rows of `galbar.catalogues.own_table.read_own`
    recipe : galbar.stamps.observe.Recipe
    side : int, of the stamps [px]
    colours : galbar.stamps.colours.Colours or None, of linear images; None: there are none
    training_range : dict, from `galbar.stamps.training_light.read_range`
    seed : int, of the noise that stands where nothing was measured; with the galaxy's id
    seen : float, side of the part that the networks see over the stamp's side

    Yields
    ------
    stamp : ndarray, shape (side, side, 3), uint8; None where the galaxy cannot be observed
    about : dict, galaxy_id and `COLUMNS`; or galaxy_id and reason
    """
    last_images = {}
    for galaxy in progress(galaxies, len(galaxies), "galaxies"):
        try:
            if galaxy.get("fault"):
                raise ValueError(galaxy["fault"])
            observation = observe_galaxy(galaxy, recipe, side, last_images)
            if observation.linear and colours is None:
                raise ValueError(
                    "its image is linear in the light, and none was by which the colours of the "
                    "catalogue were decided, expected one kind of images"
                )
        except ValueError as error:
            yield None, {"galaxy_id": galaxy["galaxy_id"], "reason": str(error)}
            continue
        rng = np.random.default_rng([seed, galaxy["galaxy_id"]])
        stamp, measured = _finish(observation, colours, rng, seen)
        measured |= _compare(stamp, training_range)
        yield stamp, {"galaxy_id": galaxy["galaxy_id"], **observation.about, **measured}


def _finish(observation, colours, rng, seen):
    """Return the stamp, what is not covered filled, and how much of it is covered."""
    planes = observation.planes
    side = planes.shape[-1]
    light = measure_light(planes, STAMP_IN_PETROR90 / side)
    missing = ~np.isfinite(planes).all(axis=0)
    margin = round(side * (1 - seen) / 2)
    view = slice(margin, side - margin)
    measured = {"covered": 1 - missing[view, view].mean()}
    noise = np.where(np.isfinite(light.noise), light.noise, 0.0)
    filling = light.sky[:, None, None] + noise[:, None, None] * rng.standard_normal(planes.shape)
    planes = np.where(missing, filling, planes)
    if observation.linear:
        return colour_stamp(planes, light.sky, colours), measured
    return np.uint8(np.clip(np.moveaxis(planes, 0, -1), 0, 255) + 0.5), measured


def _compare(stamp, training_range):
    """Measure a stamp as the training images were, and say where it is outside their range."""
    planes = light_of_colours(stamp, STRETCH, SOFTENING)
    light = measure_light(planes, STAMP_IN_PETROR90 / stamp.shape[0])
    words = []
    for name, (below, above) in _OUTSIDE.items():
        value, (low, high) = float(np.mean(getattr(light, name))), training_range[name]
        words += [below] * (value < low) + [above] * (value > high)
    return {
        "sky_noise": float(np.mean(light.noise)),
        "brightness": float(np.mean(light.brightness)),
        "outside_training": "; ".join(words),
    }


def calibrate_catalogue(galaxies, recipe, side, reference):
    """Find the `Colours` of a catalogue's linear images, by a sample of its galaxies.

    ``reference`` is the `Light` of the training images, for the rest see `make_stamps`. None if all
    images are scaled for the eye already; ValueError if none of the galaxies can be observed, or
    those that can have no light.
    """
    brightness, observed, reason = [], 0, "there are none"
    last_images = {}
    for galaxy in progress(galaxies, len(galaxies), "galaxies measured"):
        try:
            observation = observe_galaxy(galaxy, recipe, side, last_images)
        except ValueError as error:
            reason = f"{galaxy['id']}: {error}"
            continue
        observed += 1
        if observation.linear:
            light = measure_light(observation.planes, STAMP_IN_PETROR90 / side)
            brightness.append(light.brightness)
    if not observed:
        raise ValueError(f"none of {len(galaxies)} galaxies can be observed; the last, {reason}")
    return calibrate_colours(brightness, reference) if brightness else None


def tabulate_stamps(galaxies, rows):
    """Separate the galaxies that have stamps, with what was measured, from the others.

    Parameters
    ----------
    galaxies : pandas.DataFrame, of `galbar.catalogues.own_table.read_own`
    rows : list of dict, of `make_stamps`, one per galaxy, in the same order

    Returns
    -------
    usable : pandas.DataFrame, the columns of galaxies and `COLUMNS`
    dropped : pandas.DataFrame, galaxy_id, id, image and reason
    """
    about = pd.DataFrame(rows, index=galaxies.index).reindex(columns=[*COLUMNS, "reason"])
    kept = about["reason"].isna()
    galaxies = galaxies.assign(image=first_image(galaxies))
    dropped = galaxies[["galaxy_id", "id", "image"]].assign(reason=about["reason"])
    added = (*COLUMNS, "fault", _REASON)
    own = galaxies.drop(columns=[name for name in added if name in galaxies])
    usable = pd.concat([own, about[list(COLUMNS)]], axis=1)
    return usable[kept].reset_index(drop=True), dropped[~kept].reset_index(drop=True)
