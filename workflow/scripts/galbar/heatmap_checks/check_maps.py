"""Files of what a check needs a network for: the maps of altered networks, and areas under curves.

One HDF5 file per network and set of heat maps:

- ``galaxy_id``: (n,) int64, the galaxies of the check.
- ``maps_{kind}``: (a, n, ny, nx) float32, as heat maps are stored; attribute ``alterations`` of the
  file, JSON: of each of the a, the check and what it has changed.
- ``deletion``, ``insertion``: (m, n) float64, see `galbar.heatmap_checks.faithfulness`; attribute
  ``ranked``, JSON: by which map (a kind, or a control) the pixels went.
- ``vote``, ``vote_blurred``: (n,) float64, of the image and of the blurred one.
"""

import json
from typing import NamedTuple

import h5py
import numpy as np

from galbar.attribution.heatmap_files import open_complete
from galbar.io.atomic import atomic_write


class Alteration(NamedTuple):
    """What a check changes before it computes a map.

    ``check`` is "random_weights", with the share of layers in ``altered``, or "other_answer", with
    the vote column.
    """

    check: str
    altered: str


class CheckMaps(NamedTuple):
    """The content of a file, see the module."""

    galaxy_id: np.ndarray
    alterations: list
    maps: dict
    ranked: list
    deletion: np.ndarray
    insertion: np.ndarray
    vote: np.ndarray
    vote_blurred: np.ndarray


def list_alterations(randomised, answers):
    """List what is altered: shares of the layers that are randomised, and vote columns."""
    return [
        *(Alteration("random_weights", f"{share:g}") for share in randomised),
        *(Alteration("other_answer", answer) for answer in answers),
    ]


def write_check_maps(path, content, attributes):
    """Write a `CheckMaps`, atomically; ``attributes`` is a dict of what else is to be known."""
    with atomic_write(path) as temporary, h5py.File(temporary, "w") as store:
        store["galaxy_id"] = np.asarray(content.galaxy_id, dtype=np.int64)
        for kind, maps in content.maps.items():
            store[f"maps_{kind}"] = np.asarray(maps, dtype=np.float32)
        for name in ("deletion", "insertion", "vote", "vote_blurred"):
            store[name] = getattr(content, name)
        store.attrs["alterations"] = json.dumps(content.alterations)
        store.attrs["ranked"] = json.dumps(content.ranked)
        store.attrs.update(attributes)
        store.attrs["complete"] = True


def read_check_maps(path):
    """Read a file as `CheckMaps`; FileNotFoundError or ValueError if it is not whole."""
    with open_complete(path) as store:
        return CheckMaps(
            galaxy_id=store["galaxy_id"][()],
            alterations=[Alteration(*pair) for pair in json.loads(store.attrs["alterations"])],
            maps={
                name.removeprefix("maps_"): maps[()]
                for name, maps in store.items()
                if name.startswith("maps_")
            },
            ranked=json.loads(store.attrs["ranked"]),
            **{name: store[name][()] for name in ("deletion", "insertion", "vote", "vote_blurred")},
        )
