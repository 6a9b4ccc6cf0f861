"""Bar lengths by the criteria of heat maps, with the image in place of the map.

What a mask criterion makes of the light itself says what a network's map adds to it. The image is
the grey one that networks see, so that all thresholds in pixels mean the same. The sky is taken
away, as maps have none: its level is that of `galbar.stamps.colours.measure_light`, and what is
fainter becomes 0, as where a map says nothing.
"""

import numpy as np

from galbar.io.decoded_images import each_image
from galbar.io.images import pixel_scale
from galbar.io.job_log import progress
from galbar.lengths.length_files import new_barlengths
from galbar.lengths.measure import list_settings, measure_stack
from galbar.lengths.measure_file import read_greys
from galbar.lengths.units import PETROR90_PER_PIXEL
from galbar.stamps.colours import measure_light

# The kind of heat map whose place the image takes: that of maps without negative values.
_KIND = "absolute"


def measure_images(catalogue, barlengths, *, decoded, image, grid):
    """Measure the bars of a catalogue on its images, with every setting of a grid.

    Parameters
    ----------
    catalogue : pandas.DataFrame, n rows, with galaxy_id and image
    barlengths : str or Path
        The file to be written, see `galbar.lengths.length_files`: n rows, in the catalogue's order.
        Settings have the kind "absolute" and no xinput.
    decoded : str or Path, see `galbar.io.decoded_images.each_image`
    image : dict, height, width [pixel] and crop of the images
    grid : dict
        Arguments of `galbar.lengths.measure.list_settings`; kinds and xinput are replaced.

    Raises
    ------
    FileNotFoundError, ValueError : if the decoded images are gone, broken, or lack a galaxy
    """
    settings = list_settings(**{**grid, "kinds": [_KIND], "xinput": [False]})
    scale = pixel_scale(image["width"], image["crop"])
    galaxy_id = catalogue["galaxy_id"].to_numpy()
    images = each_image(decoded, galaxy_id, list(catalogue["image"]), **image)
    greys = read_greys(images, image["height"], image["width"])
    maps = ({_KIND: subtract_sky(grey, scale)} for grey in greys)
    measured = measure_stack(maps, settings, scale, criteria=grid["criteria"])
    with new_barlengths(barlengths, galaxy_id, settings, pixel_scale=scale) as writer:
        for measurement in progress(measured, len(galaxy_id), "galaxies"):
            writer.add(*measurement)


def subtract_sky(grey, scale):
    """Subtract the sky from a grey image.

    Parameters
    ----------
    grey : ndarray, shape (ny, ny), brightness in any unit, the galaxy in the middle
    scale : float, pixels of the 424 px image per pixel

    Returns
    -------
    ndarray, shape (ny, ny), float64
        Brightness above the sky, 0 where it is below. The sky is the clipped median beyond 1.5
        petroR90; of an image that ends before, the faintest tenth.
    """
    grey = np.asarray(grey, dtype=np.float64)
    (sky,) = measure_light(grey[np.newaxis], scale * PETROR90_PER_PIXEL).sky
    return np.maximum(grey - sky, 0)
