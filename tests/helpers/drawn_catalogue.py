"""Catalogues of any size and heat maps of their galaxies, drawn from known distributions.

How lengths that are measured on them correlate is known beforehand.
"""

import numpy as np
import pandas as pd

from galbar.attribution.heatmap_files import ATTRIBUTES, create_heatmaps
from galbar.io.shards import rows_of_shard
from galbar.lengths.units import scaled_from_pixels
from tests.helpers.barlengths_files import make_catalogue

# Side of a map [pixel], and of the part of the image that it shows over the side of the image.
SIDE, CROP = 64, 0.5
# Relative scatter of the bar in the heat map of each model about the true one.
SCATTER = {"vgg16": 0.10, "xception": 0.25}
# The observers' relative scatter in `make_catalogue`.
_OBSERVERS = 0.1
# Parameters of the gamma distribution of the true length_scaled, in `make_catalogue`.
_SHAPE, _MEAN = 10, 0.45


def write_catalogue(catalogue, truth, *, galaxies):
    """Write a catalogue, and the true length_scaled of each galaxy."""
    table, true, _ = make_catalogue(galaxies)
    table.to_csv(catalogue, index=False)
    np.save(truth, true)


def write_heatmaps(catalogue, truth, heatmaps, *, model, run, shard):
    """Draw the heat maps of one shard of a catalogue by one network."""
    ids = pd.read_csv(catalogue, usecols=["galaxy_id"])["galaxy_id"].to_numpy()
    rows = rows_of_shard(shard, len(ids))
    # Side of a pixel of the map [pixel of the 424 px image].
    pixel = 424 * CROP / SIDE
    lengths = np.load(truth)[rows] / scaled_from_pixels(1.0) / pixel
    about = dict.fromkeys(ATTRIBUTES, "")
    about |= {"model": model, "image_height": SIDE, "image_width": SIDE, "crop": CROP}
    with create_heatmaps(heatmaps, ids[rows], ["absolute"], (SIDE, SIDE), about) as writer:
        for place, length in enumerate(lengths):
            # A seed of each galaxy's own: maps do not depend on the shards.
            rng = np.random.default_rng([len(model), run, rows.start + place])
            drawn = length * np.exp(SCATTER[model] * rng.normal())
            writer.write(place, {"absolute": draw_bar(drawn, rng)})


def draw_bar(length, rng):
    """Draw a bar as an ellipse of half brightness, with noise.

    Parameters
    ----------
    length : float
        Major axis of the ellipse [pixel of the map].
    rng : numpy.random.Generator
        For the angle, the axis ratio and the noise.

    Returns
    -------
    ndarray, shape (SIDE, SIDE), float32
    """
    turn, ratio = rng.uniform(0, np.pi), rng.uniform(0.25, 0.4)
    y, x = (axis - (SIDE - 1) / 2 for axis in np.ogrid[:SIDE, :SIDE])
    along = (x * np.cos(turn) + y * np.sin(turn)) / (length / 2)
    across = (y * np.cos(turn) - x * np.sin(turn)) / (ratio * length / 2)
    image = 0.5 ** ((along**2 + across**2) ** 2)
    image += rng.normal(0, 0.02, image.shape)
    return np.abs(image).astype(np.float32)


def expected_correlation(runs):
    """Correlate with the catalogue what was drawn for vgg16: the moments of the distributions.

    Parameters
    ----------
    runs : int
        Number of runs, whose mean is the length of the heat maps.

    Returns
    -------
    float
        r of length_scaled.
    """
    mean, square = _MEAN, _MEAN**2 * (1 + 1 / _SHAPE)

    def spread(scatter, repeats):
        """Mean factor of a relative scatter, and variance of its product with a length."""
        factor = np.exp(scatter**2 / 2)
        squared = (np.exp(2 * scatter**2) + (repeats - 1) * factor**2) / repeats
        return factor, square * squared - (mean * factor) ** 2

    seen, seen_variance = spread(_OBSERVERS, 1)
    factor, variance = spread(SCATTER["vgg16"], runs)
    return factor * seen * (square - mean**2) / np.sqrt(variance * seen_variance)
