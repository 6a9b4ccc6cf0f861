"""Measure bar lengths on heat maps: the whole grid of settings for one galaxy after another.

A *setting* is a mask criterion with values of its parameters, and the map that it is applied to: a
dictionary with the keys of `COMMON_KEYS` and all parameters (`setting_keys`); those that its
criterion does not have are None. What cannot be measured is NaN and carries a `Flag`, never 0.
"""

from collections import defaultdict
from collections.abc import Sequence
from enum import IntEnum
from itertools import product
from typing import NamedTuple

import numpy as np

from galbar.attribution.heatmap_files import KINDS
from galbar.lengths.criteria.prepared_map import PreparedMap
from galbar.lengths.criteria.record import Criterion, Mask
from galbar.lengths.criteria.registry import CRITERIA, load_criteria, parameters_of
from galbar.lengths.preparation import scale_map, smooth_positive

COMMON_KEYS = ("criterion", "kind", "xinput", "smoothing")
"""Keys that settings of every criterion have."""


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
    NOT_STORED = 9

    @property
    def text(self):
        """Return the meaning in words, as written into tables."""
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
    # What a reader finds where nothing was written, or a file that is shown cannot be opened.
    Flag.NOT_STORED: "not stored",
}


def setting_keys(criteria=()):
    """Return the keys of a setting: the common ones, then the parameters of all criteria.

    `criteria` are a user's own beside those of galbar, see `load_criteria`.
    """
    return COMMON_KEYS + tuple(parameters_of({**CRITERIA, **load_criteria(criteria)}))


def list_settings(
    criteria: Sequence[str | dict | Criterion],
    kinds: Sequence[str],
    xinput: Sequence[bool],
    smoothing: Sequence[float],
    **grids: Sequence[float],
) -> list[dict]:
    """Return all valid combinations of the values, as settings.

    Parameters
    ----------
    criteria : sequence of str, dict or Criterion, see `load_criteria`
    kinds : sequence of str, some of `galbar.attribution.heatmap_files.KINDS`
    xinput : sequence of bool, whether the map is multiplied by the grey-scale image
    smoothing : sequence of float, standard deviations of the Gaussian [pixel of the map]
    **grids : sequence of float or int, values of each of the criteria's parameters; or of others

    Returns
    -------
    list of dict of plain Python values, ready for JSON

    Raises
    ------
    ValueError
        If a criterion or kind is unknown, or a list that a criterion needs is missing or empty.
    """
    criteria = load_criteria(criteria)
    for kind in kinds:
        if kind not in KINDS:
            raise ValueError(f"kinds holds {kind!r}, expected some of {', '.join(KINDS)}")
    known_parameters = parameters_of({**CRITERIA, **criteria})
    settings = []
    for criterion in criteria.values():
        grid = {"kind": kinds, "xinput": xinput, "smoothing": smoothing}
        grid |= {
            parameter.name: grids.get(parameter.name, ()) for parameter in criterion.parameters
        }
        for key, values in grid.items():
            if len(values) == 0:
                raise ValueError(
                    f"{key} is empty, but the criterion {criterion.name} needs a value"
                )
        for values in product(*grid.values()):
            chosen = dict(zip(grid, values, strict=True))
            settings.append(
                _plain_setting({"criterion": criterion.name, **chosen}, known_parameters)
            )
    return settings


def complete_settings(entries, criteria=()):
    """Give settings the keys of all criteria and their types, as `list_settings` does.

    Parameters
    ----------
    entries : list of dict
        As in ``heatmaps.watched_lengths``: all keys, None where a criterion has no such parameter.
    criteria : sequence of str, dict or Criterion, a user's own, see `load_criteria`
    """
    own = load_criteria(criteria)
    settings = []
    for entry in entries:
        lists = {key: [] if value is None else [value] for key, value in entry.items()}
        name, kinds = entry["criterion"], lists.pop("kind")
        del lists["criterion"]
        settings += list_settings([own.get(name, name)], kinds, **lists)
    return settings


def _plain_setting(values, parameters):
    """Fill in all keys of a setting, each of one type, so that equal settings compare equal."""
    types = {"criterion": str, "kind": str, "xinput": bool, "smoothing": float}
    types |= {name: parameter.kind for name, parameter in parameters.items()}
    return {key: kind(values[key]) if key in values else None for key, kind in types.items()}


class Measurement(NamedTuple):
    """What all settings measure on one galaxy: arrays (s,).

    Attributes
    ----------
    length : ndarray of float64
        Largest distance between two pixels of the mask [pixel of the 424 px image]. NaN where
        unmeasurable.
    flag : ndarray of uint8, codes of `Flag`
    angle : ndarray of float64
        Position angle of the mask's long axis, from +x towards +y [deg], in [0, 180). NaN where it
        has none.
    axis_ratio : ndarray of float64
        Short over long axis of the mask, see `galbar.lengths.geometry.axis_ratio_of`. NaN where
        unmeasurable.
    """

    length: np.ndarray
    flag: np.ndarray
    angle: np.ndarray
    axis_ratio: np.ndarray


class _Batch(NamedTuple):
    """Settings of one criterion on one prepared map, and the rows at which they stand."""

    criterion: Criterion
    rows: np.ndarray
    settings: list


def _batch_settings(settings, criteria):
    """Group settings by the map that they need, and by criterion.

    Returns pairs: one setting that stands for all of the same prepared map, and its list of
    `_Batch`.
    """
    known_criteria = {**CRITERIA, **load_criteria(criteria)}
    groups = defaultdict(lambda: defaultdict(list))
    for row, setting in enumerate(settings):
        groups[_map_key(setting, known_criteria)][setting["criterion"]].append(row)
    batches = []
    for rows_of_criterion in groups.values():
        batch = [
            _Batch(known_criteria[name], np.array(rows), [settings[row] for row in rows])
            for name, rows in rows_of_criterion.items()
        ]
        batches.append((batch[0].settings[0], batch))
    return batches


def _map_key(setting, criteria):
    """Return a key that is equal for settings that share a prepared map."""
    # Only the product with the image is prepared differently for the published criterion.
    published = setting["xinput"] and not criteria[setting["criterion"]].renormalise
    return setting["kind"], setting["smoothing"], setting["xinput"], published


class _Galaxy:
    """Heat maps and image of one galaxy; maps that several settings need are smoothed once."""

    def __init__(self, heatmaps, grey):
        self.heatmaps = heatmaps
        self.grey = grey
        self._smoothed = {}

    def prepare(self, setting, renormalise):
        """Prepare the map of one setting; None, with a flag that says why, if it is unusable.

        Returns ``values``, (ny, nx) of float64 or None, and a `Flag`.
        """
        kind, grey = setting["kind"], self.grey if setting["xinput"] else None
        if kind not in self.heatmaps:
            kinds_present = ", ".join(self.heatmaps) or "none"
            raise ValueError(f"there is no heat map of the kind {kind!r}, found {kinds_present}")
        if setting["xinput"] and grey is None:
            raise ValueError("a setting with xinput needs the image, found none")
        values = scale_map(self._smooth(kind, setting["smoothing"]), grey, renormalise)
        if not np.isnan(values).any():
            return values, Flag.OK
        finite = np.isfinite(self.heatmaps[kind]).all()
        finite = finite and (grey is None or np.isfinite(grey).all())
        return None, Flag.FLAT_MAP if finite else Flag.NON_FINITE_MAP

    def _smooth(self, kind, smoothing):
        if (kind, smoothing) not in self._smoothed:
            self._smoothed[kind, smoothing] = smooth_positive(self.heatmaps[kind], kind, smoothing)
        return self._smoothed[kind, smoothing]


def _flag_of(mask):
    """Return the flag of a mask."""
    if len(mask) == 0:
        return Flag.EMPTY_MASK
    if len(mask) == 1:
        return Flag.SINGLE_PIXEL
    return Flag.OK if mask.stopped else Flag.NO_STOP


def measure_map(heatmaps, settings, pixel_scale, grey=None, criteria=()):
    """Measure one galaxy with every setting.

    Parameters
    ----------
    heatmaps : dict of str to ndarray, shape (ny, nx), float
        Heat map of each kind that the settings name, as stored (not normalised).
    settings : sequence of dict, see `list_settings`
    pixel_scale : float, pixels of the 424 px image per pixel of the map
    grey : ndarray, shape (ny, nx), float, optional
        Grey-scale image that the network saw, 0 to 1; needed by settings with ``xinput``.
    criteria : sequence of str, dict or Criterion
        A user's own that the settings name, see `load_criteria`.

    Returns
    -------
    Measurement

    Raises
    ------
    ValueError : if a kind or the image is missing, or shapes differ
    """
    batches = _batch_settings(settings, criteria)
    return _measure(heatmaps, batches, len(settings), pixel_scale, grey)


def _measure(heatmaps, batches, count, pixel_scale, grey):
    """Measure one galaxy as `measure_map` does, with ``count`` settings sorted into batches."""
    length = np.full(count, np.nan)
    flag = np.zeros(count, dtype=np.uint8)
    angle, axis_ratio = np.full(count, np.nan), np.full(count, np.nan)
    galaxy = _Galaxy(heatmaps, grey)
    for setting, batches_of_map in batches:
        values, unusable = galaxy.prepare(setting, batches_of_map[0].criterion.renormalise)
        prepared = None if values is None else PreparedMap(values)
        for part in batches_of_map:
            if prepared is None:
                flag[part.rows] = unusable
                continue
            masks_of_criterion = part.criterion.isolate(prepared, part.settings)
            masks = [Mask.of(mask, values.shape) for mask in masks_of_criterion]
            length[part.rows] = [mask.length for mask in masks]
            flag[part.rows] = [_flag_of(mask) for mask in masks]
            angle[part.rows] = [mask.angle for mask in masks]
            axis_ratio[part.rows] = [mask.axis_ratio for mask in masks]
    return Measurement(length * pixel_scale, flag, angle, axis_ratio)


def length_function(settings, pixel_scale, criteria=()):
    """Return a function of (heatmaps, grey) that measures lengths (s,) with fixed settings.

    All that they need, and the unit, is as for `measure_map`.
    """
    batches = _batch_settings(settings, criteria)

    def measure(heatmaps, grey):
        return _measure(heatmaps, batches, len(settings), pixel_scale, grey).length

    return measure


def measure_stack(heatmaps, settings, pixel_scale, greys=None, criteria=()):
    """Measure galaxy after galaxy; only one of them is in memory.

    Parameters
    ----------
    heatmaps : iterable of dict of str to ndarray, shape (ny, nx), float
        Heat maps of each galaxy by kind, such as an open
        `galbar.attribution.heatmap_files.Heatmaps`.
    greys : iterable of ndarray, shape (ny, nx), optional
        Grey-scale image of each galaxy in the same order, read as it is asked for.
    settings, pixel_scale, criteria : see `measure_map`, also for the errors

    Yields
    ------
    Measurement, of one galaxy

    Raises
    ------
    ValueError : if there are more images than heat maps or fewer
    """
    if greys is None:
        pairs = ((maps, None) for maps in heatmaps)
    else:
        pairs = zip(heatmaps, greys, strict=True)
    _keep_freed_memory()
    batches = _batch_settings(settings, criteria)
    for maps, grey in pairs:
        yield _measure(maps, batches, len(settings), pixel_scale, grey)


def _keep_freed_memory():
    """Make glibc keep freed memory, so that the memory of one galaxy serves the next.

    glibc keeps what is freed up to the size of the largest block freed so far (mallopt(3), "dynamic
    mmap threshold"). The rest goes back to the system after every galaxy and is cleared again for
    the next one: 10 to 30 % of the time of measuring at 224 px. Elsewhere this does nothing.
    """
    np.empty(16_000_000, dtype=np.uint8)


def find_mask(heatmaps, setting, grey=None, criteria=()):
    """Find the mask of the bar with one setting, for figures.

    Parameters
    ----------
    heatmaps, grey, criteria : see `measure_map`, also for the errors
    setting : dict

    Returns
    -------
    values : ndarray, shape (ny, nx), float64
        The map that was masked, see `preparation.prepare_map`; NaN where there is none.
    mask : ndarray, shape (ny, nx), bool
        Pixels between which the length is measured; all False where there are none.
    """
    criterion = {**CRITERIA, **load_criteria(criteria)}[setting["criterion"]]
    values, _ = _Galaxy(heatmaps, grey).prepare(setting, criterion.renormalise)
    shape = np.shape(heatmaps[setting["kind"]])
    mask = np.zeros(shape, dtype=bool)
    if values is None:
        return np.full(shape, np.nan), mask
    (mask_of_criterion,) = criterion.isolate(PreparedMap(values), [setting])
    pixels = Mask.of(mask_of_criterion, shape)
    mask[pixels.y, pixels.x] = True
    return values, mask
