"""Average of the heat maps of several networks, on one scale, made where it is read."""

import hashlib
import json
from contextlib import ExitStack, contextmanager

import numpy as np

from galbar.attribution.heatmap_files import (
    ATTRIBUTES,
    DEFINITION,
    METHOD_KEYS,
    HeatmapSequence,
    normalise,
    open_heatmaps,
    without_partial_map,
)
from galbar.io.joined_hdf5 import are_same

AVERAGE_HEATMAPS = "averageheatmaps"
"""The average's name among the models."""


class AverageHeatmaps(HeatmapSequence):
    """Mean of the normalised maps of several networks, to be read like the file of one of them.

    A galaxy whose map is flat or NaN in one network is NaN in the average, with a warning: the mean
    of the others would be another quantity than for its neighbours. ``mc_error`` is NaN: the error
    of a length on the mean of maps does not follow from those on each. In ``attributes``,
    ``model_sha256`` is the digest of the members' digests, ``members`` a JSON dict of them.

    Parameters
    ----------
    files : sequence of `galbar.attribution.heatmap_files.Heatmaps`, open, one per network

    Raises
    ------
    ValueError, if the files differ in galaxies, kinds or in how their maps are defined
    """

    def __init__(self, files):
        _check_agreement(files)
        self._files, first = files, files[0]
        self.path = f"average of {', '.join(str(file.path) for file in files)}"
        self.ids, self.kinds, self.shape = first.ids, first.kinds, first.shape
        self.watched, self.mc_error = first.watched, np.full_like(first.mc_error, np.nan)
        digests = [str(file.attributes["model_sha256"]) for file in files]
        members = [str(file.attributes["model"]) for file in files]
        names = (*ATTRIBUTES, *(name for name in METHOD_KEYS if name in first.attributes))
        self.attributes = {name: first.attributes[name] for name in names} | {
            **{name: _mixture(files, name) for name in ("batch_size", "precision")},
            "model": AVERAGE_HEATMAPS,
            "model_sha256": hashlib.sha256("".join(digests).encode()).hexdigest(),
            "members": json.dumps(dict(zip(members, digests, strict=True))),
        }

    def read(self, index, kind):
        """Return map ``kind`` of galaxy number ``index``: ndarray, shape (ny, nx), float32."""
        maps = [normalise(file.read(index, kind), kind).astype(np.float32) for file in self._files]
        return without_partial_map(np.mean(maps, axis=0), self.ids[index], kind)


@contextmanager
def open_average(paths):
    """Open the heat maps of several networks to read their average.

    Parameters
    ----------
    paths : sequence of str or Path, files of heat maps, one per network

    Yields
    ------
    AverageHeatmaps

    Raises
    ------
    FileNotFoundError, ValueError : see `open_heatmaps` and `AverageHeatmaps`
    """
    with ExitStack() as stack:
        yield AverageHeatmaps([stack.enter_context(open_heatmaps(path)) for path in paths])


def _mixture(files, name):
    """Return an attribute's value if all files share it, otherwise all values, in order."""
    values = [file.attributes[name] for file in files]
    if all(are_same(value, values[0]) for value in values):
        return values[0]
    return ", ".join(map(str, values))


def _check_agreement(files):
    """Raise ValueError, with the difference, unless the maps of the files can be averaged."""
    if not files:
        raise ValueError("no files of heat maps to average")
    first = files[0]
    for file in files[1:]:
        for name in (*DEFINITION, *METHOD_KEYS):
            value, expected = (stored.attributes.get(name) for stored in (file, first))
            if not are_same(value, expected):
                raise ValueError(f"{file.path}: {name} is {value}, but {expected} in {first.path}")
        if file.kinds != first.kinds:
            raise ValueError(f"{file.path}: kinds {file.kinds}, but {first.kinds} in {first.path}")
        if not np.array_equal(file.ids, first.ids):
            raise ValueError(
                f"{file.path}: other galaxies, or another order, than in {first.path} "
                f"({len(file.ids)} and {len(first.ids)} galaxies)"
            )
