"""The Monte Carlo error of a bar length: how much it would change with other noise.

The samples of SmoothGrad are kept as sums of a few groups. Two halves of the groups give two
independent maps and two lengths; their difference tells the spread of a length that is measured on
all of them. Several halvings of the same groups are averaged (repeated half-samples, after
McCarthy 1969, with random halves from six groups on). Unlike the jackknife, which takes a little
away at a time, halving holds for lengths as well, which are a step function of the map.
"""

from itertools import combinations

import numpy as np

SUMMED_KINDS = ("absolute", "signed", "gradient_input")
"""Kinds of heat maps that sums of groups are kept for; others have no Monte Carlo error."""

_GROUP = 8
_HALVINGS = 8


def group_size(symmetries, antithetic):
    """Return the samples per group: whole pairs, each orientation equally often."""
    return _GROUP * (2 if symmetries and antithetic else 1)


def choose_halves(groups, seed):
    """Choose ways to split groups into two halves: bool, shape (ways, 2, groups).

    Of an odd number the last group is left out. All different halvings of up to 4 groups, else 8
    random ones by the configuration's seed; ValueError with fewer than two groups.
    """
    if groups < 2:
        raise ValueError(f"{groups} group of samples, expected 2 or more to compare")
    half = groups // 2
    if half <= 2:
        # Each halving once: that of the first group with others.
        chosen = [(0, *rest) for rest in combinations(range(1, 2 * half), half - 1)]
    else:
        rng = np.random.default_rng([seed, groups])
        chosen = [rng.permutation(2 * half)[:half] for _ in range(_HALVINGS)]
    halves = np.zeros((len(chosen), 2, groups), dtype=bool)
    for way, members in zip(halves, chosen, strict=True):
        way[1, : 2 * half] = True
        way[0, list(members)], way[1, list(members)] = True, False
    return halves


def maps_of_sums(sums, window, kinds):
    """Make heat maps, kind -> (..., ny, nx), float32, not normalised, from sums over samples.

    Sums are (..., ny, nx, nc or 1): ``absolute`` of ``|gradient|`` and ``signed`` of the gradient,
    as far as the kinds, of `SUMMED_KINDS`, need them, ``covered`` of the windows that covered a
    pixel. ``window`` (ny, nx, nc) is the network's clean input.
    """
    maps = {}
    for kind in kinds:
        if kind == "absolute":
            values = (sums["absolute"] / sums["covered"]).max(axis=-1)
        else:
            gradient = sums["signed"] / sums["covered"]
            values = (gradient if kind == "signed" else gradient * window).sum(axis=-1)
        maps[kind] = values.astype(np.float32)
    return maps


def length_mc_error(sums, window, kinds, measure, seed):
    """Estimate the Monte Carlo error of lengths measured on the map of all groups.

    ``sums`` and ``window`` are those of `maps_of_sums`, the sums with the groups first. ``measure``
    takes a dict, kind -> map (ny, nx), and returns lengths (p,), NaN where unmeasurable. The result
    (p,), float64, is a standard error in the unit of the lengths; NaN where a half has no length.
    """
    groups = len(sums["covered"])
    members = choose_halves(groups, seed).reshape(-1, groups).astype(np.float32)
    needed = {"absolute" if kind == "absolute" else "signed" for kind in kinds}
    # One product of matrices: a sum for each half costs more than the gradients of a small network.
    halves = {
        name: (members @ sums[name].reshape(groups, -1)).reshape(-1, *sums[name].shape[1:])
        for name in needed
    }
    # With jitter a half may leave pixels at the edge without a window: both halves are divided by
    # what all groups cover, which changes nothing but the edge.
    halves["covered"] = sums["covered"].sum(axis=0) * ((groups // 2) / groups)
    maps = maps_of_sums(halves, window, kinds)
    lengths = np.array(
        [measure({kind: maps[kind][row] for kind in kinds}) for row in range(len(members))]
    )
    difference = lengths[0::2] - lengths[1::2]
    # The difference has twice the variance of a half, which falls as the number of groups grows.
    return np.sqrt((difference**2).mean(axis=0) / 2 * (groups // 2) / groups)
