"""What a criterion must keep to, tried on small maps before any job runs."""

import itertools

import numpy as np

from galbar.lengths.criteria.prepared_map import PreparedMap
from galbar.lengths.criteria.record import Mask


def check_contract(criterion, path, grids=None):
    """Raise an error unless a criterion gives masks, reproducibly, and keeps its input.

    Tried on a bar, on noise and on a map with one bright pixel, with every combination of values.

    Parameters
    ----------
    criterion : Criterion
    path : str, where it is from, for the message: the user's file
    grids : dict of str to sequence, optional, values of each parameter; default: the record's

    Raises
    ------
    ValueError : says on which map, with which setting, what was found and what is expected
    """
    names = [parameter.name for parameter in criterion.parameters]
    lists = [
        parameter.grid if grids is None else grids[parameter.name]
        for parameter in criterion.parameters
    ]
    settings = [dict(zip(names, values, strict=True)) for values in itertools.product(*lists)]
    for title, values in _example_maps().items():
        before = values.copy()
        try:
            masks = [_masks_of(criterion, values, settings) for _ in range(2)]
        except Exception as error:
            raise ValueError(
                f"{path}: criterion {criterion.name} fails on {title} with "
                f"{type(error).__name__}: {error}"
            ) from error
        if not np.array_equal(values, before):
            raise ValueError(
                f"{path}: criterion {criterion.name} changes the map that it is given ({title}), "
                "expected it to stay as it is"
            )
        _compare(criterion, path, title, settings, *masks)


def _masks_of(criterion, values, settings):
    """Return the sorted pixels of each setting's mask, and whether its scan stopped."""
    ny, nx = values.shape
    masks = []
    for mask_of_criterion in criterion.isolate(PreparedMap(values), settings):
        mask = Mask.of(mask_of_criterion, values.shape)
        for name, axis in (("x", mask.x), ("y", mask.y)):
            if not np.issubdtype(np.asarray(axis).dtype, np.integer):
                raise ValueError(f"a mask's {name} is {np.asarray(axis).dtype}, expected integers")
        pixels = sorted(zip(mask.y.tolist(), mask.x.tolist(), strict=True))
        for y, x in pixels:
            if not (0 <= x < nx and 0 <= y < ny):
                raise ValueError(
                    f"a mask holds the pixel x {x}, y {y}, expected columns 0 to {nx - 1} and "
                    f"rows 0 to {ny - 1}"
                )
        if len(set(pixels)) < len(pixels):
            raise ValueError("a mask holds a pixel twice, expected each pixel once")
        if len(pixels) > 1 and not np.isfinite(mask.length):
            raise ValueError(f"a mask of {len(pixels)} pixels has the length {mask.length}")
        masks.append((pixels, mask.stopped))
    return masks


def _compare(criterion, path, title, settings, first, second):
    """Raise ValueError unless there is one mask per setting, the same in both attempts."""
    if len(first) != len(settings):
        raise ValueError(
            f"{path}: criterion {criterion.name} gives {len(first)} masks for {len(settings)} "
            f"settings ({title}), expected one for each"
        )
    for setting, *masks in zip(settings, first, second, strict=True):
        if masks[0] != masks[1]:
            raise ValueError(
                f"{path}: criterion {criterion.name} gives another mask for the same map "
                f"({title}) and setting {setting}, expected the same: draw no random numbers"
            )


def _example_maps():
    """Return named example maps of 24 x 20 px, from 0 to 1."""
    y, x = np.mgrid[:24, :20] - np.array([11.5, 9.5])[:, np.newaxis, np.newaxis]
    bar = np.exp(-0.5 * ((x + 0.5 * y) / 2) ** 2 - 0.5 * ((y - 0.5 * x) / 6) ** 2)
    noise = np.random.default_rng(1).random((24, 20))
    point = np.zeros((24, 20))
    point[3, 4] = 1
    maps = {"a map of a bar": bar, "a map of noise": noise, "a map with one bright pixel": point}
    return {title: (values - values.min()) / np.ptp(values) for title, values in maps.items()}
