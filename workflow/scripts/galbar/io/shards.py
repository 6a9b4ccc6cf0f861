"""Shards: consecutive parts of a catalogue, of which each is the work of one job.

A shard is named ``{number}-of-{shards}``, from ``1-of-3`` to ``3-of-3``. Its name holds how many
there are, so that files of another split can never be taken for parts of this one.

A catalogue that is one shard is one file, ``noise0.1.h5``, which nothing has to join. The shards of
another are files in a folder, ``noise0.1/1-of-3.h5``, beside the file that joins them.
"""

import math
import re

SHARD = r"\d+-of-\d+"
"""Regular expression of a shard's name."""
PATH_END = f"(/{SHARD})?"
"""Regular expression of how the path of a shard ends, between the stem of the whole and ".h5"."""
BEFORE_SHARDS = r"(?=/[^/]+/)"
"""What follows the catalogue in the path of one of several shards, but not of the whole."""

_BLOCK = 1 << 22


def count_rows(path):
    """Count the rows of a CSV table, as its lines below the header; 0 if there is no such file.

    A missing file is something else's to complain about. A line break within quotes counts as well:
    with it there are more shards than needed, which are smaller then. Fast, as it is done each time
    that the workflow is parsed: 0.1 s for 100 MB.
    """
    lines, last = 0, b"\n"
    try:
        with open(path, "rb") as file:
            while block := file.read(_BLOCK):
                lines += block.count(b"\n")
                last = block[-1:]
    except OSError:
        return 0
    return max(lines + (last != b"\n") - 1, 0)


def list_shards(galaxies, galaxies_per_job):
    """Name the shards of a catalogue, at least one.

    Parameters
    ----------
    galaxies : int, number of galaxies, or more: which ones cannot be used is unknown beforehand
    galaxies_per_job : int, largest number of galaxies of a shard
    """
    shards = max(1, math.ceil(galaxies / galaxies_per_job))
    return [f"{number}-of-{shards}" for number in range(1, shards + 1)]


def list_path_ends(shards):
    """Return how the path of each of the shards ends: "/1-of-3", or "" of a single one."""
    return [f"/{shard}" for shard in shards] if len(shards) > 1 else [""]


def shard_of_path_end(path_end):
    """Return the name of the shard whose path ends in this way, see `list_path_ends`."""
    return path_end.removeprefix("/") or "1-of-1"


def rows_of_shard(shard, galaxies):
    """Return the slice of a catalogue of ``galaxies`` rows that a shard, named by ``shard``, holds.

    All shards together hold each row once, in order, and differ by at most one in size. Some are
    empty if there are more shards than galaxies.

    Raises
    ------
    ValueError : if the name is none, or its number is not from 1 to that of the shards
    """
    match = re.fullmatch(r"(\d+)-of-(\d+)", shard)
    number, shards = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= number <= shards:
        raise ValueError(f"shard {shard!r}, expected a name like 1-of-3, with 1 to 3 of 3")
    return slice((number - 1) * galaxies // shards, number * galaxies // shards)
