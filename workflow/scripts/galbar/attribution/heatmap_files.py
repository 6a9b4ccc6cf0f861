"""HDF5 files of heat maps: written whole, read checked.

A file holds the maps of one network for one catalogue by one attribution method, at one level of
noise if the method has noise:

- ``galaxy_id``: (n,) int64, in the order of the catalogue.
- a dataset per kind (`KINDS`): (n, ny, nx) float32, one chunk per galaxy, **not** normalised, only
  the configured kinds that the method has. A galaxy whose map was not finite is NaN everywhere.
- ``mc_error``: (n, p) float32, Monte Carlo error of the length by each of the p watched settings
  [pixel of the 424 px image], see `galbar.attribution.monte_carlo_error`; NaN where unknown.
- attributes: `ATTRIBUTES`, those of `METHOD_KEYS` that the method has, and ``complete``, set last.
  Numbers that the method does not know, such as ``smooth_noise`` without noise, are NaN. Files
  without ``attribution`` are from SmoothGrad.

Nothing here needs TensorFlow. Maps stay float32: float16 changes measured lengths.
"""

import json
import logging
from contextlib import contextmanager

import h5py
import numpy as np

from galbar.io.atomic import atomic_write
from galbar.io.joined_hdf5 import check_sources, open_dataset

logger = logging.getLogger(__name__)

KINDS = {
    "absolute": "max over channels of the mean of |gradient| (the published kind)",
    "signed": "sum over channels of the mean gradient",
    "gradient_input": "sum over channels of mean gradient x clean input",
    "variance": "max over channels of the gradient's variance between samples (VarGrad)",
    "squared": "max over channels of the mean of the squared gradient (SquareGrad)",
}
"""Kind of heat map -> what it is of SmoothGrad; of other methods see docs/attribution.md."""

METHOD_KEYS = ("integration_steps", "occlusion_patch", "occlusion_stride", "baseline_blur")
"""Keys of ``heatmaps`` that only the files of methods that have them carry, as attributes."""

_SETTINGS = ("smooth_samples", "smooth_noise", "seed", "jitter", "symmetries", "antithetic")

DEFINITION = (
    "output",
    "against",
    "attribution",
    *_SETTINGS,
    "watched",
    "crop",
    "image_height",
    "image_width",
)
"""Attributes that must agree wherever maps of several networks are combined."""

SETTING_ATTRIBUTES = (*_SETTINGS, "batch_size", "precision")
"""Attributes that are settings of an attribution method, which not all methods have."""

ATTRIBUTES = (
    "model",
    "model_sha256",
    *DEFINITION,
    "batch_size",
    "precision",
    "versions",
)
"""Attributes that every file of heat maps carries, beside ``complete``."""


class HeatmapWriter:
    """Heat maps on their way into an open file; made by `create_heatmaps`."""

    def __init__(self, path, store, galaxy_ids, kinds, shape, attributes):
        self.path = path
        self._store = store
        self._ids = checked_ids(galaxy_ids, path)
        self._kinds = tuple(kinds)
        self._shape = tuple(shape)
        count = len(self._ids)
        self._written = np.zeros(count, dtype=bool)
        watched = len(read_watched(attributes["watched"]))
        self._mc_error = np.full((count, watched), np.nan, dtype=np.float32)
        store["galaxy_id"] = self._ids
        for kind in self._kinds:
            store.create_dataset(
                kind,
                shape=(len(self._ids), *self._shape),
                dtype=np.float32,
                # A catalogue may be empty (no image found); HDF5 takes no chunks then.
                chunks=(1, *self._shape) if len(self._ids) else None,
                fillvalue=np.nan,
            )
        store.attrs.update(attributes)

    def write(self, index, maps, mc_error=None):
        """Write all kinds of map (ny, nx) of the galaxy in row ``index`` of the catalogue.

        A map with a value that is not finite is stored as NaN everywhere, with a warning.
        ``mc_error`` (p,) is that of the watched lengths [pixel of the 424 px image]; None: unknown.
        """
        for kind in self._kinds:
            image = np.asarray(maps[kind], dtype=np.float32)
            if image.shape != self._shape:
                raise ValueError(
                    f"{self.path}: galaxy {self._ids[index]}: a map {kind} of shape {image.shape}, "
                    f"expected {self._shape}"
                )
            self._store[kind][index] = without_partial_map(image, self._ids[index], kind)
        if mc_error is not None:
            self._mc_error[index] = mc_error
        self._written[index] = True

    def finish(self):
        """Mark the file as complete; raise ValueError if a galaxy was not written."""
        if not self._written.all():
            raise ValueError(
                f"{self.path}: {self._written.sum()} of {len(self._ids)} galaxies were written; "
                f"the first one missing is {self._ids[~self._written][0]}"
            )
        self._store.create_dataset("mc_error", data=self._mc_error, fillvalue=np.nan)
        self._store["mc_error"].attrs["unit"] = "pixel of the 424 px image"
        self._store.attrs["complete"] = True


@contextmanager
def create_heatmaps(path, galaxy_ids, kinds, shape, attributes):
    """Open a file for the heat maps of a catalogue, written atomically.

    Parameters
    ----------
    path : str or Path, there only after the block has ended without an error
    galaxy_ids : array_like, shape (n,), int, in the order of the catalogue; unique
    kinds : sequence of str, some of `KINDS`
    shape : tuple of int, ``(ny, nx)`` of a map
    attributes : dict, with a value for each of `ATTRIBUTES`

    Yields
    ------
    HeatmapWriter

    Raises
    ------
    ValueError
        On ids that are not integers or not unique, unknown kinds, missing attributes; at the end of
        the block if a galaxy was not written.
    """
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown or not kinds:
        raise ValueError(f"{path}: kinds of heat map {list(kinds)}, expected some of {[*KINDS]}")
    missing = [name for name in ATTRIBUTES if name not in attributes]
    if missing:
        raise ValueError(f"{path}: attributes {missing} are missing")
    with atomic_write(path) as temporary, h5py.File(temporary, "w") as store:
        writer = HeatmapWriter(path, store, galaxy_ids, kinds, shape, attributes)
        yield writer
        writer.finish()


class HeatmapSequence:
    """Heat maps galaxy by galaxy: a base of what has ``ids``, ``kinds`` and ``read``."""

    def __len__(self):
        return len(self.ids)

    def __iter__(self):
        """Yield a dict, kind -> map (ny, nx), per galaxy, in the order of `ids`."""
        for index in range(len(self)):
            yield {kind: self.read(index, kind) for kind in self.kinds}


class Heatmaps(HeatmapSequence):
    """An open file of heat maps; made by `open_heatmaps`.

    ``ids`` is (n,), int64; ``kinds`` are in the order of `KINDS`; ``shape`` is (ny, nx) of a map.
    ``watched`` holds the p settings (dicts) whose lengths were watched, ``mc_error`` (n, p),
    float32, the Monte Carlo errors of these [pixel of the 424 px image], NaN where unknown.
    """

    def __init__(self, path, store):
        self.path = path
        self.attributes = dict(store.attrs)
        missing = [name for name in ATTRIBUTES if name not in self.attributes]
        missing += [name for name in ("galaxy_id", "mc_error") if name not in store]
        if missing:
            raise ValueError(f"{path}: no heat maps: {missing} missing in it")
        self.ids = checked_ids(store["galaxy_id"][()], path)
        self.watched = read_watched(self.attributes["watched"])
        self.mc_error = open_dataset(store, "mc_error")[:]
        self.kinds = tuple(kind for kind in KINDS if kind in store)
        self.shape = (int(self.attributes["image_height"]), int(self.attributes["image_width"]))
        if not self.kinds:
            raise ValueError(f"{path}: holds no heat maps, expected some of {[*KINDS]}")
        count = len(self.ids)
        expected = {kind: (count, *self.shape) for kind in self.kinds}
        expected["mc_error"] = (count, len(self.watched))
        for name, shape in expected.items():
            if store[name].shape != shape:
                raise ValueError(
                    f"{path}: dataset {name} has shape {store[name].shape}, expected {shape}"
                )
        # Looking a dataset up by its name takes longer than reading a small map.
        self._maps = {kind: open_dataset(store, kind) for kind in self.kinds}

    def read(self, index, kind):
        """Return map ``kind`` of galaxy number ``index``: ndarray, shape (ny, nx), float32."""
        if kind not in self.kinds:
            raise ValueError(
                f"{self.path}: no heat maps of kind {kind!r}, found {list(self.kinds)}; "
                "add it to heatmaps.kinds"
            )
        return self._maps[kind][index]


@contextmanager
def open_heatmaps(path):
    """Open a file of heat maps for reading and check it.

    Parameters
    ----------
    path : str or Path, written by `create_heatmaps`

    Yields
    ------
    Heatmaps

    Raises
    ------
    FileNotFoundError
    ValueError, if it is truncated, not HDF5, not complete, or its datasets disagree
    """
    with open_complete(path) as store:
        yield Heatmaps(path, store)


@contextmanager
def open_complete(path):
    """Open an HDF5 file for reading; refuse one that is damaged or not marked as complete."""
    try:
        store = h5py.File(path, "r")
    except FileNotFoundError:
        raise FileNotFoundError(f"{path}: no such file of heat maps") from None
    except OSError as error:
        raise ValueError(f"{path}: truncated or not an HDF5 file ({error})") from error
    with store:
        if not store.attrs.get("complete", False):
            raise ValueError(f"{path}: the heat maps are not complete; compute them again")
        check_sources(store, path)
        yield store


def without_partial_map(heatmap, galaxy_id, kind):
    """Return a map (ny, nx), all NaN and with a warning if one of its values is not finite.

    A length on the rest of it would be wrong unnoticed.
    """
    if np.isfinite(heatmap).all():
        return heatmap
    logger.warning("galaxy %d: the map %s is not finite, all of it becomes NaN", galaxy_id, kind)
    return np.full_like(heatmap, np.nan)


def normalise(heatmap, kind="absolute"):
    """Bring a map to a scale that maps of different networks share.

    Parameters
    ----------
    heatmap : ndarray, shape (ny, nx), float, any unit
    kind : str
        ``absolute``: (map - min) / (max - min), between 0 and 1, as published. Other kinds:
        ``map / max |map|``, which keeps the sign and where zero is.

    Returns
    -------
    ndarray, shape (ny, nx), float64, all NaN where the map is flat (or zero) or not finite
    """
    heatmap = np.asarray(heatmap, dtype=float)
    if kind == "absolute":
        zero, high = heatmap.min(), heatmap.max()
    else:
        zero, high = 0.0, np.abs(heatmap).max()
    # NaN fails every comparison, so this also catches it.
    if not -np.inf < zero < high < np.inf:
        return np.full(heatmap.shape, np.nan)
    # Not max + 1e-7 as in tf-keras-vis: with small gradients its peak stays far below 1.
    return (heatmap - zero) / (high - zero)


def read_watched(text):
    """Read the watched settings from the attribute ``watched``: JSON, "" for none."""
    return json.loads(text)["settings"] if text else []


def checked_ids(galaxy_ids, path):
    """Return ids as int64, checked; never by way of a float, which cannot hold them exactly."""
    ids = np.asarray(galaxy_ids)
    if ids.size == 0:
        return np.zeros(0, dtype=np.int64)
    if ids.ndim != 1 or ids.dtype.kind not in "iu":
        raise ValueError(f"{path}: galaxy ids of type {ids.dtype}, expected a list of integers")
    ids = ids.astype(np.int64)
    if len(np.unique(ids)) != len(ids):
        values, counts = np.unique(ids, return_counts=True)
        raise ValueError(f"{path}: galaxy {values[counts > 1][0]} appears more than once")
    return ids
