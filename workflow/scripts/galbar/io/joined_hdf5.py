"""Whole catalogues made of shards: HDF5 files that show the datasets of other files as one.

A joined file holds no galaxy itself: its datasets are *virtual* and read from the shards' files,
which must stay where they are, relative to it. HDF5 itself reads a shard that it cannot open as
fill values without a word: every reader calls `check_sources`, and reads by `open_dataset`.
"""

import os
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np

from galbar.io.atomic import atomic_write

_REMEDY = "make the shards again, or delete this file"


def join_files(paths, joined):
    """Write a file that shows the galaxies of several similar files as one.

    Parameters
    ----------
    paths : sequence of str or Path
        Files of heat maps or of bar lengths, in the order of the catalogue. Every dataset has
        the galaxies as its first axis.
    joined : str or Path
        The file to be written: the datasets and attributes of the shards, one after the other.

    Raises
    ------
    FileNotFoundError, OSError : if a file cannot be read
    ValueError
        If the shards differ in an attribute, their datasets, or what a galaxy looks like in
        them; or if a galaxy comes twice. The message names the file.
    """
    if not paths:
        raise ValueError(f"{joined}: there are no shards to join")
    # One after the other: a process may not hold thousands of files open.
    shards = [_describe(path) for path in paths]
    for shard in shards:
        _check_alike(shard, shards[0])
    _check_once(shards)
    with atomic_write(joined) as temporary, h5py.File(temporary, "w") as whole:
        # The ids, small and needed by everyone, are copied.
        whole["galaxy_id"] = np.concatenate([shard.ids for shard in shards])
        for name, dataset in shards[0].datasets.items():
            layout = _layout(name, shards, Path(joined).parent)
            whole.create_virtual_dataset(name, layout, fillvalue=dataset.fill)
            whole[name].attrs.update(dataset.attributes)
        whole.attrs.update(shards[0].attributes)


def check_sources(store, path):
    """Open every shard of a joined file and check that it is the one that was joined.

    Parameters
    ----------
    store : h5py.File, any file: one without virtual datasets passes
    path : str or Path, its path, for messages and to find the shards

    Raises
    ------
    FileNotFoundError, OSError
        If a shard is missing or cannot be opened (no permission, a broken disk, truncated).
    ValueError
        If it holds other galaxies, or not the datasets that are shown.
    """
    shown = [name for name, dataset in store.items() if dataset.is_virtual]
    if not shown:
        return
    ids = store["galaxy_id"][()]
    for begin, end, name in max((_sources(store[name]) for name in shown), key=len):
        with _open_shard(Path(path), name) as shard:
            ids_of_shard = shard["galaxy_id"][()] if "galaxy_id" in shard else []
            if not np.array_equal(ids_of_shard, ids[begin:end]):
                raise ValueError(
                    f"{path}: shows {end - begin} galaxies of {name}, which holds other ones: "
                    f"{_REMEDY}"
                )
            for dataset in shown:
                expected = end - begin, *store[dataset].shape[1:]
                if dataset not in shard or shard[dataset].shape != expected:
                    actual = shard[dataset].shape if dataset in shard else "none"
                    raise ValueError(
                        f"{path}: shows {dataset} of {name}, shape {expected}, found {actual} in "
                        f"it: {_REMEDY}"
                    )


def open_dataset(store, name):
    """Return a dataset of an open file to be read by rows: ``[row]`` or ``[rows, columns]``.

    Of a joined file it reads the shards' own files, one at a time: HDF5 reads a shard that it
    cannot open (the limit of open files included) as fill values without a word.
    """
    dataset = store[name]
    return _JoinedDataset(dataset, Path(store.filename)) if dataset.is_virtual else dataset


class _JoinedDataset:
    """The rows of a virtual dataset, read from the shards' files; the last one stays open."""

    def __init__(self, dataset, path):
        self.shape, self.dtype = dataset.shape, dataset.dtype
        self._name = dataset.name
        self._path = path
        self._sources = _sources(dataset)
        self._opened = None, None

    def __getitem__(self, key):
        rows, *others = key if isinstance(key, tuple) else (key,)
        if not isinstance(rows, slice):
            return self[(slice(rows, rows + 1), *others)][0]
        first, last, _ = rows.indices(self.shape[0])
        parts = [
            self._read(name, slice(max(first, begin) - begin, min(last, end) - begin), others)
            for begin, end, name in self._sources
            if begin < last and first < end
        ]
        if parts:
            return np.concatenate(parts)
        # No rows: the columns decide on the shape.
        return np.empty(self.shape, self.dtype)[(slice(0, 0), *others)]

    def _read(self, name, rows, others):
        opened, shard = self._opened
        if opened != name:
            # Closed by the last reference to it.
            shard = _open_shard(self._path, name)
            self._opened = name, shard
        return shard[self._name][(rows, *others)]


def _sources(dataset):
    """List (first row, row after the last, file) of the shards that a virtual dataset shows."""
    sources = []
    for source in dataset.virtual_sources():
        bounds = source.vspace.get_select_bounds()
        # None of a dataset without columns.
        if bounds is not None:
            begin, end = bounds
            sources.append((int(begin[0]), int(end[0]) + 1, source.file_name))
    return sorted(sources)


def _open_shard(path, name):
    """Open a shard of a joined file; an error names both."""
    try:
        return h5py.File(path.parent / name, "r")
    except FileNotFoundError as error:
        message = f"{path}: shows the galaxies of {name}, found no such file beside it; {_REMEDY}"
        raise FileNotFoundError(message) from error
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else error
        message = f"{path}: shows the galaxies of {name}, which cannot be opened: {reason}; "
        raise OSError(f"{message}mend that, or {_REMEDY}") from error


def are_same(value, other):
    """Return whether two values of an attribute, as h5py reads them, are the same.

    NaN is the same as NaN; None stands for an attribute that there is not.
    """
    if isinstance(value, float) and isinstance(other, float):
        return value == other or (np.isnan(value) and np.isnan(other))
    return np.array_equal(value, other)


class _Dataset(NamedTuple):
    """What a joined file must know of a dataset: all but its values."""

    shape: tuple
    dtype: np.dtype
    fill: object
    attributes: dict


class _Shard(NamedTuple):
    """What a joined file must know of a shard."""

    path: str
    ids: np.ndarray
    datasets: dict
    attributes: dict


def _describe(path):
    """Read everything of a shard except the values of its datasets."""
    with h5py.File(path) as store:
        datasets = {
            name: _Dataset(data.shape[1:], data.dtype, data.fillvalue, dict(data.attrs))
            for name, data in store.items()
            if name != "galaxy_id"
        }
        return _Shard(str(path), store["galaxy_id"][()], datasets, dict(store.attrs))


def _layout(name, shards, folder):
    """Lay out the shards' parts of a dataset one after the other."""
    first = shards[0].datasets[name]
    total = sum(len(shard.ids) for shard in shards)
    layout = h5py.VirtualLayout((total, *first.shape), first.dtype)
    begin = 0
    for shard in shards:
        size = len(shard.ids)
        if size:
            source = os.path.relpath(shard.path, folder)
            shape = (size, *shard.datasets[name].shape)
            layout[begin : begin + size] = h5py.VirtualSource(source, name, shape)
        begin += size
    return layout


def _check_alike(shard, first):
    """Raise ValueError unless a shard is structured like the first."""
    actual, expected = shard.attributes, first.attributes
    for name in sorted(actual.keys() | expected.keys()):
        if not are_same(actual.get(name), expected.get(name)):
            raise ValueError(
                f"{shard.path}: {name} is {actual.get(name)!r}, but {expected.get(name)!r} in "
                f"{first.path}: delete the one that is out of date"
            )
    if sorted(shard.datasets) != sorted(first.datasets):
        raise ValueError(
            f"{shard.path}: holds {sorted(shard.datasets)}, but {first.path} "
            f"{sorted(first.datasets)}"
        )
    for name, dataset in shard.datasets.items():
        expected = first.datasets[name]
        if (dataset.shape, dataset.dtype) != (expected.shape, expected.dtype):
            raise ValueError(
                f"{shard.path}: {name} is of shape (n, *{dataset.shape}) and type {dataset.dtype}, "
                f"but of (n, *{expected.shape}) and {expected.dtype} in {first.path}"
            )


def _check_once(shards):
    """Raise ValueError if a galaxy is in two shards, or twice in one."""
    ids = np.concatenate([shard.ids for shard in shards])
    values, counts = np.unique(ids, return_counts=True)
    if len(values) != len(ids):
        repeated = values[counts > 1][0]
        holders = [shard.path for shard in shards if repeated in shard.ids]
        raise ValueError(f"galaxy {repeated} comes more than once, in {', '.join(holders)}")
