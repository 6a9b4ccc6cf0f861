"""What a mask criterion is: its name, its parameters and the function that finds its masks."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from galbar.lengths.geometry import axis_angle, axis_ratio_of, largest_distance, second_moments


@dataclass(frozen=True)
class Parameter:
    """A number that a criterion takes, and a key of ``lengths`` in the configuration.

    Criteria that share a parameter name the same object.

    Attributes
    ----------
    name : str, the key; the configuration gives it a list of values, each of which is tried
    description : str, what the criterion does with it, with the unit in brackets
    grid : tuple of float or int, the values tried unless the configuration names others
    kind : type, float or int
    above, at_least, below, at_most : float, optional, range of a value
    """

    name: str
    description: str
    grid: tuple
    kind: type = float
    above: float | None = None
    at_least: float | None = None
    below: float | None = None
    at_most: float | None = None


@dataclass(frozen=True)
class Criterion:
    """A way to isolate the bar in a prepared heat map.

    Attributes
    ----------
    name : str, name in the configuration and in the column ``criterion`` of tables
    description : str, what it takes for the bar, in a line
    parameters : tuple of Parameter, in the order in which their grids are combined
    isolate : callable
        Of a `PreparedMap` and a list of settings (dict: parameter -> value); returns or yields for
        each setting a `Mask` or a boolean array of the map's shape. It must give the same masks
        for the same map, and must not change the map.
    renormalise : bool
        Whether a map that was multiplied by the image is scaled to 0 to 1 again before it is
        masked. False is the published order (`galbar.lengths.preparation.prepare_map`).
    """

    name: str
    description: str
    parameters: tuple[Parameter, ...]
    isolate: Callable
    renormalise: bool = True


class Mask:
    """Pixels that a criterion takes for the bar.

    Parameters
    ----------
    x, y : ndarray, shape (k,), int, column and row of each pixel
    stopped : bool
        False where a scan over thresholds came to its end without anything that stopped it.
    """

    def __init__(self, x, y, stopped=True):
        self.x, self.y, self.stopped = x, y, stopped

    @classmethod
    def of(cls, mask, shape):
        """Return a mask as it is, or that of a boolean array of `shape` (ny, nx).

        Raises ValueError if it is neither.
        """
        if isinstance(mask, cls):
            return mask
        mask = np.asarray(mask)
        if mask.dtype != bool or mask.shape != tuple(shape):
            raise ValueError(
                f"a mask is {mask.dtype} of the shape {mask.shape}, expected bool of the "
                f"map's shape {tuple(shape)}"
            )
        y, x = np.nonzero(mask)
        return cls(x, y)

    def __len__(self):
        return len(self.x)

    @cached_property
    def length(self):
        """Return the largest distance between two pixels [pixel of the map]; NaN below two."""
        return largest_distance(self.x, self.y)

    @cached_property
    def angle(self):
        """Return the position angle of the long axis [deg], from `axis_angle`."""
        return axis_angle(*self._moments)

    @cached_property
    def axis_ratio(self):
        """Return the short over the long axis, from `axis_ratio_of`."""
        return axis_ratio_of(len(self), *self._moments)

    @cached_property
    def _moments(self):
        return second_moments(self.x, self.y)
