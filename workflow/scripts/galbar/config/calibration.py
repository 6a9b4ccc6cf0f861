"""Keys on the calibrated length: which lengths it is made of."""

from typing import Annotated

from pydantic import Field

from galbar.attribution.methods.registry import METHODS
from galbar.config.section import EACH_ONCE, Section


class Calibration(Section):
    """What the calibrated length is made of.

    Catalogues of your own have no other heat maps and lengths computed. Fewer cost less per galaxy;
    docs/performance.md shows what they lose.
    """

    models: Annotated[list[str], *EACH_ONCE] = Field(
        [], description="names of networks, of those used; empty means all"
    )
    methods: Annotated[list[str], *EACH_ONCE] = Field(
        [], description="attribution methods, of heatmaps.methods; empty means all"
    )
    smooth_noise: Annotated[list[float], *EACH_ONCE] = Field(
        [], description="levels of noise, of heatmaps.smooth_noise; empty means all"
    )
    kinds: Annotated[list[str], *EACH_ONCE] = Field(
        [], description="kinds of heat maps, of heatmaps.kinds; empty means all"
    )
    criteria: Annotated[list[str], *EACH_ONCE] = Field(
        [], description="names of mask criteria, of lengths.criteria; empty means all"
    )
    xinput: Annotated[list[bool], *EACH_ONCE] = Field(
        [],
        description="of lengths.xinput, whether maps are multiplied by the image; empty means all",
    )
    smoothing: Annotated[list[float], *EACH_ONCE] = Field(
        [], description="of lengths.smoothing [pixel of the network]; empty means all"
    )
    looks: int = Field(
        0,
        ge=0,
        le=4,
        description="how often each galaxy of the calibration is measured again with its colours "
        "changed as in trainings (augmentation)",
    )

    def problems_with(self, models, heatmaps, lengths):
        """List the values that are not among those of the rest of the configuration.

        `heatmaps` and `lengths` are its sections of these names.
        """
        offered = {
            "models": ("the networks used", models),
            "methods": ("heatmaps.methods", heatmaps.methods),
            "smooth_noise": ("heatmaps.smooth_noise", heatmaps.smooth_noise),
            "kinds": ("heatmaps.kinds", heatmaps.kinds),
            "criteria": (
                "lengths.criteria",
                [getattr(entry, "name", entry) for entry in lengths.criteria],
            ),
            "xinput": ("lengths.xinput", lengths.xinput),
            "smoothing": ("lengths.smoothing", lengths.smoothing),
        }
        problems = [
            f"calibration.{key}: found {value!r}, expected one of {', '.join(map(str, values))} "
            f"({source})"
            for key, (source, values) in offered.items()
            for value in getattr(self, key)
            if value not in values
        ]
        return problems or self._check_kinds(heatmaps)

    def _check_kinds(self, heatmaps):
        """Check that one of the selected methods has one of the selected kinds."""
        methods, kinds = self.methods or heatmaps.methods, self.kinds or heatmaps.kinds
        if any(kind in METHODS[name].kinds for name in methods for kind in kinds):
            return []
        return [
            f"calibration.kinds: found {', '.join(kinds)}, expected a kind of heat map that one of "
            f"the methods has: {', '.join(methods)} (calibration.methods)"
        ]
