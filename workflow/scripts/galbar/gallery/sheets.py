"""Sheets: the pictures of many galaxies as one JPEG file, those of a shard in one ZIP archive.

A browser that opened a file per galaxy would be slow, and so would a file system of a cluster. In
the archive are, of each sheet k, ``k.jpg`` (images), ``k_map.jpg`` (heat maps, if there are any)
and ``k.json`` (outlines), and ``about.json``: galaxy_id in their order, the view, whether maps.
"""

import io
import json
import zipfile
from itertools import islice
from typing import NamedTuple

import numpy as np
from PIL import Image

from galbar.gallery.view import View
from galbar.io.atomic import atomic_write

# As of photographs: noise of the sky must not become squares.
_QUALITY = 93


class Sheets(NamedTuple):
    """What an archive of sheets says of itself.

    ``galaxy_id`` (n,), int64, in the order of the cells; ``view`` as in `galbar.gallery.view`;
    ``maps``: whether there are heat maps.
    """

    galaxy_id: np.ndarray
    view: View
    maps: bool

    @property
    def count(self):
        """Return the number of sheets."""
        return -(-len(self.galaxy_id) // self.view.per_sheet)


def write_sheets(path, galaxy_ids, pictures, view, *, maps):
    """Write pictures as sheets, atomically; those of one sheet are in memory at a time.

    Parameters
    ----------
    path : str or Path, ZIP archive
    galaxy_ids : array_like, shape (n,), int64
    pictures : iterable of galbar.gallery.pictures.Picture, of these galaxies
    view : galbar.gallery.view.View
    maps : bool, whether the pictures have heat maps
    """
    about = {"galaxy_id": [str(galaxy) for galaxy in galaxy_ids], "view": view._asdict()}
    with atomic_write(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for number, part in enumerate(_parts(pictures, view.per_sheet)):
            images, heatmaps, outlines = zip(*part, strict=True)
            archive.writestr(f"{number}.jpg", _sheet(images, view))
            if maps:
                archive.writestr(f"{number}_map.jpg", _sheet(heatmaps, view))
            archive.writestr(f"{number}.json", json.dumps(outlines), zipfile.ZIP_DEFLATED)
        archive.writestr("about.json", json.dumps({**about, "maps": maps}))


def read_about(path):
    """Read what an archive of sheets says of itself.

    Returns
    -------
    Sheets

    Raises
    ------
    ValueError : if the file is no archive of sheets
    """
    try:
        with zipfile.ZipFile(path) as archive:
            about = json.loads(archive.read("about.json"))
    except (zipfile.BadZipFile, KeyError) as error:
        raise ValueError(f"{path}: found no archive of sheets ({error}), expected one") from error
    ids = np.array([int(text) for text in about["galaxy_id"]], dtype=np.int64)
    return Sheets(ids, View(**about["view"]), about["maps"])


def read_sheet(path, number, *, maps):
    """Read a sheet: JPEG of the images, JPEG of the heat maps (None without), list of outlines."""
    with zipfile.ZipFile(path) as archive:
        heatmaps = archive.read(f"{number}_map.jpg") if maps else None
        return archive.read(f"{number}.jpg"), heatmaps, json.loads(archive.read(f"{number}.json"))


def _parts(items, size):
    """Yield lists of ``size`` items, the last perhaps shorter."""
    items = iter(items)
    while part := list(islice(items, size)):
        yield part


def _sheet(pictures, view):
    """Return pictures (side, side, 3) side by side as a JPEG file, each of the same size."""
    cells = np.zeros((view.per_sheet, view.cell, view.cell, 3), dtype=np.uint8)
    rim = (view.pad, view.cell - view.side - view.pad)
    for cell, picture in zip(cells, pictures, strict=False):
        cell[:] = np.pad(picture, (rim, rim, (0, 0)), mode="edge")
    rows = cells.reshape(view.across, view.across, view.cell, view.cell, 3).swapaxes(1, 2)
    side = view.across * view.cell
    file = io.BytesIO()
    # Without halving the resolution of colours, which would blur maps of few pixels.
    Image.fromarray(rows.reshape(side, side, 3)).save(
        file, "JPEG", quality=_QUALITY, subsampling=0, optimize=True
    )
    return file.getvalue()
