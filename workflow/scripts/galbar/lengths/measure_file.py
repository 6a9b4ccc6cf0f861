"""Measure the bars on a whole file of heat maps."""

from pathlib import Path

import numpy as np

from galbar.io.decoded_images import each_image
from galbar.io.images import centre_crop, greyscale, pixel_scale
from galbar.io.job_log import progress
from galbar.lengths.length_files import new_barlengths
from galbar.lengths.measure import list_settings, measure_stack
from galbar.lengths.setting_files import is_setting


def measure_heatmaps(maps, catalogue, barlengths, *, directory, image, grid, decoded=None):
    """Measure every galaxy of open heat maps with every setting.

    One galaxy is in memory at a time. Images are read only where a setting has xinput.

    Parameters
    ----------
    maps : open heat maps
        Those of a network, see `galbar.attribution.heatmap_files.open_heatmaps`, or their average,
        see `galbar.attribution.model_average.open_average`.
    catalogue : pandas.DataFrame
        Columns galaxy_id and image; at least the galaxies of the heat maps, in any order.
    barlengths : str or Path
        The file to be written, see `galbar.lengths.length_files`. It takes over the attributes of
        the heat maps; ``pixel_scale`` is added [pixel of the 424 px image per pixel of the map].
    directory : str or Path, folder to which the images' paths are relative
    image : dict
        height and width [pixel] that the heat maps must have, and crop, the side of the part that
        the network saw over the side of the image.
    grid : dict, arguments of `galbar.lengths.measure.list_settings`
    decoded : str, Path or None, see `galbar.io.decoded_images.each_image`

    Raises
    ------
    FileNotFoundError, ValueError
        If an image, a kind of heat map or a galaxy is missing, a galaxy comes twice in the
        catalogue, or the heat maps are of another shape or crop.
    """
    settings = list_settings(**grid)
    scale = pixel_scale(image["width"], image["crop"])
    _check_maps(maps, grid["kinds"], **image)
    greys = None
    if any(setting["xinput"] for setting in settings):
        paths = [Path(directory) / name for name in _images_of(maps, catalogue)]
        images = each_image(decoded, maps.ids, paths, **image)
        greys = read_greys(images, image["height"], image["width"])
    measured = measure_stack(maps, settings, scale, greys, grid["criteria"])
    about = maps.attributes | {"pixel_scale": scale}
    with new_barlengths(barlengths, maps.ids, settings, **about) as writer:
        errors = _errors_of(maps, settings)
        for row, measurement in enumerate(progress(measured, len(maps), "galaxies")):
            writer.add(*measurement, errors(row))


def read_greys(images, height, width):
    """Cut out what a network sees of images (ny, nx, 3), 0 to 1, in grey.

    Yields
    ------
    ndarray, shape (height, width), float32, brightness, 0 to 1
    """
    for image in images:
        yield greyscale(centre_crop(image, height, width))


def _errors_of(maps, settings):
    """Return a function: row of a galaxy -> Monte Carlo error of each setting, (s,)."""
    column_pairs = [
        (watched_column, column)
        for watched_column, watched in enumerate(maps.watched)
        for column, setting in enumerate(settings)
        if is_setting(setting, watched)
    ]

    def errors(row):
        error_of_setting = np.full(len(settings), np.nan, dtype=np.float32)
        for watched_column, column in column_pairs:
            error_of_setting[column] = maps.mc_error[row, watched_column]
        return error_of_setting

    return errors


def _check_maps(maps, kinds, *, height, width, crop):
    """Raise ValueError unless heat maps are those of the configuration."""
    expected = {"image_height": height, "image_width": width, "crop": crop}
    for name, value in expected.items():
        if maps.attributes[name] != value:
            raise ValueError(f"{maps.path}: {name} is {maps.attributes[name]}, expected {value}")
    missing = [kind for kind in kinds if kind not in maps.kinds]
    if missing:
        raise ValueError(
            f"{maps.path}: no heat maps of the kinds {', '.join(missing)} (heatmaps.kinds), "
            f"found {', '.join(maps.kinds)}"
        )


def _images_of(maps, catalogue):
    """Return the image of each galaxy of the heat maps, in their order."""
    images = catalogue.set_index("galaxy_id")["image"]
    if not images.index.is_unique:
        twice = images.index[images.index.duplicated()][0]
        raise ValueError(f"the catalogue of {maps.path}: galaxy {twice} comes more than once")
    missing = sorted(set(maps.ids.tolist()) - set(images.index))
    if missing:
        raise ValueError(f"{maps.path}: galaxy {missing[0]} is missing in the catalogue")
    return images.loc[maps.ids]
