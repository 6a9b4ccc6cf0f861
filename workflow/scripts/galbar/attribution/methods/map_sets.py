"""Sets of heat maps: one per attribution method and level of noise, with a name in paths."""

import re
from typing import NamedTuple

from galbar.attribution.methods.registry import METHODS

# The method that paths do not name.
_UNNAMED = "smoothgrad"
_NOISY = re.compile(r"(?:([a-z]\w*)_)?noise(\d[\d.e+-]*)")
_QUIET = re.compile(r"[a-z]\w*")


class MapSet(NamedTuple):
    """The heat maps by one method at one level of noise.

    Attributes
    ----------
    attribution : str, name in `galbar.attribution.methods.registry`
    smooth_noise : float or None
        Standard deviation of the noise over (max - min) of the image; None for methods without.
    """

    attribution: str
    smooth_noise: float | None

    @classmethod
    def parse(cls, name):
        """Read a set's name in paths: "noise0.1" (SmoothGrad), "{method}_noise0.1", "{method}"."""
        noisy = _NOISY.fullmatch(name)
        if noisy:
            return cls(noisy[1] or _UNNAMED, float(noisy[2]))
        if _QUIET.fullmatch(name):
            return cls(name, None)
        raise ValueError(
            f"a set of heat maps is called {name!r}, expected noise0.1, say, or the name of an "
            "attribution method, with _noise0.1 if it has noise"
        )

    @classmethod
    def of(cls, values):
        """Return the set of heat maps named by a row of a table, attributes of a file, or a choice.

        ``smooth_noise`` is NaN or None without noise; a missing ``attribution`` is SmoothGrad.
        """
        noise = values["smooth_noise"]
        # NaN is not equal to itself.
        noise = None if noise is None or noise != noise else float(noise)
        return cls(str(values["attribution"]), noise)

    @property
    def name(self):
        """Return the name in paths, which `parse` reads."""
        if self.smooth_noise is None:
            return self.attribution
        prefix = "" if self.attribution == _UNNAMED else f"{self.attribution}_"
        return f"{prefix}noise{self.smooth_noise:g}"

    @property
    def label(self):
        """Return the name in figures and texts; SmoothGrad, the published method, is not named."""
        phrases = []
        if self.attribution != _UNNAMED or self.smooth_noise is None:
            method = METHODS.get(self.attribution)
            phrases.append(method.label if method else self.attribution)
        if self.smooth_noise is not None:
            phrases.append(f"noise {self.smooth_noise:g}")
        return ", ".join(phrases)


def list_map_sets(methods, noises):
    """List the sets of heat maps of a configuration.

    Parameters
    ----------
    methods : sequence of str, ``heatmaps.methods``
    noises : sequence of float, ``heatmaps.smooth_noise``

    Returns
    -------
    list of MapSet, method by method, each at every level of noise, or once if it has none
    """
    return [
        MapSet(name, noise)
        for name in methods
        for noise in (noises if METHODS[name].has_noise else [None])
    ]
