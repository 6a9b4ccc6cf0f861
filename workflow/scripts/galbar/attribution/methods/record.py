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
"""Keys of ``heatmaps`` that a method need not honour -> value that asks for nothing."""

# The network comes in the precision; watched lengths need sums over groups of samples, see
# `galbar.attribution.monte_carlo_error`. The constructor takes neither.
_OUTSIDE = ("precision", "watched_lengths")


@dataclass(frozen=True)
class AttributionMethod:
    """A way to compute heat maps.

    Attributes
    ----------
    name : str
        Name in the configuration, in paths and in tables: lower-case letters, digits, underscores.
    label : str
        Name in figures.
    description : str
        What it is, in a line.
    constructor : str
        "module:name" of what makes it: called with a network (one linear output), and with
        ``kinds`` and `settings` by name. It returns a function of (canvas, galaxy_id), see
        `galbar.attribution.smoothgrad.SmoothGrad`: a dict, kind -> map (ny, nx), float32, not
        normalised. The same galaxy must give the same bits, whatever was computed before.
    kinds : tuple of str
        Kinds that it has, of `galbar.attribution.heatmap_files.KINDS`; "absolute" among them.
    settings : tuple of str
        Keys of ``heatmaps`` that it honours, and ``seed`` if it draws random numbers. With
        ``smooth_noise`` there is a set of heat maps for each level of noise, without it only one.
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

    def contradictions(self, settings, key="heatmaps"):
        """List the settings that ask for what the method does not have.

        Parameters
        ----------
        settings : dict
            Keys of ``heatmaps``.
        key : str
            Of the section, for the messages.

        Returns
        -------
        list of str
            One line per problem.
        """
        problems = []
        if not set(settings.get("kinds", ())) <= set(self.kinds):
            problems.append(
                f"{key}.kinds: found {list(settings['kinds'])}, expected some of "
                f"{list(self.kinds)}: {self.name} has no other"
            )
        for name, neutral in NEUTRAL.items():
            value = settings.get(name, neutral)
            if name not in self.settings and value != neutral:
                problems.append(
                    f"{key}.{name}: found {value}, expected {neutral}: {self.name} has no other"
                )
        return problems

    def make(self, network, **settings):
        """Make the method for one network; needs TensorFlow.

        Parameters
        ----------
        network : keras.Model
            See `galbar.networks.linear_output.load_for_saliency`.
        **settings
            ``kinds``, ``seed``, ``smooth_noise`` (one level) and the other keys of ``heatmaps``;
            those that the method does not honour play no role.

        Returns
        -------
        callable
            Of (canvas, galaxy_id), see the constructor.

        Raises
        ------
        ValueError
            If something is asked for that the method does not have, or is out of range.
        """
        problems = self.contradictions(settings)
        if problems:
            raise ValueError("; ".join(problems))
        module, _, name = self.constructor.partition(":")
        constructor = getattr(importlib.import_module(module), name)
        taken = [key for key in ("kinds", *self.settings) if key not in _OUTSIDE]
        return constructor(network, **{key: settings[key] for key in taken if key in settings})
