"""Heat maps whose samples are watched: how sure is the length, and are there enough of them.

A map may have converged while the length measured on it has not: thresholds and largest distances
make a step of a small change. So the length itself is watched, for the settings that the
configuration names. Its Monte Carlo error (`galbar.length_spread`) is stored with the map, and
with a tolerance samples are added until the error of the first setting is below it.
"""

import json
import math
from typing import NamedTuple

import numpy as np

from galbar.images import centre_crop, greyscale, pixel_scale
from galbar.length_spread import group_size, length_spread, maps_of_sums
from galbar.measuring import list_settings, measure_map
from galbar.saliency import padded_window

__all__ = [
    "Explanation",
    "FixedSamples",
    "WatchedSamples",
    "describe_watched",
    "make_explainer",
    "read_settings",
]

# Samples are added by half of those that are there: finer steps cost more measuring.
_GROWTH = 1.5


class Explanation(NamedTuple):
    """What is known about one galaxy.

    Attributes
    ----------
    maps : dict of ndarray, shape (ny, nx), float32
        Kind -> map, not normalised.
    samples : int
        Number of samples behind them.
    length_error : ndarray, shape (p,), float64
        Monte Carlo error of the length by each watched setting [pixel of the 424 px image]; NaN
        where it cannot be measured.
    """

    maps: dict
    samples: int
    length_error: np.ndarray


class FixedSamples:
    """Maps of a fixed number of samples and no errors: the published method.

    Parameters
    ----------
    smoothgrad : callable
        See `galbar.saliency.make_smoothgrad`.
    """

    def __init__(self, smoothgrad):
        self._smoothgrad = smoothgrad

    def __call__(self, canvas, galaxy_id):
        """Compute one galaxy; returns `Explanation`."""
        maps = self._smoothgrad(canvas, galaxy_id)
        return Explanation(maps, self._smoothgrad.samples, np.zeros(0))


class WatchedSamples:
    """Maps with the Monte Carlo error of lengths, and as many samples as these need.

    Parameters
    ----------
    smoothgrad : galbar.saliency.SmoothGrad
        Its number of samples is the largest allowed, all of which are taken without tolerance.
    watched : list of dict
        The p settings (`galbar.measuring.list_settings`) whose lengths are watched; the first
        one decides.
    crop : float
        Side of the part that the network sees over the side of the image.
    tolerance : float or None
        Largest error of the length wanted [pixel of the 424 px image].
    min_samples : int
        Samples before the error is looked at for the first time; rounded up to whole groups, at
        least two.

    Raises
    ------
    ValueError
        If the number of samples, or that of a batch, is no multiple of
        `galbar.length_spread.group_size`, or there are fewer than two groups.
    """

    def __init__(self, smoothgrad, watched, *, crop, tolerance=None, min_samples=None):
        self._smoothgrad, self._watched = smoothgrad, list(watched)
        self._tolerance = tolerance
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
        first = smoothgrad.samples if tolerance is None else min_samples
        groups = max(2, math.ceil(first / self._group))
        self._first = min(groups * self._group, smoothgrad.samples)
        self._scale = pixel_scale(smoothgrad.shape[1], crop)
        self._kinds = tuple(dict.fromkeys(setting["kind"] for setting in self._watched))
        self._passes = {}

    def __call__(self, canvas, galaxy_id):
        """Compute one galaxy.

        Parameters
        ----------
        canvas, galaxy_id
            See `galbar.saliency.SmoothGrad`.

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

        sums, samples, wanted = [], 0, self._first
        while True:
            sums += self._sample(region, galaxy_id, samples, wanted)
            samples = wanted
            groups = {
                name: np.concatenate([one[name] for one in sums])
                for name in ("absolute", "signed", "covered")
            }
            error = length_spread(groups, window, self._kinds, measure, smoothgrad.seed)
            wanted = self._next(samples, error[0])
            if wanted is None:
                break
        # In double precision: the order of the groups is fixed, the sum as good as exact.
        total = {name: one.sum(axis=0, dtype=np.float64) for name, one in groups.items()}
        return Explanation(maps_of_sums(total, window, smoothgrad.kinds), samples, error)

    def _next(self, samples, error):
        """How many samples to have next; None: enough."""
        largest = self._smoothgrad.samples
        if samples == largest or self._tolerance is None or error <= self._tolerance:
            return None
        batch = self._smoothgrad.batch_size
        return min(largest, int(np.ceil(samples * _GROWTH / batch)) * batch)

    def _sample(self, region, galaxy_id, begin, end):
        """Sum the groups of samples ``begin`` to ``end``; a dict per batch."""
        found = []
        while begin < end:
            count = min(self._smoothgrad.batch_size, end - begin)
            if count not in self._passes:
                self._passes[count] = self._smoothgrad.compile_groups(count, self._group)
            numbers = (np.int64(galaxy_id), np.int64(begin))
            absolute, signed, covered = self._passes[count](region, *numbers)
            found.append(
                {
                    "absolute": absolute.numpy(),
                    "signed": signed.numpy(),
                    "covered": covered.numpy(),
                }
            )
            begin += count
        return found


def read_settings(entries):
    """Complete the settings of ``heatmaps.watched_lengths``.

    Parameters
    ----------
    entries : list of dict
        With the key method and what it needs; others have their defaults.

    Returns
    -------
    list of dict
        As `galbar.measuring.list_settings` gives them.
    """
    settings = []
    for entry in entries:
        lists = {"method": "methods", "kind": "kinds"}
        given = {
            lists.get(key, key): [] if value is None else [value] for key, value in entry.items()
        }
        settings += list_settings(**given)
    return settings


def describe_watched(settings, tolerance, min_samples):
    """Put what is watched into the attribute ``watched`` of heat maps: JSON, "" for nothing."""
    if not settings:
        return ""
    # Without a tolerance nothing depends on the smallest number of samples.
    limits = {} if tolerance is None else {"tolerance": tolerance, "min_samples": min_samples}
    return json.dumps({"settings": settings, **limits})


def make_explainer(smoothgrad, watched, **limits):
    """Make a `WatchedSamples` where lengths are watched, else `FixedSamples`."""
    if not watched:
        return FixedSamples(smoothgrad)
    return WatchedSamples(smoothgrad, watched, **limits)
