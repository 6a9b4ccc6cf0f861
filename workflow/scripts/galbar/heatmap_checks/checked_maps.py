"""The heat maps that are checked, of one network by one method, and the columns of the checks."""

from dataclasses import dataclass

from galbar.attribution.methods.map_sets import MapSet
from galbar.heatmap_checks.check_maps import CheckMaps
from galbar.scores.estimators import describe_setting

CHECK_COLUMNS = (
    "check",
    "model",
    "attribution",
    "smooth_noise",
    "kind",
    "xinput",
    "map",
    "altered",
    "measure",
    "value",
    "low",
    "high",
    "n",
    "lost",
    "lost_low",
    "lost_high",
    "setting",
)
"""Columns of ``results/heatmap_checks.csv``; those of an interval are of `intervals.Resamples`.

``map`` is "heat map" or the name of a control; ``lost`` is what the heat maps as they are have more
than the row has.
"""

HEATMAP = "heat map"
"""Name, in the column ``map``, of what the network's method made."""


@dataclass(frozen=True)
class CheckedMaps:
    """The heat maps of one network by one method, on the galaxies of the checks.

    Attributes
    ----------
    model : str
    map_set : MapSet
    trained : dict of str to ndarray, shape (n, ny, nx), by kind, as stored
    settings : dict, (kind, xinput) -> choice, see `galbar.heatmap_checks.settings.best_settings`
    checked : CheckMaps; None for an average of networks
    criteria : sequence, a user's own, see `galbar.lengths.criteria.registry.load_criteria`
    """

    model: str
    map_set: MapSet
    trained: dict
    settings: dict
    checked: CheckMaps | None
    criteria: tuple = ()

    def named(self, check, kind, xinput=None, setting=None):
        """Return the columns that name a row."""
        return {
            "check": check,
            "model": self.model,
            **self.map_set._asdict(),
            "kind": kind,
            "xinput": xinput,
            "map": HEATMAP,
            "altered": "",
            "setting": describe_setting(setting) if setting else "",
        }
