"""Measure bar lengths on heat maps: the whole grid of settings for one galaxy after another.

A *setting* is a dictionary with the keys of `SETTING_KEYS`; those that its method does not use
are None. What cannot be measured is NaN and carries a `Flag`, never 0.
"""

from collections import defaultdict
from collections.abc import Sequence
from enum import IntEnum
from itertools import product

import numpy as np

from galbar.heatmaps import KINDS
from galbar.lengths import axis_angle, largest_distance, second_moments
from galbar.masks import ThresholdScan, level_pixels, prepare_map

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
        Kinds of heat maps, some of `heatmaps.KINDS`.
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


def _prepare(heatmaps, setting, grey):
    """Prepare the map of one setting, or say why there is none.

    Returns
    -------
    values : ndarray, shape (ny, nx), float64, or None
    flag : Flag
    """
    kind = setting["kind"]
    if kind not in heatmaps:
        found = ", ".join(heatmaps) or "none"
        raise ValueError(f"there is no heat map of the kind {kind!r}, found {found}")
    if setting["xinput"] and grey is None:
        raise ValueError("a setting with xinput needs the image, found none")
    values = prepare_map(
        heatmaps[kind],
        kind,
        setting["smoothing"],
        grey if setting["xinput"] else None,
        renormalise=setting["method"] != "pearson",
    )
    if not np.isnan(values).any():
        return values, Flag.OK
    finite = np.isfinite(heatmaps[kind]).all()
    if setting["xinput"]:
        finite = finite and np.isfinite(grey).all()
    return None, Flag.FLAT_MAP if finite else Flag.NON_FINITE_MAP


def _scan_threshold(setting):
    """Key and value of the threshold that stops a setting's scan."""
    key = "corr_threshold" if setting["method"] == "pearson" else "elongation_threshold"
    return setting[key]


def _measure_level(values, fraction):
    x, y = level_pixels(values, fraction)
    return largest_distance(x, y), _flag_mask(len(x)), axis_angle(*second_moments(x, y))


def _flag_mask(count, stopped=True):
    """Flag of a mask with a number of pixels."""
    if count == 0:
        return Flag.EMPTY_MASK
    if count == 1:
        return Flag.SINGLE_PIXEL
    return Flag.OK if stopped else Flag.NO_STOP


def _measure_prepared(values, settings):
    """Length [pixel of the map], flag, angle of each setting on one prepared map.

    Yields
    ------
    tuple of float, Flag, float
    """
    scan = None
    measured = {}
    for setting in settings:
        if setting["method"] == "level":
            yield _measure_level(values, setting["level_fraction"])
            continue
        scan = scan or ThresholdScan(values)
        step, stopped = scan.stop(
            setting["method"], _scan_threshold(setting), setting["len_threshold"]
        )
        # Many settings end at the same mask: measure each mask once.
        count = int(scan.counts[step])
        if count not in measured:
            measured[count] = largest_distance(*scan.pixels(step)), scan.angle(step)
        length, angle = measured[count]
        yield length, _flag_mask(count, stopped), angle


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
    length = np.full(len(settings), np.nan)
    flag = np.zeros(len(settings), dtype=np.uint8)
    angle = np.full(len(settings), np.nan)
    groups = defaultdict(list)
    for i, setting in enumerate(settings):
        # Only the product with the image is prepared differently for the published criterion.
        published = setting["xinput"] and setting["method"] == "pearson"
        key = setting["kind"], setting["smoothing"], setting["xinput"], published
        groups[key].append(i)
    for rows in groups.values():
        values, unusable = _prepare(heatmaps, settings[rows[0]], grey)
        if values is None:
            flag[rows] = unusable
            continue
        results = _measure_prepared(values, [settings[i] for i in rows])
        for i, (distance, code, direction) in zip(rows, results, strict=True):
            length[i], flag[i], angle[i] = distance * pixel_scale, code, direction
    return length, flag, angle


def measure_stack(heatmaps, settings, pixel_scale, greys=None):
    """Measure galaxy after galaxy; only one of them is in memory.

    Parameters
    ----------
    heatmaps : iterable of dict of str to ndarray, shape (ny, nx), float
        Heat maps of each galaxy by kind, such as an open `heatmaps.Heatmaps`.
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
    for maps, grey in pairs:
        yield measure_map(maps, settings, pixel_scale, grey)


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
    values, _ = _prepare(heatmaps, setting, grey)
    mask = np.zeros(np.shape(heatmaps[setting["kind"]]), dtype=bool)
    if values is None:
        return mask
    if setting["method"] == "level":
        x, y = level_pixels(values, setting["level_fraction"])
    else:
        scan = ThresholdScan(values)
        step, _ = scan.stop(setting["method"], _scan_threshold(setting), setting["len_threshold"])
        x, y = scan.pixels(step)
    mask[y, x] = True
    return mask
