"""Looks: the galaxies of the calibration once more, in other colours, as a survey may show them.

What a network's heat maps say of a length depends on how the image looks. A calibration that has
seen each galaxy in one survey's colours only is as good as its luck with those of another; the
changes are those that trainings make (section ``augmentation``).
"""

import numpy as np
import tensorflow as tf

from galbar.io.decoded_images import DecodedImages
from galbar.training.augmentation import change_colours, draw_colours


def draw_look(decoded, catalogue, rows, augmentation, *, image, seed, look):
    """Draw galaxies in other colours.

    Parameters
    ----------
    decoded : str or Path, the file of the catalogue's decoded images
    catalogue : pandas.DataFrame, n rows, with galaxy_id
    rows : array_like, shape (m,), int, those that are drawn
    augmentation : galbar.training.augmentation.Augmentation, the ranges of the changes
    image : dict with height, width and crop, as the images were decoded
    seed : int
    look : int, number of the look: another one has other colours

    Yields
    ------
    stamp : ndarray, shape (ny, nx, 3), uint8
    about : dict, galaxy_id

    Raises
    ------
    FileNotFoundError, ValueError : see `galbar.io.decoded_images.DecodedImages`
    """
    # Drawn for all galaxies, so that a row's colours do not depend on the others that are drawn.
    colours = draw_colours(augmentation, len(catalogue), seed=seed, look=look)
    ids = catalogue["galaxy_id"].to_numpy()
    images = DecodedImages(decoded, ids, **image)
    for row in rows:
        shown = tf.constant(images.read([row]), tf.float32) / 255
        changed = change_colours(shown, colours[row : row + 1]).numpy()[0]
        yield np.uint8(255 * changed + 0.5), {"galaxy_id": int(ids[row])}
