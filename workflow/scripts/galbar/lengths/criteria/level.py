"""Pixels at or above a share of the map's maximum, in the piece at the centre.

Of the pixels at or above ``level_fraction`` times the maximum: the piece (connected over sides and
corners) with the pixel nearest to the centre of the map.
"""

import numpy as np

from galbar.lengths.criteria.record import Criterion, Mask, Parameter

_EIGHT_NEIGHBOURS = np.ones((3, 3), dtype=bool)


def isolate(prepared, settings):
    """Yield the piece at the centre at the level of each setting."""
    fractions = [setting["level_fraction"] for setting in settings]
    for x, y in central_pieces(prepared.values, fractions):
        yield Mask(x, y)


def central_pieces(values, fractions):
    """Yield the piece at the centre above each of some fractions (0 to 1] of the map's maximum.

    `values` is (ny, nx) without NaN, its maximum above 0. Yields ``x, y`` (k,), int64, row by row:
    the piece with the pixel nearest to the centre of the map; among equally near ones the
    brightest, then the first in the order of rows. ValueError if a fraction is outside (0, 1].
    """
    for fraction in fractions:
        if not 0 < fraction <= 1:
            raise ValueError(f"level_fraction is {fraction}, expected a number above 0, at most 1")
    levels = np.asarray(fractions, dtype=float)[:, np.newaxis] * values.max()
    y, x = np.nonzero(values >= levels.min())
    bright = values[y, x]
    above = bright >= levels
    seeds = _central_pixels(x, y, bright, above, values.shape)
    pieces = _pieces_of(x, y, above)
    for labels, seed in zip(pieces, seeds, strict=True):
        piece = labels == labels[seed]
        yield x[piece], y[piece]


def _central_pixels(x, y, bright, above, shape):
    """Find the pixel nearest to the centre above each level, (l,): of several the brightest."""
    ny, nx = shape
    squares = (2 * y - (ny - 1)) ** 2 + (2 * x - (nx - 1)) ** 2
    squares = np.where(above, squares, np.iinfo(squares.dtype).max)
    nearest = squares == squares.min(axis=1, keepdims=True)
    return np.where(nearest, bright, -np.inf).argmax(axis=1)


def _pieces_of(x, y, above):
    """Label the connected pieces above each level, (l, k), from 1; pixels below it get 0."""
    y, x = y - y.min(), x - x.min()
    # All levels in one call, one below the other with an empty row between them: a call costs more
    # than so few pixels.
    planes = np.zeros((len(above), y.max() + 2, x.max() + 1), dtype=bool)
    planes[:, y, x] = above
    # Only here: the record of the criterion is read each time the workflow is parsed.
    from scipy import ndimage

    pieces, _ = ndimage.label(planes.reshape(-1, planes.shape[2]), structure=_EIGHT_NEIGHBOURS)
    return pieces.reshape(planes.shape)[:, y, x]


LEVEL = Criterion(
    name="level",
    description="a fixed share of the maximum",
    parameters=(
        Parameter(
            name="level_fraction",
            description="level keeps the pixels at or above this share of the maximum",
            grid=(0.2, 0.3, 0.4, 0.5, 0.6),
            above=0,
            below=1,
        ),
    ),
    isolate=isolate,
)
