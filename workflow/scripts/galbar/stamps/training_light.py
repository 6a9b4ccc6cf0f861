"""How bright the networks' training images are: what other surveys' images are brought to."""

import json
from pathlib import Path

import numpy as np

from galbar.io.decoded_images import DecodedImages
from galbar.io.job_log import progress
from galbar.stamps.colours import SOFTENING, STRETCH, Light, light_of_colours, measure_light
from galbar.stamps.observe import STAMP_IN_PETROR90

# Galaxies whose light is measured, and the smallest share of the volunteers who saw a disc that is
# not edge-on: what is asked for its bar.
_GALAXIES, _DISC = 1000, 0.5

# What is stored: medians, and the range that nearly all images are in [per cent].
_PERCENTILES = {"low": 1, "median": 50, "high": 99}


def showing_discs(table):
    """Return the ids (n,) of the training galaxies that volunteers were asked for a bar of.

    ``table`` has galaxy_id and Class2.2. ValueError if there are none.
    """
    ids = table.loc[table["Class2.2"] > _DISC, "galaxy_id"].to_numpy()
    if not len(ids):
        raise ValueError(f"found no training galaxy with Class2.2 above {_DISC}, expected many")
    return ids[:_GALAXIES]


def measure_training_light(decoded, galaxy_ids, *, height, width, crop):
    """Measure the light of training images.

    Parameters
    ----------
    decoded : str or Path, see `galbar.io.decoded_images.DecodedImages`
    galaxy_ids : ndarray of int64, shape (n,)
    height, width, crop : what the images were decoded for

    Returns
    -------
    dict
        galaxies (n), and low, median, high: each a dict of sky, noise and brightness, lists of
        three, for red, green and blue, see `galbar.stamps.colours.Light`.
    """
    images = DecodedImages(decoded, galaxy_ids, height=height, width=width, crop=crop)
    side = images.shape[0]
    light = []
    for row in progress(range(len(images)), len(images), "images measured"):
        planes = light_of_colours(images.read([row])[0], STRETCH, SOFTENING)
        light.append(measure_light(planes, STAMP_IN_PETROR90 / side))
    values = np.nanpercentile(light, list(_PERCENTILES.values()), axis=0)
    return {"galaxies": len(images)} | {
        name: dict(zip(Light._fields, level.tolist(), strict=True))
        for name, level in zip(_PERCENTILES, values, strict=True)
    }


def read_training_light(path):
    """Return the medians of a file of `measure_training_light`, as `Light`."""
    medians = json.loads(Path(path).read_text(encoding="utf-8"))["median"]
    return Light(*(np.array(medians[name]) for name in Light._fields))


def read_range(path):
    """Return the range of the training images' light: dict, brightness and noise -> (low, high).

    Means over red, green and blue, from a file of `measure_training_light`; 98 % are in a range.
    """
    stored = json.loads(Path(path).read_text(encoding="utf-8"))
    return {
        name: tuple(float(np.mean(stored[end][name])) for end in ("low", "high"))
        for name in ("brightness", "noise")
    }
