"""Some columns of files of bar lengths, for the galaxies of a catalogue, block by block of rows.

A file holds (n, s) lengths, of a grid of s settings that may have thousands. Nothing here reads it
whole.
"""

import numpy as np

__all__ = ["read_columns"]

_BLOCK = 4096


def read_columns(store, name, rows, columns):
    """Read some columns of some rows.

    Parameters
    ----------
    store : h5py.File
        From `galbar.barlengths.open_barlengths`.
    name : str
        A dataset of shape (m, s).
    rows : ndarray of int, shape (n,)
        The rows, in the order in which they are wanted.
    columns : int or slice
        A column, or c of them.

    Returns
    -------
    ndarray, shape (n,) or (n, c)
        Of the file's type.
    """
    order = np.argsort(rows, kind="stable")
    rows = rows[order]
    shape = np.empty((0, store[name].shape[1]))[:, columns].shape[1:]
    wanted = np.empty((len(rows), *shape), store[name].dtype)
    place = 0
    while place < len(rows):
        begin = rows[place]
        here = slice(place, int(np.searchsorted(rows, begin + _BLOCK)))
        # The dataset is asked for anew at each read: while it is there, that of a joined file keeps
        # open all shards that were read, and a process may not open thousands of files.
        part = store[name][begin : rows[here.stop - 1] + 1, columns]
        wanted[order[here]] = part[rows[here] - begin]
        place = here.stop
    return wanted
