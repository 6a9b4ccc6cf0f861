"""Heat maps whose samples are watched: how sure is the length that is measured on them.

A map may have converged while the length measured on it has not: thresholds and largest distances
make a step of a small change. So the length itself is watched, for the settings that the
configuration names. Its Monte Carlo error (`galbar.attribution.half_sampling`) is stored with the
map.
"""

from typing import NamedTuple

import numpy as np

from galbar.attribution.half_sampling import (
    SUMMED_KINDS,
    group_size,
    length_mc_error,
    maps_of_sums,
)
from galbar.attribution.smoothgrad import padded_window
from galbar.io.images import centre_crop, greyscale


class Attribution(NamedTuple):
    """What a method says about one galaxy: maps, kind -> (ny, nx), float32, not normalised.

    ``mc_error`` (p,), float64, is the Monte Carlo error of the length by each watched setting
    [pixel of the 424 px image]; NaN where it cannot be measured.
    """

    maps: dict
    mc_error: np.ndarray


class MonteCarloAttribution:
    """Maps by SmoothGrad with the Monte Carlo error of lengths measured on them.

    ``measure`` takes a dict of the maps of ``kinds`` and the brightness of the image (ny, nx); it
    returns the lengths (p,) by each watched setting [pixel of the 424 px image], NaN where
    unmeasurable. ValueError if the number of samples, or that of a batch, is no multiple of
    `galbar.attribution.half_sampling.group_size`, there are fewer than two groups, or a kind of map
    is none of `galbar.attribution.half_sampling.SUMMED_KINDS`.
    """

    def __init__(self, smoothgrad, kinds, measure):
        self._smoothgrad, self._kinds, self._measure = smoothgrad, tuple(kinds), measure
        unsummed = [kind for kind in smoothgrad.kinds if kind not in SUMMED_KINDS]
        if unsummed:
            raise ValueError(
                f"heatmaps.kinds: found {unsummed[0]}, expected some of {', '.join(SUMMED_KINDS)} "
                "with heatmaps.watched_lengths"
            )
        self._group = group_size(smoothgrad.symmetries, smoothgrad.antithetic)
        for name, value in (
            ("smooth_samples", smoothgrad.samples),
            ("batch_size", smoothgrad.batch_size),
        ):
            if value % self._group:
                raise ValueError(
                    f"heatmaps.{name} is {value}, expected a multiple of {self._group}, the "
                    "samples of a group, whose lengths are compared"
                )
        if smoothgrad.samples < 2 * self._group:
            raise ValueError(
                f"heatmaps.smooth_samples is {smoothgrad.samples}, expected {2 * self._group} or "
                "more: two groups whose lengths are compared"
            )
        self._passes = {}

    def __call__(self, canvas, galaxy_id):
        """Compute the `Attribution` of a galaxy; see `galbar.attribution.smoothgrad.SmoothGrad`."""
        smoothgrad = self._smoothgrad
        region = padded_window(canvas, *smoothgrad.shape[:2], smoothgrad.jitter)
        window = centre_crop(np.asarray(canvas, dtype=np.float32), *smoothgrad.shape[:2])
        grey = greyscale(window)

        def measure(maps):
            return self._measure(maps, grey)

        groups = self._sample(region, galaxy_id)
        error = length_mc_error(groups, window, self._kinds, measure, smoothgrad.seed)
        # In double precision: the order of the groups is fixed, the sum as good as exact.
        total = {
            name: group_sums.sum(axis=0, dtype=np.float64) for name, group_sums in groups.items()
        }
        return Attribution(maps_of_sums(total, window, smoothgrad.kinds), error)

    def _sample(self, region, galaxy_id):
        """Sum the samples of each group: name -> ndarray with the groups first."""
        samples, size = self._smoothgrad.samples, self._smoothgrad.batch_size
        batches = []
        for begin in range(0, samples, size):
            # The last batch may be a smaller one.
            count = min(size, samples - begin)
            if count not in self._passes:
                self._passes[count] = self._smoothgrad.compile_groups(count, self._group)
            sums = self._passes[count](region, np.int64(galaxy_id), np.int64(begin))
            batches.append([group_sums.numpy() for group_sums in sums])
        names = ("absolute", "signed", "covered")
        named_batches = zip(names, zip(*batches, strict=True), strict=True)
        return {name: np.concatenate(part) for name, part in named_batches}


def with_mc_error(method, kinds, measure):
    """Return a function of (canvas, galaxy_id) that gives an `Attribution`.

    Without ``kinds`` there are no errors: the published method. Else ``method`` must be a
    SmoothGrad, see `MonteCarloAttribution`.
    """
    if kinds:
        return MonteCarloAttribution(method, kinds, measure)

    def attribute(canvas, galaxy_id):
        return Attribution(method(canvas, galaxy_id), np.zeros(0))

    return attribute
