"""Collect what a figure of isolated bars shows: image, prepared heat map and mask."""

from contextlib import ExitStack
from pathlib import Path

import numpy as np

from galbar.attribution.heatmap_files import open_heatmaps
from galbar.attribution.methods.map_sets import MapSet
from galbar.attribution.model_average import AVERAGE_HEATMAPS, AverageHeatmaps
from galbar.figures.maps import IsolatedBar, MaskedMap
from galbar.io.images import centre_crop, greyscale, load_canvas, pixel_scale
from galbar.lengths.measure import find_mask
from galbar.lengths.setting_files import AVERAGE_MEASUREMENTS
from galbar.lengths.units import PETROR90_PER_PIXEL


def mask_map(model, heatmap, setting, grey, criteria=()):
    """Prepare and mask one heat map as the measurement does.

    ``heatmap`` (ny, nx), float32, is of the setting's kind, as stored; ``grey`` (ny, nx), float32,
    is the brightness of the image, 0 to 1. For ``setting`` see
    `galbar.lengths.measure.list_settings`, for a user's own ``criteria``
    `galbar.lengths.criteria.registry.load_criteria`.
    """
    return MaskedMap(model, *find_mask({setting["kind"]: heatmap}, setting, grey, criteria))


def isolate_bars(paths, chosen, galaxies, directory, crop, criteria=()):
    """Mask the heat maps of a few galaxies with one setting.

    Parameters
    ----------
    paths : sequence of str or Path
        Files of heat maps of one run: all networks, all sets of heat maps.
    chosen : dict
        model, attribution, smooth_noise and setting. If the model averages measurements, every
        network is shown by itself.
    galaxies : DataFrame
        galaxy_id, image, petror90_r [arcsec], length_px [px of the 424 px image], length_kpc_h and
        length_avg [kpc/h] (perhaps absent).
    directory : str or Path, to which the images' paths are relative
    crop : float, side of the part that the networks see over the side of the image
    criteria : see `mask_map`

    Returns
    -------
    list of IsolatedBar, in the order of ``galaxies``

    Raises
    ------
    ValueError
        If no file fits the choice, or a galaxy has no heat map.
    """
    with ExitStack() as stack:
        files = [stack.enter_context(open_heatmaps(path)) for path in paths]
        files = _maps_of(files, chosen)
        rows = [{int(galaxy): row for row, galaxy in enumerate(file.ids)} for file in files]
        bars = []
        for galaxy in galaxies.itertuples(index=False):
            image = _network_view(Path(directory) / galaxy.image, files[0].shape, crop)
            grey = greyscale(image)
            maps = []
            for file, row_of_galaxy in zip(files, rows, strict=True):
                if galaxy.galaxy_id not in row_of_galaxy:
                    raise ValueError(f"{file.path}: no heat map of galaxy {galaxy.galaxy_id}")
                row = row_of_galaxy[galaxy.galaxy_id]
                heatmap = file.read(row, chosen["setting"]["kind"])
                model = str(file.attributes["model"])
                maps.append(mask_map(model, heatmap, chosen["setting"], grey, criteria))
            scale = pixel_scale(files[0].shape[1], crop)
            bars.append(_bar_of(galaxy, image, scale, tuple(maps)))
        return bars


def _maps_of(files, chosen):
    """Return the maps that the chosen model measures: one network's, each one's, their average."""
    map_set = MapSet.of(chosen)
    of_set = [file for file in files if MapSet.of(file.attributes) == map_set]
    model = chosen["model"]
    averages = model in (AVERAGE_HEATMAPS, AVERAGE_MEASUREMENTS)
    fitting = [file for file in of_set if averages or file.attributes["model"] == model]
    if not fitting:
        available = [
            f"{file.attributes['model']} with {MapSet.of(file.attributes).label}" for file in files
        ]
        raise ValueError(
            f"no heat maps of {model} with {map_set.label}; found {', '.join(available)}"
        )
    return [AverageHeatmaps(fitting)] if model == AVERAGE_HEATMAPS else fitting


def _network_view(path, shape, crop):
    """Return the part of an image that networks see, (ny, nx, 3) float32 from 0 to 1."""
    return centre_crop(load_canvas(path, *shape, crop), *shape)


def _bar_of(galaxy, image, scale, maps):
    """Make the bar of one galaxy, its scales converted to the pixels of its maps."""
    petror90 = getattr(galaxy, "petror90_r", np.nan)
    # The ratio of the two columns holds the size and the distance of the galaxy.
    kpc = scale * galaxy.length_kpc_h / galaxy.length_px
    return IsolatedBar(
        galaxy_id=galaxy.galaxy_id,
        image=image,
        arcsec=scale * PETROR90_PER_PIXEL * petror90,
        kpc=kpc,
        catalogue=getattr(galaxy, "length_avg", np.nan),
        maps=maps,
        length=galaxy.length_px / scale,
    )
