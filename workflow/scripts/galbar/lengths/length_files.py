"""Files of bar lengths: many galaxies measured with a whole grid of settings (HDF5).

Layout: ``galaxy_id`` (n,) int64; ``length`` (n, s) float32 and ``mc_error`` (n, s) float32, its
Monte Carlo error [both pixel of the 424 px image], NaN where unmeasurable, or not watched
(`galbar.attribution.monte_carlo_error`); ``flag`` (n, s) uint8, codes of
`galbar.lengths.measure.Flag`; ``angle`` (n, s) float32 [deg], NaN where undefined; ``axis_ratio``
(n, s) float32, of the mask, NaN where unmeasurable: files of earlier versions lack it, and it is
read as unknown. Attributes: ``settings`` (JSON, list of the s settings), ``flag_names`` (JSON, list
indexed by code), and whatever the writer adds.
"""

import json
from contextlib import contextmanager

import h5py
import numpy as np

from galbar.io.atomic import atomic_write
from galbar.io.joined_hdf5 import check_sources, open_dataset
from galbar.lengths.measure import Flag

_ROWS = 4096
_STORED = {"length": np.float32, "flag": np.uint8, "angle": np.float32, "mc_error": np.float32}
_STORED |= {"axis_ratio": np.float32}
# What files of earlier versions lack.
_LATER = ("axis_ratio",)


def as_stored(name, values):
    """Return values of a dataset with the type that they have in a file."""
    # Cast by numpy: HDF5's own conversion of floats is not always exact.
    values = np.asarray(values).astype(_STORED[name])
    # float32 rounds what is just below 180 deg to 180, the same axis as 0.
    return np.where(values < 180, values, values - 180) if name == "angle" else values


class _Writer:
    """Takes blocks of consecutive galaxies; made by `new_barlengths`."""

    def __init__(self, store):
        # Looking a dataset up by its name takes longer than writing a galaxy.
        self._datasets = {name: store[name] for name in _STORED}
        self._total = len(store["galaxy_id"])
        self.written = 0

    def add(self, length, flag, angle, axis_ratio=None, mc_error=None):
        """Add one galaxy, arrays (s,), or several, (b, s); what is None is unknown."""
        block = len(np.atleast_2d(length))
        begin = self.written
        if begin + block > self._total:
            raise ValueError(f"{begin + block} galaxies measured, expected {self._total}")
        for name, values in (("length", length), ("flag", flag), ("angle", angle)):
            self._datasets[name][begin : begin + block] = as_stored(name, values)
        # What is never written takes no space, and is read as NaN.
        for name, values in (("axis_ratio", axis_ratio), ("mc_error", mc_error)):
            if values is not None and np.isfinite(values).any():
                self._datasets[name][begin : begin + block] = as_stored(name, values)
        self.written += block


@contextmanager
def new_barlengths(path, galaxy_id, settings, **attributes):
    """Write a file of bar lengths galaxy by galaxy, atomically.

    Parameters
    ----------
    path : str or Path
    galaxy_id : ndarray, shape (n,), int, all galaxies in the order in which they will be added
    settings : list of dict, the s settings, the columns
    **attributes : stored as attributes of the file

    Yields
    ------
    object
        Its method ``add(length, flag, angle, axis_ratio, mc_error)`` takes arrays (s,) of the next
        galaxy, or (b, s) of the next b galaxies; the last two may be left out.

    Raises
    ------
    ValueError : if not exactly n galaxies were added
    """
    galaxy_id = np.asarray(galaxy_id, dtype=np.int64)
    shape = len(galaxy_id), len(settings)
    # Chunks of whole rows, about 100 kB, so that one setting of all galaxies reads quickly too.
    chunks = max(1, min(shape[0], 25_000 // max(1, shape[1]))), max(1, shape[1])
    with atomic_write(path) as temporary:
        with h5py.File(temporary, "w") as store:
            store["galaxy_id"] = galaxy_id
            for name, dtype in _STORED.items():
                # What is never written must not look like a length of 0 px that is "ok".
                fill = Flag.NOT_STORED if name == "flag" else np.nan
                store.create_dataset(
                    name, shape, dtype, chunks=chunks if min(shape) else None, fillvalue=fill
                )
            for name in ("length", "mc_error"):
                store[name].attrs["unit"] = "pixel of the 424 px image"
            store["angle"].attrs["unit"] = "deg, from +x (columns) towards +y (rows)"
            store.attrs["settings"] = json.dumps(settings)
            store.attrs["flag_names"] = json.dumps([flag.text for flag in Flag])
            store.attrs.update(attributes)
            writer = _Writer(store)
            yield writer
            if writer.written != shape[0]:
                raise ValueError(f"{writer.written} galaxies measured, expected {shape[0]}")


@contextmanager
def open_barlengths(path):
    """Open a file of bar lengths, checked.

    Yields
    ------
    store : h5py.File, with the datasets named in the module's description
    settings : list of dict

    Raises
    ------
    FileNotFoundError : if there is no such file
    ValueError
        If a dataset or attribute is missing or has another shape, or its codes of flags mean
        something else than those of `galbar.lengths.measure.Flag`.
    """
    with h5py.File(path) as store:
        check_sources(store, path)
        for name in ("galaxy_id", *_STORED):
            if name not in store and name not in _LATER:
                raise ValueError(f"{path}: dataset {name} is missing, found {', '.join(store)}")
        for name in ("settings", "flag_names"):
            if name not in store.attrs:
                raise ValueError(f"{path}: attribute {name} is missing")
        settings = json.loads(store.attrs["settings"])
        expected = len(store["galaxy_id"]), len(settings)
        for name in _STORED:
            if name in store and store[name].shape != expected:
                raise ValueError(
                    f"{path}: {name} has the shape {store[name].shape}, expected {expected}"
                )
        known_flags = [flag.text for flag in Flag]
        names = json.loads(store.attrs["flag_names"])
        if names != known_flags:
            raise ValueError(f"{path}: flags mean {names}, expected {known_flags}")
        yield store, settings


def read_columns(store, name, rows, columns):
    """Read some columns of some rows.

    Parameters
    ----------
    store : h5py.File, from `open_barlengths`
    name : str, a dataset of shape (m, s)
    rows : ndarray of int, shape (n,), in the order in which they are wanted
    columns : int, slice or list of int, a column, or c of them

    Returns
    -------
    ndarray, shape (n,) or (n, c), of the file's type; NaN of what files of earlier versions lack
    """
    rows = np.asarray(rows)
    if name in _LATER and name not in store:
        return np.full_like(read_columns(store, "length", rows, columns), np.nan)
    first, last = (rows.min(), rows.max() + 1) if len(rows) else (0, 0)
    dataset = open_dataset(store, name)
    blocks = [
        dataset[begin : min(begin + _ROWS, last)][:, columns]
        for begin in range(first, max(last, first + 1), _ROWS)
    ]
    return np.concatenate(blocks)[rows - first]
