"""Masks of the bars of the simulated survey: where each of them is, for checks of heat maps.

As a user's masks are: an image for each galaxy, and a table of them (`galbar.heatmap_checks`).
"""

import numpy as np
import pandas as pd
from PIL import Image

from galbar.survey.projection import turned_coordinates
from galbar.survey.scales import SIDE

MASK_FOLDER = "bar_masks"
"""Folder of the masks, below the data directory; their table is called the same, with ``.csv``."""


def draw_bar_mask(galaxy):
    """Draw the mask of a barred galaxy, (424, 424) bool: all inside the isophote of its ends.

    That is a generalised ellipse of the bar's length, axis ratio and boxiness (Athanassoula et al.
    1990), at the place where the image shows it.
    """
    bar = galaxy.bar
    y, x = np.arange(SIDE)[:, np.newaxis] - galaxy.y, np.arange(SIDE) - galaxy.x
    along, across = turned_coordinates(x / (bar.length / 2), y / (bar.length / 2), bar.angle)
    exponent = 2 + bar.boxiness
    return np.abs(along) ** exponent + np.abs(across / bar.axis_ratio) ** exponent <= 1


def mask_path(image):
    """Return where the mask of a catalogue image ``.../images_gz2/images/{name}.jpg`` lies."""
    return image.parents[2] / MASK_FOLDER / f"{image.stem}.png"


def save_bar_mask(galaxy, path):
    """Write the mask of a barred galaxy, a PNG file of one bit per pixel."""
    Image.fromarray(draw_bar_mask(galaxy)).save(path, "PNG")


def mask_table(galaxy_id, asset_id):
    """Make the table of masks: galaxy_id, and mask, relative to the table."""
    return pd.DataFrame(
        {"galaxy_id": galaxy_id, "mask": [f"{MASK_FOLDER}/{name}.png" for name in asset_id]}
    )
