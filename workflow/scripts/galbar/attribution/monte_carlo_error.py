"""Heat maps whose samples are watched: how sure is the length that is measured on them.

A map may have converged while the length measured on it has not: thresholds and largest distances
make a step of a small change. So the length itself is watched, for the settings that the
configuration names. Its Monte Carlo error (`galbar.attribution.half_sampling`) is stored with the
map.
"""

import json
from typing import NamedTuple

import numpy as np

from galbar.attribution.half_sampling import group_size, length_spread, maps_of_sums
from galbar.attribution.smoothgrad import padded_window
from galbar.io.images import centre_crop, greyscale, pixel_scale
from galbar.lengths.measure import list_settings, measure_map

__all__ = [
    "Explanation",
    "FixedSamples",
    "WatchedSamples",
    "describe_watched",
    "make_explainer",
    "read_settings",
]


class Explanation(NamedTuple):
    """What is known about one galaxy.

    Attributes
    ----------
    maps : dict of ndarray, shape (ny, nx), float32
        Kind -> map, not normalised.
    length_error : ndarray, shape (p,), float64
        Monte Carlo error of the length by each watched setting [pixel of the 424 px image]; NaN
        where it cannot be measured.
    """

    maps: dict
    length_error: np.ndarray


class FixedSamples:
    """Maps without errors of lengths: the published method.

    Parameters
    ----------
    smoothgrad : callable
        See `galbar.attribution.smoothgrad.make_smoothgrad`.
    """

    def __init__(self, smoothgrad):
        self._smoothgrad = smoothgrad

    def __call__(self, canvas, galaxy_id):
        """Compute one galaxy; returns `Explanation`."""
        return Explanation(self._smoothgrad(canvas, galaxy_id), np.zeros(0))


class WatchedSamples:
    """Maps with the Monte Carlo error of lengths measured on them.

    Parameters
    ----------
    smoothgrad : galbar.attribution.smoothgrad.SmoothGrad
    watched : list of dict
        The p settings (`galbar.lengths.measure.list_settings`) whose lengths are watched.
    crop : float
        Side of the part that the network sees over the side of the image.

    Raises
    ------
    ValueError
        If the number of samples, or that of a batch, is no multiple of
        `galbar.attribution.half_sampling.group_size`, or there are fewer than two groups.
    """

    def __init__(self, smoothgrad, watched, *, crop):
        self._smoothgrad, self._watched = smoothgrad, list(watched)
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
        self._scale = pixel_scale(smoothgrad.shape[1], crop)
        self._kinds = tuple(dict.fromkeys(setting["kind"] for setting in self._watched))
        self._passes = {}

    def __call__(self, canvas, galaxy_id):
        """Compute one galaxy.

        Parameters
        ----------
        canvas, galaxy_id
            See `galbar.attribution.smoothgrad.SmoothGrad`.

        Returns
        -------
        Explanation
        """
        smoothgrad = self._smoothgrad
        region = padded_window(canvas, *smoothgrad.shape[:2], smoothgrad.jitter)
        window = centre_crop(np.asarray(canvas, dtype=np.float32), *smoothgrad.shape[:2])
        grey = greyscale(window)

        def measure(maps):
            return measure_map(maps, self._watched, self._scale, grey)[0]

        groups = self._sample(region, galaxy_id)
        error = length_spread(groups, window, self._kinds, measure, smoothgrad.seed)
        # In double precision: the order of the groups is fixed, the sum as good as exact.
        total = {name: one.sum(axis=0, dtype=np.float64) for name, one in groups.items()}
        return Explanation(maps_of_sums(total, window, smoothgrad.kinds), error)

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
            batches.append([one.numpy() for one in sums])
        names = ("absolute", "signed", "covered")
        parts = zip(names, zip(*batches, strict=True), strict=True)
        return {name: np.concatenate(part) for name, part in parts}


def read_settings(entries):
    """Complete the settings of ``heatmaps.watched_lengths``.

    Parameters
    ----------
    entries : list of dict
        With the key method and what it needs; others have their defaults.

    Returns
    -------
    list of dict
        As `galbar.lengths.measure.list_settings` gives them.
    """
    settings = []
    for entry in entries:
        lists = {"method": "methods", "kind": "kinds"}
        given = {
            lists.get(key, key): [] if value is None else [value] for key, value in entry.items()
        }
        settings += list_settings(**given)
    return settings


def describe_watched(settings):
    """Put what is watched into the attribute ``watched`` of heat maps: JSON, "" for nothing."""
    return json.dumps({"settings": settings}) if settings else ""


def make_explainer(smoothgrad, watched, *, crop):
    """Make a `WatchedSamples` where lengths are watched, else `FixedSamples`."""
    return WatchedSamples(smoothgrad, watched, crop=crop) if watched else FixedSamples(smoothgrad)
