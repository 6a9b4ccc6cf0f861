"""HDF5 files of the class heat maps: a few galaxies, several votes, maps for figures.

``galaxy_id`` (n,) int64; ``image`` (n, ny, nx, 3) uint8, what the networks see; ``maps``
(n, columns, ny, nx) float32, normalised to 0 to 1; attribute ``columns``: names of the votes.
"""

from typing import NamedTuple

import h5py
import numpy as np

from galbar.attribution.heatmap_files import checked_ids, normalise, open_complete
from galbar.io.atomic import atomic_write


class ClassHeatmaps(NamedTuple):
    """Heat maps of a few galaxies for several votes; see `write_class_heatmaps`."""

    galaxy_ids: np.ndarray
    images: np.ndarray
    maps: np.ndarray
    columns: tuple
    attributes: dict


def average_maps(maps):
    """Average maps over networks as the published figures do: normalise, average, normalise.

    ``maps`` (networks, n, columns, ny, nx) are mean absolute gradients; the average (n, columns,
    ny, nx), float32, is between 0 and 1, NaN where the map of a network is flat or not finite.
    """
    average = np.empty(maps.shape[1:], dtype=np.float32)
    for map_index in np.ndindex(*maps.shape[1:3]):
        networks = [normalise(of_network[map_index]).astype(np.float32) for of_network in maps]
        mean = np.mean(networks, axis=0)
        average[map_index] = normalise(mean)
    return average


def write_class_heatmaps(path, galaxy_ids, images, maps, columns, attributes):
    """Write the heat maps of a few galaxies, atomically; shapes and types are those of the file."""
    ids = checked_ids(galaxy_ids, path)
    expected = (len(ids), len(columns), *images.shape[1:3])
    if maps.shape != expected or images.shape[0] != len(ids):
        raise ValueError(
            f"{path}: {len(ids)} galaxies and {len(columns)} columns, but images of shape "
            f"{images.shape} and maps of shape {maps.shape}"
        )
    with atomic_write(path) as temporary, h5py.File(temporary, "w") as store:
        store["galaxy_id"] = ids
        store["image"] = np.asarray(images, dtype=np.uint8)
        store["maps"] = np.asarray(maps, dtype=np.float32)
        store.attrs["columns"] = list(columns)
        store.attrs.update(attributes)
        store.attrs["complete"] = True


def read_class_heatmaps(path):
    """Read a file written by `write_class_heatmaps` as `ClassHeatmaps`, and check it."""
    with open_complete(path) as store:
        attributes = dict(store.attrs)
        columns = tuple(str(name) for name in attributes["columns"])
        ids = checked_ids(store["galaxy_id"][()], path)
        return ClassHeatmaps(ids, store["image"][()], store["maps"][()], columns, attributes)
