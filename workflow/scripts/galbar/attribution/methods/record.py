"""What is known of an attribution method before TensorFlow is imported."""

import importlib
from dataclasses import dataclass

NEUTRAL = {
    "jitter": 0,
    "symmetries": False,
    "antithetic": False,
    "precision": "float32",
    "watched_lengths": [],
}
"""Keys of ``heatmaps`` that a method need not honour -> value that asks for nothing.

Each has to be honoured by one of the methods of a run; see `contradictions`.
"""

# The network comes in the precision; watched lengths need sums over groups of samples, see
# `galbar.attribution.monte_carlo_error`. The constructor takes neither.
_OUTSIDE = ("precision", "watched_lengths")


@dataclass(frozen=True)
class AttributionMethod:
    """A way to compute heat maps; ``name`` has lower-case letters, digits and underscores only.

    ``constructor`` is "module:name" of what makes, of a network with one linear output, ``kinds``
    and settings by name, a function like `galbar.attribution.smoothgrad.SmoothGrad`: the same bits
    for a galaxy, whatever came before. ``kinds`` include "absolute". ``settings``: honoured keys of
    ``heatmaps``, and ``seed`` if random; with ``smooth_noise`` there is a set for each level.
    """

    name: str
    label: str
    description: str
    constructor: str
    kinds: tuple[str, ...]
    settings: tuple[str, ...] = ()

    @property
    def has_noise(self):
        """Return whether there is a set of heat maps for each level of noise."""
        return "smooth_noise" in self.settings

    def select(self, settings):
        """Return those of some settings (keys of ``heatmaps``) that the method honours.

        Of ``kinds`` those that the method has.
        """
        honoured = {key: value for key, value in settings.items() if key in self.settings}
        if "kinds" not in settings:
            return honoured
        return {"kinds": [kind for kind in settings["kinds"] if kind in self.kinds], **honoured}

    def make(self, network, **settings):
        """Make the method, a function of (canvas, galaxy_id), for one network; needs TensorFlow.

        ``network`` is of `galbar.networks.linear_output.load_for_saliency`, ``settings`` are
        ``kinds``, ``seed``, ``smooth_noise`` (one level) and the other keys of ``heatmaps``; those
        that the method does not honour play no role. ValueError if it lacks what is asked for, or
        on a value out of range. A method that copies the network has ``update_weights``, see
        `galbar.attribution.compute.update_weights`.
        """
        problems = contradictions([self], settings)
        if problems:
            raise ValueError("; ".join(problems))
        module, _, name = self.constructor.partition(":")
        constructor = getattr(importlib.import_module(module), name)
        taken = [key for key in ("kinds", *self.settings) if key not in _OUTSIDE]
        return constructor(network, **{key: settings[key] for key in taken if key in settings})


def contradictions(methods, settings, key="heatmaps"):
    """List, a line each, which settings none of some methods has.

    Parameters
    ----------
    methods : sequence of AttributionMethod, at least one
    settings : dict, keys of the section ``key``; kinds and those of `NEUTRAL` are looked at
    key : str, for the messages

    Returns
    -------
    list of str
    """
    names = ", ".join(method.name for method in methods)
    lack = f"{names} has no other" if len(methods) == 1 else f"none of {names} has another"
    kinds = list(dict.fromkeys(kind for method in methods for kind in method.kinds))
    problems = [
        f"{key}.kinds: found {kind}, expected some of {', '.join(kinds)}: {lack}"
        for kind in settings.get("kinds", ())
        if kind not in kinds
    ]
    for name, neutral in NEUTRAL.items():
        value = settings.get(name, neutral)
        if value != neutral and not any(name in method.settings for method in methods):
            problems.append(f"{key}.{name}: found {value}, expected {neutral}: {lack}")
    return problems
