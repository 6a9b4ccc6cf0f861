"""Whole catalogues made of shards: HDF5 files that show the datasets of other files as one.

A joined file holds no galaxy itself: its datasets are *virtual* and read from the shards' files,
which must stay where they are, relative to it. HDF5 itself reads missing shards as fill values
without a word, so every reader calls `check_sources` first.
"""

import os
from contextlib import ExitStack
from pathlib import Path

import h5py
import numpy as np

from galbar.files import whole_file

__all__ = ["check_sources", "join_files"]


def join_files(paths, joined):
    """Write a file that shows the galaxies of several files of one kind as one.

    Parameters
    ----------
    paths : sequence of str or Path
        Files of heat maps or of bar lengths, in the order of the catalogue. Every dataset has
        the galaxies as its first axis.
    joined : str or Path
        The file to be written: the datasets and attributes of the shards, one after the other.

    Raises
    ------
    FileNotFoundError, OSError
        If a file cannot be read.
    ValueError
        If the shards differ in an attribute, their datasets, or what a galaxy looks like in
        them; or if a galaxy comes twice. The message names the file.
    """
    if not paths:
        raise ValueError(f"{joined}: there are no shards to join")
    with ExitStack() as stack:
        stores = [stack.enter_context(h5py.File(path)) for path in paths]
        for path, store in zip(paths, stores, strict=True):
            _check_alike(path, store, paths[0], stores[0])
        _check_once(paths, stores)
        sizes = [len(store["galaxy_id"]) for store in stores]
        with whole_file(joined) as temporary, h5py.File(temporary, "w") as whole:
            # The ids, small and wanted by everyone, are copied.
            whole["galaxy_id"] = np.concatenate([store["galaxy_id"][()] for store in stores])
            for name, dataset in stores[0].items():
                if name != "galaxy_id":
                    layout = _layout(name, paths, stores, sizes, Path(joined).parent)
                    whole.create_virtual_dataset(name, layout, fillvalue=dataset.fillvalue)
                    whole[name].attrs.update(dataset.attrs)
            whole.attrs.update(stores[0].attrs)


def check_sources(store, path):
    """Refuse a joined file of which a shard is missing.

    Parameters
    ----------
    store : h5py.File
        Any file: one without virtual datasets passes.
    path : str or Path
        Its path, for the message and the places of the shards.

    Raises
    ------
    FileNotFoundError
        Naming the first shard that is missing.
    """
    sources = {
        source.file_name
        for dataset in store.values()
        if dataset.is_virtual
        for source in dataset.virtual_sources()
    }
    for name in sorted(sources):
        if not (Path(path).parent / name).is_file():
            raise FileNotFoundError(
                f"{path}: shows the galaxies of {name}, found no such file beside it; make the "
                "shards again, or delete this file"
            )


def _layout(name, paths, stores, sizes, folder):
    """Lay the shards' parts of a dataset one after the other."""
    first = stores[0][name]
    layout = h5py.VirtualLayout((sum(sizes), *first.shape[1:]), first.dtype)
    begin = 0
    for path, store, size in zip(paths, stores, sizes, strict=True):
        if size:
            place = os.path.relpath(path, folder)
            layout[begin : begin + size] = h5py.VirtualSource(place, name, store[name].shape)
        begin += size
    return layout


def _check_alike(path, store, first_path, first):
    """Refuse a shard that is not made like the first."""
    found, expected = dict(store.attrs), dict(first.attrs)
    for name in sorted(found.keys() | expected.keys()):
        if not np.array_equal(found.get(name), expected.get(name)):
            raise ValueError(
                f"{path}: {name} is {found.get(name)!r}, but {expected.get(name)!r} in "
                f"{first_path}: delete the one that is out of date"
            )
    if sorted(store) != sorted(first):
        raise ValueError(f"{path}: holds {sorted(store)}, but {first_path} {sorted(first)}")
    for name, dataset in store.items():
        one, other = (dataset.shape[1:], dataset.dtype), (first[name].shape[1:], first[name].dtype)
        if one != other:
            raise ValueError(
                f"{path}: {name} is of shape (n, *{one[0]}) and type {one[1]}, but of "
                f"(n, *{other[0]}) and {other[1]} in {first_path}"
            )


def _check_once(paths, stores):
    """Refuse a galaxy that is in two shards, or twice in one."""
    ids = np.concatenate([store["galaxy_id"][()] for store in stores])
    values, counts = np.unique(ids, return_counts=True)
    if len(values) != len(ids):
        twice = values[counts > 1][0]
        holders = [
            str(path)
            for path, store in zip(paths, stores, strict=True)
            if twice in store["galaxy_id"][()]
        ]
        raise ValueError(f"galaxy {twice} comes more than once, in {', '.join(holders)}")
