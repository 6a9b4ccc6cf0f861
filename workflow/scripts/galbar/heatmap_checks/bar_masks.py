"""Masks that say where the bar of a galaxy is: the survey's own, or those of volunteers.

A table with the columns ``galaxy_id`` and ``mask``, the path of an image relative to the table: a
PNG file of one channel that covers the field of the galaxy's own image with as many pixels as it
likes. Black is outside the bar, white inside, grey a share: of the pixel, or of the volunteers.
"""

from pathlib import Path

import numpy as np
from PIL import Image

from galbar.heatmap_checks.mask_table import COLUMNS
from galbar.io.images import canvas_shape, centre_crop
from galbar.io.result_tables import read_result_table

_MODES = {"1": 1, "L": 255, "I;16": 65535}


def read_bar_masks(path, galaxy_id, *, height, width, crop):
    """Read the masks of galaxies at the scale of a network's input.

    Parameters
    ----------
    path : str or Path, the table
    galaxy_id : ndarray of int64, shape (n,), the galaxies that are wanted, in this order
    height, width, crop : see `galbar.io.images.canvas_shape`

    Returns
    -------
    ndarray, shape (n, height, width), float64, 0 to 1; NaN for a galaxy that has no mask

    Raises
    ------
    FileNotFoundError : if the table or a mask that it names is not there
    ValueError
        If a galaxy comes twice in the table, a file is no such image, or a mask is empty.
    """
    table = read_result_table(path, columns=list(COLUMNS))
    twice = table["galaxy_id"][table["galaxy_id"].duplicated()]
    if len(twice):
        raise ValueError(f"{path}: galaxy {twice.iloc[0]} comes more than once, expected once")
    files = dict(zip(table["galaxy_id"], table["mask"], strict=True))
    masks = np.full((len(galaxy_id), height, width), np.nan)
    for row, galaxy in enumerate(galaxy_id):
        if galaxy in files:
            file = Path(path).parent / files[galaxy]
            masks[row] = centre_crop(
                _read_mask(file, canvas_shape(height, width, crop))[..., np.newaxis], height, width
            )[..., 0]
    return masks


def _read_mask(path, shape):
    """Read one mask and shrink it to ``shape`` (ny, nx), as images are."""
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such mask")
    try:
        with Image.open(path, formats=["PNG"]) as image:
            if image.mode not in _MODES:
                raise ValueError(
                    f"{path}: found a mask of mode {image.mode}, expected one channel of 1, 8 or "
                    "16 bits"
                )
            values = np.array(image, dtype=np.float32) / _MODES[image.mode]
    except (OSError, SyntaxError) as error:
        raise ValueError(f"{path}: found no PNG image ({error}), expected a mask") from error
    if not values.any():
        raise ValueError(f"{path}: found an empty mask, expected a bar")
    shrunk = Image.fromarray(values).resize(shape[::-1], Image.Resampling.BILINEAR)
    return np.array(shrunk, dtype=float)
