"""Heat maps drawn from formulas: a bar of known length and angle, and smooth noise that turns."""

from functools import lru_cache

import numpy as np
from scipy.ndimage import gaussian_filter


def drawn_map(side, length, angle, *, width=9.0, noise=0.0, seed=0, edge=1.5, blobs=300):
    """Heat map of a bar on a faint disc.

    The noise is a sum of Gaussian blobs at random places that turn with the bar: maps at two
    angles are the same picture, sampled on the pixels in two directions.

    Parameters
    ----------
    side : int
        Side of the map [pixel].
    length, width : float
        Between the points of half brightness [pixel].
    angle : float
        From +x towards +y [deg].
    noise : float
        Standard deviation of the noise over the bar's brightness.
    seed : int
    edge : float
        Softness of the bar's outline [pixel].
    blobs : int
        Number of blobs of noise.

    Returns
    -------
    ndarray, shape (side, side), float32
    """
    y, x = np.indices((side, side)) - (side - 1) / 2
    turn = np.deg2rad(angle)
    along = x * np.cos(turn) + y * np.sin(turn)
    across = -x * np.sin(turn) + y * np.cos(turn)
    # Signed distance to the outline of a stadium with round ends.
    beyond = np.maximum(np.abs(along) - (length - width) / 2, 0)
    outside = np.hypot(beyond, across) - width / 2
    image = 1 / (1 + np.exp(np.clip(outside / edge, -50, 50)))
    # The middle is brighter than the ends, as it is in real maps.
    image *= 1 - 0.15 * (along / length) ** 2
    image += 0.15 * np.exp(-np.hypot(x, y) / (0.15 * side))
    if noise:
        rng = np.random.default_rng([7, seed])
        sizes = rng.uniform(1.5, 4.0, size=blobs)
        # Within the circle that fits into the map: no blob leaves it when the picture turns.
        radius = (side / 2 - 3 * sizes) * np.sqrt(rng.random(blobs))
        where = rng.uniform(0, 2 * np.pi, size=blobs)
        u, v = radius * np.cos(where), radius * np.sin(where)
        field = np.zeros_like(image)
        for i, sign in enumerate(rng.choice([-1, 1], size=blobs)):
            blob = np.exp(-((along - u[i]) ** 2 + (across - v[i]) ** 2) / (2 * sizes[i] ** 2))
            field += sign * blob
        image += noise * field / field.std()
    return np.clip(image, 0, None).astype(np.float32)


def speckled_maps(count, side, seed=0):
    """Heat maps as networks leave them: a bar under speckle.

    About 3 to 5 % of the pixels of the absolute map are above half its maximum, as with trained
    networks (in `drawn_map` 1 %), so that measuring takes as long; and no value has a pattern of
    bits that would make a file smaller.

    Parameters
    ----------
    count : int
        Number of galaxies.
    side : int
        Side of a map [pixel].
    seed : int

    Yields
    ------
    dict of str to ndarray, shape (side, side), float32
        Of one galaxy: ``absolute``; ``signed`` and ``gradient_input``, which have both signs.
    """
    for i in range(count):
        rng = np.random.default_rng([11, seed, i])
        # The bars repeat, to be drawn once; the speckle does not.
        length, angle = (0.3 + 0.05 * (i % 6)) * side, 37 * (i % 29)
        bar = _bar(side, length, angle)
        absolute = 0.05 + bar * np.exp(0.15 * _speckle(rng, side)) + 0.02 * rng.random((side, side))
        signed = bar * (0.4 + 0.6 * _speckle(rng, side)) + 0.05 * _speckle(rng, side)
        maps = {"absolute": absolute, "signed": signed, "gradient_input": signed * bar}
        yield {kind: (0.3 * one).astype(np.float32) for kind, one in maps.items()}


@lru_cache(maxsize=256)
def _bar(side, length, angle):
    return drawn_map(side, length, angle, width=0.16 * side, edge=0.05 * side).astype(float)


def _speckle(rng, side):
    """Gaussian noise of deviation 1, blurred by a pixel."""
    field = gaussian_filter(rng.standard_normal((side, side)), 1.0)
    return field / field.std()
