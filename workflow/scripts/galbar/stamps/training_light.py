"""How the training images of the networks look: others are brought to it, and compared with it."""

import json
from pathlib import Path

import numpy as np

from galbar.io.decoded_images import DecodedImages
from galbar.io.job_log import progress
from galbar.stamps.colours import Light
from galbar.stamps.training_range import GREY, STATISTICS, Range, derive_range, measure_stamp

# Galaxies whose light is measured, and the smallest share of the volunteers who saw a disc that is
# not edge-on: what is asked for its bar.
_GALAXIES, _DISC = 1000, 0.5


def showing_discs(table):
    """Return the ids (n,) of the training galaxies that volunteers were asked for a bar of.

    ``table`` has galaxy_id and Class2.2. ValueError if there are none.
    """
    ids = table.loc[table["Class2.2"] > _DISC, "galaxy_id"].to_numpy()
    if not len(ids):
        raise ValueError(f"found no training galaxy with Class2.2 above {_DISC}, expected many")
    return ids[:_GALAXIES]


def measure_training_light(decoded, galaxy_ids, *, saturation_range, height, width, crop):
    """Measure the light of training images.

    Parameters
    ----------
    decoded : str or Path, see `galbar.io.decoded_images.DecodedImages`
    galaxy_ids : ndarray of int64, shape (n,)
    saturation_range : list of two float or None, of the trainings' section augmentation
    height, width, crop : what the images were decoded for

    Returns
    -------
    dict
        galaxies (n); light, the medians of sky, noise and brightness, lists of three, for red,
        green and blue, see `galbar.stamps.colours.Light`; ranges, of each statistic of
        `galbar.stamps.training_range.measure_stamp` low, median and high (1, 50, 99 %), or None
        where no image has it; grey, whether networks were shown the galaxies without colours, too.
    """
    images = DecodedImages(decoded, galaxy_ids, height=height, width=width, crop=crop)
    light, statistics = [], []
    for row in progress(range(len(images)), len(images), "images measured"):
        measured = measure_stamp(images.read([row])[0])
        light.append(measured[0])
        statistics.append(measured[1])
    medians = np.nanmedian(light, axis=0).tolist()
    ranges = {name: derive_range([values[name] for values in statistics]) for name in STATISTICS}
    return {
        "galaxies": len(images),
        "light": dict(zip(Light._fields, medians, strict=True)),
        "ranges": {name: limits and limits._asdict() for name, limits in ranges.items()},
        GREY: saturation_range is not None and saturation_range[0] == 0,
    }


def read_training_light(path):
    """Return the medians of a file of `measure_training_light`, as `Light`; see `read_ranges`."""
    medians = _read(path)["light"]
    return Light(*(np.array(medians[name]) for name in Light._fields))


def read_ranges(path):
    """Return what the training images are like, from a file of `measure_training_light`.

    A dict: name of `STATISTICS` -> `Range` or None, `GREY` -> whether they are so, too. ValueError
    if the file is of a galbar that measured less; the message says what to do.
    """
    stored = _read(path)
    ranges = stored["ranges"]
    ranges = {name: ranges[name] and Range(**ranges[name]) for name in STATISTICS}
    return ranges | {GREY: stored[GREY]}


def _read(path):
    """Return what a file of `measure_training_light` holds, complete."""
    stored = json.loads(Path(path).read_text(encoding="utf-8"))
    ranges = stored.get("ranges", {})
    missing = [name for name in ("light", "ranges", GREY) if name not in stored]
    missing += [f"ranges.{name}" for name in STATISTICS if name not in ranges]
    if missing:
        raise ValueError(
            f"{path}: missing {', '.join(missing)}, expected what this galbar measures of training "
            "images: an older one wrote the file. Of a run, delete it and run again; of a bundle, "
            "take one that was exported by this galbar"
        )
    return stored
