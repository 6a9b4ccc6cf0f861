"""Small pictures of galaxies: the image, the heat map in colours, the outline of the mask."""

from typing import NamedTuple

import matplotlib as mpl
import numpy as np

from galbar.figures.style import HEATMAP_COLOURS
from galbar.gallery.outline import outline_path
from galbar.io.decoded_images import each_image
from galbar.io.images import centre_crop, greyscale
from galbar.lengths.measure import find_mask

# Of pixels of a map that are not known: a grey that is none of the colours.
_UNKNOWN = 153


class Picture(NamedTuple):
    """What is shown of a galaxy: two pictures (side, side, 3), uint8, and a path of SVG.

    Without heat maps ``heatmap`` is None and ``outline`` "".
    """

    image: np.ndarray
    heatmap: np.ndarray | None = None
    outline: str = ""


class MaskedMaps:
    """Heat maps of one network, masked with one setting.

    Parameters
    ----------
    heatmaps : galbar.attribution.heatmap_files.Heatmaps, open
    setting : dict, see `galbar.lengths.measure.list_settings`
    criteria : sequence, a user's own, see `galbar.lengths.criteria.registry.load_criteria`
    """

    def __init__(self, heatmaps, setting, criteria=()):
        self._heatmaps, self._setting, self._criteria = heatmaps, setting, criteria
        self._rows = {int(galaxy): row for row, galaxy in enumerate(heatmaps.ids)}

    def read(self, galaxy_id, grey):
        """Return the prepared map of a galaxy, 0 to 1, and its mask, both (ny, nx).

        ``grey`` (ny, nx) is the brightness of the image, 0 to 1. ValueError if the galaxy has none.
        """
        if galaxy_id not in self._rows:
            raise ValueError(f"{self._heatmaps.path}: no heat map of galaxy {galaxy_id}")
        kind = self._setting["kind"]
        heatmap = self._heatmaps.read(self._rows[galaxy_id], kind)
        return find_mask({kind: heatmap}, self._setting, grey, self._criteria)


def draw_pictures(decoded, galaxy_ids, paths, image, view, maps=None):
    """Yield what is shown of each galaxy.

    Parameters
    ----------
    decoded, galaxy_ids, paths : see `galbar.io.decoded_images.each_image`
    image : dict, height, width and crop of the networks' input
    view : galbar.gallery.view.View
    maps : MaskedMaps, optional

    Yields
    ------
    Picture, in the order of ``galaxy_ids``
    """
    canvases = each_image(decoded, galaxy_ids, paths, **image)
    for galaxy_id, canvas in zip(galaxy_ids, canvases, strict=True):
        seen = centre_crop(canvas, view.height, view.width)
        shown = np.rint(view.cut(seen) * 255).astype(np.uint8)
        if maps is None:
            yield Picture(shown)
            continue
        values, mask = maps.read(int(galaxy_id), greyscale(seen))
        yield Picture(
            shown, colour_map(view.cut(values[..., np.newaxis])), outline_path(mask, view)
        )


def colour_map(values):
    """Return a map (ny, nx, 1), 0 to 1, in colours: (ny, nx, 3), uint8; NaN is grey."""
    values = values[..., 0]
    colours = mpl.colormaps[HEATMAP_COLOURS](values, bytes=True)[..., :3].copy()
    colours[~np.isfinite(values)] = _UNKNOWN
    return colours
