"""Average of the heat maps of several networks, on one scale."""

import hashlib
import json
from contextlib import ExitStack

import numpy as np

from galbar.attribution.heatmap_files import (
    ATTRIBUTES,
    DEFINITION,
    create_heatmaps,
    normalise,
    open_heatmaps,
)
from galbar.io.joined_hdf5 import are_same


def average_heatmaps(paths, average, model="averageheatmaps"):
    """Average the normalised maps of several networks, for every kind.

    A galaxy whose map is flat or NaN in one network is NaN in the average, with a warning: the mean
    of the others would be another quantity than for its neighbours.

    Parameters
    ----------
    paths : sequence of str or Path, files of heat maps, one per network
    average : str or Path
        The file to be written, in the same format; ``model_sha256`` is the digest of the members'
        digests, ``members`` a JSON dict of them.
    model : str, its attribute ``model``

    Raises
    ------
    ValueError, if the files differ in galaxies, kinds or in how their maps are defined
    """
    with ExitStack() as stack:
        files = [stack.enter_context(open_heatmaps(path)) for path in paths]
        _check_agreement(files)
        first = files[0]
        digests = [str(file.attributes["model_sha256"]) for file in files]
        members = [str(file.attributes["model"]) for file in files]
        attributes = {name: first.attributes[name] for name in ATTRIBUTES} | {
            **{name: _mixture(files, name) for name in ("batch_size", "precision")},
            "model": model,
            "model_sha256": hashlib.sha256("".join(digests).encode()).hexdigest(),
            "members": json.dumps(dict(zip(members, digests, strict=True))),
        }
        with create_heatmaps(average, first.ids, first.kinds, first.shape, attributes) as writer:
            for index, maps in enumerate(zip(*files, strict=True)):
                mean = {
                    kind: np.mean(
                        [
                            normalise(maps_of_network[kind], kind).astype(np.float32)
                            for maps_of_network in maps
                        ],
                        axis=0,
                    )
                    for kind in first.kinds
                }
                # The error of a length on the mean of maps does not follow from those on each.
                writer.write(index, mean)


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
        for name in DEFINITION:
            value, expected = file.attributes[name], first.attributes[name]
            if not are_same(value, expected):
                raise ValueError(f"{file.path}: {name} is {value}, but {expected} in {first.path}")
        if file.kinds != first.kinds:
            raise ValueError(f"{file.path}: kinds {file.kinds}, but {first.kinds} in {first.path}")
        if not np.array_equal(file.ids, first.ids):
            raise ValueError(
                f"{file.path}: other galaxies, or another order, than in {first.path} "
                f"({len(file.ids)} and {len(first.ids)} galaxies)"
            )
