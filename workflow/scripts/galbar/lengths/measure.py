"""Measure bar lengths on heat maps: the whole grid of settings for one galaxy after another.

A *setting* is a dictionary with the keys of `SETTING_KEYS`; those that its method does not use
are None. What cannot be measured is NaN and carries a `Flag`, never 0.
"""

from collections import defaultdict
from collections.abc import Sequence
from enum import IntEnum
from functools import cached_property
from itertools import product
from typing import NamedTuple

import numpy as np

from galbar.attribution.heatmap_files import KINDS
from galbar.lengths.geometry import axis_angle, largest_distance, second_moments
from galbar.lengths.masks import ThresholdScan, central_pieces, scale_map, smooth_positive

__all__ = [
    "METHODS",
    "SETTING_KEYS",
    "Flag",
    "find_mask",
    "list_settings",
    "measure_map",
    "measure_stack",
]

METHODS = ("pearson", "elongation", "level")

SETTING_KEYS = (
    "method",
    "kind",
    "xinput",
    "smoothing",
    "corr_threshold",
    "len_threshold",
    "elongation_threshold",
    "level_fraction",
)

# What stops the scan of a method, or cuts its piece.
_LIMITS = {
    "pearson": "corr_threshold",
    "elongation": "elongation_threshold",
    "level": "level_fraction",
}


class Flag(IntEnum):
    """What to know about a measured length; codes as stored in files of bar lengths."""

    OK = 0
    NON_FINITE_MAP = 1
    FLAT_MAP = 2
    EMPTY_MASK = 3
    SINGLE_PIXEL = 4
    NO_STOP = 5
    FEWER_MODELS = 6
    FEWER_RUNS = 7
    UNMEASURABLE = 8

    @property
    def text(self):
        """Meaning in words, as written into tables."""
        return _FLAG_TEXTS[self]


# The length is NaN with non-finite and flat maps, empty masks, single pixels and "not measurable";
# with the others it is kept.
_FLAG_TEXTS = {
    Flag.OK: "ok",
    Flag.NON_FINITE_MAP: "non-finite map",
    Flag.FLAT_MAP: "flat map",
    Flag.EMPTY_MASK: "empty mask",
    Flag.SINGLE_PIXEL: "single pixel",
    Flag.NO_STOP: "no stop",
    Flag.FEWER_MODELS: "averaged over fewer models",
    Flag.FEWER_RUNS: "averaged over fewer runs",
    Flag.UNMEASURABLE: "not measurable in any model or run",
}


def list_settings(
    methods: Sequence[str],
    kinds: Sequence[str],
    xinput: Sequence[bool],
    smoothing: Sequence[float],
    corr_threshold: Sequence[float],
    len_threshold: Sequence[int],
    elongation_threshold: Sequence[float],
    level_fraction: Sequence[float],
) -> list[dict]:
    """All valid combinations of the values, as settings.

    Parameters
    ----------
    methods : sequence of str
        Some of `METHODS`.
    kinds : sequence of str
        Kinds of heat maps, some of `heatmap_files.KINDS`.
    xinput : sequence of bool
        Whether the map is multiplied by the grey-scale image.
    smoothing : sequence of float
        Standard deviations of the Gaussian [pixel of the map].
    corr_threshold, len_threshold : sequence of float, of int
        For ``pearson``: limits of |r| and of the number of pixels [pixel of the map].
    elongation_threshold : sequence of float
        For ``elongation``, with ``len_threshold``.
    level_fraction : sequence of float
        For ``level``.

    Returns
    -------
    list of dict
        One setting each, plain Python values, ready for JSON.

    Raises
    ------
    ValueError
        If a method or kind is unknown, or a list that a method needs is empty.
    """
    grids = {
        "pearson": {"corr_threshold": corr_threshold, "len_threshold": len_threshold},
        "elongation": {
            "elongation_threshold": elongation_threshold,
            "len_threshold": len_threshold,
        },
        "level": {"level_fraction": level_fraction},
    }
    _check_names("methods", methods, METHODS)
    _check_names("kinds", kinds, KINDS)
    settings = []
    for method in methods:
        grid = {"kind": kinds, "xinput": xinput, "smoothing": smoothing, **grids[method]}
        for key, values in grid.items():
            if len(values) == 0:
                raise ValueError(f"{key} is empty, but the method {method} needs a value")
        for values in product(*grid.values()):
            chosen = dict(zip(grid, values, strict=True))
            settings.append(_plain_setting({"method": method, **chosen}))
    return settings


def _check_names(what, values, known):
    """Refuse a value that is not among the known ones."""
    for value in values:
        if value not in known:
            raise ValueError(f"{what} holds {value!r}, expected some of {', '.join(known)}")


def _plain_setting(values):
    """Fill in all keys of a setting, with one type per key: equal settings compare equal."""
    types = {"method": str, "kind": str, "xinput": bool, "len_threshold": int}
    setting = dict.fromkeys(SETTING_KEYS)
    for key, value in values.items():
        setting[key] = types.get(key, float)(value)
    return setting


class _Batch(NamedTuple):
    """Settings that one method measures on one prepared map, as arrays of their values."""

    method: str
    rows: np.ndarray
    limits: np.ndarray
    len_thresholds: np.ndarray


def _batch_settings(settings):
    """Sort settings by the map that they need, and by method.

    Returns
    -------
    list of tuple of dict, list of _Batch
        One setting that stands for all of the same prepared map, and the batches on that map.
    """
    groups = defaultdict(lambda: defaultdict(list))
    for i, setting in enumerate(settings):
        groups[_map_key(setting)][setting["method"]].append(i)
    batches = []
    for methods in groups.values():
        parts = [_batch_of(method, rows, settings) for method, rows in methods.items()]
        batches.append((settings[parts[0].rows[0]], parts))
    return batches


def _map_key(setting):
    """Tell which settings share a prepared map: equal keys, equal maps."""
    # Only the product with the image is prepared differently for the published criterion.
    published = setting["xinput"] and setting["method"] == "pearson"
    return setting["kind"], setting["smoothing"], setting["xinput"], published


def _batch_of(method, rows, settings):
    limits = [settings[i][_LIMITS[method]] for i in rows]
    # `level` has no len_threshold: it is None in all of its settings.
    len_thresholds = [settings[i]["len_threshold"] or 0 for i in rows]
    return _Batch(method, np.array(rows), np.array(limits), np.array(len_thresholds))


class _Galaxy:
    """Heat maps and image of one galaxy; maps that several settings need are smoothed once."""

    def __init__(self, heatmaps, grey):
        self.heatmaps = heatmaps
        self.grey = grey
        self._smoothed = {}

    def prepare(self, setting):
        """Prepare the map of one setting, or say why there is none.

        Returns
        -------
        values : ndarray, shape (ny, nx), float64, or None
        flag : Flag
        """
        kind, grey = setting["kind"], self.grey if setting["xinput"] else None
        if kind not in self.heatmaps:
            found = ", ".join(self.heatmaps) or "none"
            raise ValueError(f"there is no heat map of the kind {kind!r}, found {found}")
        if setting["xinput"] and grey is None:
            raise ValueError("a setting with xinput needs the image, found none")
        values = scale_map(
            self._smooth(kind, setting["smoothing"]), grey, setting["method"] != "pearson"
        )
        if not np.isnan(values).any():
            return values, Flag.OK
        finite = np.isfinite(self.heatmaps[kind]).all()
        finite = finite and (grey is None or np.isfinite(grey).all())
        return None, Flag.FLAT_MAP if finite else Flag.NON_FINITE_MAP

    def _smooth(self, kind, smoothing):
        if (kind, smoothing) not in self._smoothed:
            self._smoothed[kind, smoothing] = smooth_positive(self.heatmaps[kind], kind, smoothing)
        return self._smoothed[kind, smoothing]


class _PreparedMap:
    """Measures settings on one prepared map; a mask at which several end is measured once."""

    def __init__(self, values):
        self._values = values
        self._masks = {}

    @cached_property
    def _scan(self):
        return ThresholdScan(self._values)

    def measure(self, batch):
        """Length [pixel of the map], flag and angle of each setting of a batch."""
        if batch.method == "level":
            return [_measure_level(*piece) for piece in central_pieces(self._values, batch.limits)]
        masks, stopped = self._scan.stop(batch.method, batch.limits, batch.len_thresholds)
        return [
            self._measure_mask(mask, stop)
            for mask, stop in zip(masks.tolist(), stopped.tolist(), strict=True)
        ]

    def _measure_mask(self, mask, stopped):
        if mask not in self._masks:
            length = largest_distance(*self._scan.pixels(mask))
            self._masks[mask] = length, self._scan.angle(mask)
        length, angle = self._masks[mask]
        return length, _flag_mask(self._scan.counts[mask], stopped), angle


def _measure_level(x, y):
    return largest_distance(x, y), _flag_mask(len(x)), axis_angle(*second_moments(x, y))


def _flag_mask(count, stopped=True):
    """Flag of a mask with a number of pixels."""
    if count == 0:
        return Flag.EMPTY_MASK
    if count == 1:
        return Flag.SINGLE_PIXEL
    return Flag.OK if stopped else Flag.NO_STOP


def measure_map(heatmaps, settings, pixel_scale, grey=None):
    """Measure one galaxy with every setting.

    Parameters
    ----------
    heatmaps : dict of str to ndarray, shape (ny, nx), float
        Heat map of each kind that the settings name, as stored (not normalised).
    settings : sequence of dict
        Settings, see `list_settings`.
    pixel_scale : float
        Pixels of the 424 px image per pixel of the map.
    grey : ndarray, shape (ny, nx), float, optional
        Grey-scale image that the network saw, 0 to 1; needed by settings with ``xinput``.

    Returns
    -------
    length : ndarray, shape (s,), float64
        Largest distance between two pixels of the mask [pixel of the 424 px image]. NaN where
        unmeasurable.
    flag : ndarray, shape (s,), uint8
        Codes of `Flag`.
    angle : ndarray, shape (s,), float64
        Position angle of the mask's long axis, from +x towards +y [deg], in [0, 180). NaN where
        it has none.

    Raises
    ------
    ValueError
        If a kind or the image is missing, or shapes differ.
    """
    return _measure(heatmaps, _batch_settings(settings), len(settings), pixel_scale, grey)


def _measure(heatmaps, batches, count, pixel_scale, grey):
    """Do what `measure_map` says, with a number of settings already sorted into batches."""
    length = np.full(count, np.nan)
    flag = np.zeros(count, dtype=np.uint8)
    angle = np.full(count, np.nan)
    galaxy = _Galaxy(heatmaps, grey)
    for setting, parts in batches:
        values, unusable = galaxy.prepare(setting)
        prepared = None if values is None else _PreparedMap(values)
        for part in parts:
            if prepared is None:
                flag[part.rows] = unusable
                continue
            lengths, flags, angles = zip(*prepared.measure(part), strict=True)
            length[part.rows], flag[part.rows], angle[part.rows] = lengths, flags, angles
    return length * pixel_scale, flag, angle


def measure_stack(heatmaps, settings, pixel_scale, greys=None):
    """Measure galaxy after galaxy; only one of them is in memory.

    Parameters
    ----------
    heatmaps : iterable of dict of str to ndarray, shape (ny, nx), float
        Heat maps of each galaxy by kind, such as an open `heatmap_files.Heatmaps`.
    settings, pixel_scale
        See `measure_map`.
    greys : iterable of ndarray, shape (ny, nx), optional
        Grey-scale image of each galaxy in the same order, read as it is asked for.

    Yields
    ------
    length, flag, angle : ndarray, shape (s,)
        Of one galaxy; see `measure_map`.

    Raises
    ------
    ValueError
        If there are more images than heat maps or fewer, or see `measure_map`.
    """
    if greys is None:
        pairs = ((maps, None) for maps in heatmaps)
    else:
        pairs = zip(heatmaps, greys, strict=True)
    _keep_freed_memory()
    batches = _batch_settings(settings)
    for maps, grey in pairs:
        yield _measure(maps, batches, len(settings), pixel_scale, grey)


def _keep_freed_memory():
    """Free one large array, so that the memory of one galaxy serves the next.

    glibc keeps what is freed up to the size of the largest block freed so far (mallopt(3), "dynamic
    mmap threshold"). The rest goes back to the system after every galaxy and is cleared again for
    the next one: 10 to 30 % of the time of measuring at 224 px. Elsewhere this does nothing.
    """
    np.empty(16_000_000, dtype=np.uint8)


def find_mask(heatmaps, setting, grey=None):
    """Mask of the bar with one setting, for figures.

    Parameters
    ----------
    heatmaps, grey
        See `measure_map`.
    setting : dict
        One setting.

    Returns
    -------
    ndarray, shape (ny, nx), bool
        Pixels between which the length is measured; all False where there are none. The map
        that was masked is that of `masks.prepare_map`.

    Raises
    ------
    ValueError
        See `measure_map`.
    """
    values, _ = _Galaxy(heatmaps, grey).prepare(setting)
    mask = np.zeros(np.shape(heatmaps[setting["kind"]]), dtype=bool)
    if values is None:
        return mask
    batch = _batch_of(setting["method"], [0], [setting])
    if batch.method == "level":
        ((x, y),) = central_pieces(values, batch.limits)
    else:
        scan = ThresholdScan(values)
        (step,), _ = scan.stop(batch.method, batch.limits, batch.len_thresholds)
        x, y = scan.pixels(step)
    mask[y, x] = True
    return mask
