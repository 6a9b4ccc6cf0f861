"""Maps that no network made: what a heat map has to be better than.

Each is a function of the galaxy's id and its image, so that the same controls stand beside the maps
of all networks.
"""

import numpy as np

from galbar.io.images import greyscale, pixel_scale
from galbar.lengths.units import PETROR90_PER_PIXEL

CONTROLS = ("random", "disc", "image")
"""Names of the controls, in the order of `control_maps`."""

# Part of the seeds of random maps, apart from those of all other numbers of a galaxy.
_RANDOM_MAP = 0xC0


def random_map(galaxy_id, seed, shape):
    """Draw a map (ny, nx) of independent numbers, uniform in 0 to 1, from the galaxy's own seed."""
    rng = np.random.default_rng([seed, int(galaxy_id) % 2**64, _RANDOM_MAP])
    return rng.random(shape)


def centred_disc(shape, width, crop):
    """Make a map (ny, nx) that falls linearly from 1 in the centre to 0 at the galaxy's size.

    The size is petroR90, which is the same in every image of Galaxy Zoo. ``width`` [px] and
    ``crop`` are those of the networks' input, see `galbar.io.images.pixel_scale`.
    """
    radius = 1 / (PETROR90_PER_PIXEL * pixel_scale(width, crop))
    y, x = (np.arange(side) - (side - 1) / 2 for side in shape)
    return np.maximum(1 - np.hypot(y[:, np.newaxis], x) / radius, 0)


def control_maps(galaxy_id, window, *, seed, crop):
    """Make the controls of a galaxy.

    Parameters
    ----------
    galaxy_id : int
    window : ndarray, shape (ny, nx, 3), float, what the networks see, 0 to 1
    seed : int, of the configuration
    crop : float, see `galbar.io.images.pixel_scale`

    Returns
    -------
    dict of str to ndarray, shape (ny, nx), float, 0 or more
        ``random``, ``disc`` and ``image``, the grey image.
    """
    shape = window.shape[:2]
    return {
        "random": random_map(galaxy_id, seed, shape),
        "disc": centred_disc(shape, shape[1], crop),
        "image": greyscale(window).astype(float),
    }
