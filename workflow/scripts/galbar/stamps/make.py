"""Stamps of a catalogue's galaxies in the colours that the networks know, and what was dropped."""

import logging

import numpy as np
import pandas as pd

from galbar.catalogues.own_table import first_image
from galbar.io.job_log import progress
from galbar.lengths.bar_shape import FRAME
from galbar.stamps.colours import (
    KINDS,
    calibrate_colours,
    colour_stamp,
    grey_colours,
    measure_light,
)
from galbar.stamps.observe import STAMP_IN_PETROR90, observe_galaxy
from galbar.stamps.training_range import compare_with_training

logger = logging.getLogger(__name__)

#: Columns that `make_stamps` adds to those of the user's table.
COLUMNS = (
    "petror90_r",
    "petror90_from",
    "ra",
    "dec",
    "pixel_scale",
    "petror90_px",
    "north_up",
    *FRAME,
    "covered",
    "sky_noise",
    "brightness",
    "colour",
    "sharpness",
    "training_distance",
    "outside_training",
)

# Column of what was downloaded that says why a galaxy has no image.
_REASON = "not_downloaded"


def make_stamps(galaxies, recipe, side, colours, ranges, *, seed, seen):
    """Make the stamps of galaxies, one at a time.

    Parameters
    ----------
    galaxies : list of dict, rows of `galbar.catalogues.own_table.read_own`
    recipe : galbar.stamps.observe.Recipe
    side : int, of the stamps [px]
    colours : dict, of `calibrate_catalogue`
    ranges : dict, from `galbar.stamps.training_light.read_ranges`
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
            own_colours = _colours_of(observation, colours)
        except ValueError as error:
            yield None, {"galaxy_id": galaxy["galaxy_id"], "reason": str(error)}
            continue
        rng = np.random.default_rng([seed, galaxy["galaxy_id"]])
        stamp, measured = _finish(observation, own_colours, rng, seen)
        measured |= compare_with_training(stamp, ranges)
        yield stamp, {"galaxy_id": galaxy["galaxy_id"], **observation.about, **measured}


def _colours_of(observation, colours):
    """Return the `Colours` of an observation's kind; ValueError if none were decided for it."""
    kind = _kind(observation)
    if colours[kind] is None:
        raise ValueError(
            f"its image is {KINDS[kind]}: none of the galaxies by which the colours of the "
            "catalogue were decided has such a one that can be used"
        )
    return colours[kind]


def _kind(observation):
    return "linear" if observation.linear else "pictures"


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
    deviates = rng.standard_normal(planes.shape)
    if not np.ptp(planes, axis=0)[~missing].any():
        # An image of one band has no colours, whatever those of the others are.
        deviates, colours = deviates[:1], grey_colours(colours)
    filling = light.sky[:, None, None] + noise[:, None, None] * deviates
    planes = np.where(missing, filling, planes)
    return colour_stamp(planes, light.sky, colours), measured


def calibrate_catalogue(galaxies, recipe, side, reference):
    """Find the colours of a catalogue's images, by a sample of its galaxies.

    ``reference`` is the `galbar.stamps.colours.Light` of the training images, for the rest see
    `make_stamps`. The result is a dict: "linear" (images that are proportional to the light) and
    "pictures" (scaled for the eye), each `galbar.stamps.colours.Colours`, or None if there are none
    of them that can be used: their galaxies are dropped then. ValueError if none of any kind can.
    """
    brightness, reason = {kind: [] for kind in KINDS}, "there are none"
    last_images = {}
    for galaxy in progress(galaxies, len(galaxies), "galaxies measured"):
        try:
            observation = observe_galaxy(galaxy, recipe, side, last_images)
        except ValueError as error:
            reason = f"{galaxy['id']}: {error}"
            continue
        light = measure_light(observation.planes, STAMP_IN_PETROR90 / side)
        brightness[_kind(observation)].append(light.brightness)
    if not any(brightness.values()):
        raise ValueError(f"none of {len(galaxies)} galaxies can be observed; the last, {reason}")
    colours, problems = dict.fromkeys(KINDS), []
    for kind, measured in brightness.items():
        try:
            colours[kind] = calibrate_colours(measured, reference) if measured else None
        except ValueError as error:
            problems.append(f"images that are {KINDS[kind]}: {error}")
    if not any(colours.values()):
        raise ValueError("; ".join(problems))
    for problem in problems:
        logger.warning("%s; they are dropped", problem)
    return colours


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
