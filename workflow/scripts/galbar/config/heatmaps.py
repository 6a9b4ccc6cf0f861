"""Keys on heat maps."""

from typing import Annotated, Literal

from pydantic import Field, create_model

from galbar.attribution.half_sampling import SUMMED_KINDS, group_size
from galbar.attribution.heatmap_files import KINDS
from galbar.attribution.methods.map_sets import MapSet
from galbar.attribution.methods.record import NEUTRAL, contradictions
from galbar.attribution.methods.registry import METHODS
from galbar.catalogues.decision_tree import VOTE_COLUMNS
from galbar.config.lengths import watched_section
from galbar.config.section import EACH_ONCE, Section


class _Heatmaps(Section):
    """Heat maps: which pixels of an image the vote of a network depends on."""

    methods: Annotated[list[Literal[tuple(METHODS)]], *EACH_ONCE] = Field(
        ["smoothgrad"],
        min_length=1,
        description="attribution methods, each of which makes maps of its own: "
        + "; ".join(f"{name} ({one.description})" for name, one in METHODS.items())
        + ". Class heat maps are made by the first",
    )
    output: str = Field(
        "Class3.1", description='vote column whose gradient is taken (Class3.1 is "bar")'
    )
    against: str | None = Field(
        None,
        description="contrast class: vote column that is subtracted before the gradient is taken, "
        'both without the sigmoid; null is published. Class3.2 ("no bar") leaves what tells a bar '
        "from none, without what makes a volunteer see a disc with features at all",
    )
    smooth_samples: int = Field(256, ge=1, description="noisy copies per image")
    smooth_noise: Annotated[list[Annotated[float, Field(ge=0, le=10)]], *EACH_ONCE] = Field(
        [0.1],
        min_length=1,
        description="noise levels, standard deviation over the image's (maximum - minimum); each "
        "is a set of heat maps of its own",
    )
    kinds: Annotated[list[Literal[tuple(KINDS)]], *EACH_ONCE] = Field(
        ["absolute"],
        min_length=1,
        description="absolute (published; mean of the absolute gradient), signed (mean gradient), "
        "gradient_input (mean gradient times image), variance (of the gradient between samples, "
        "VarGrad) or squared (mean of its square, SquareGrad). Of each method those that it has; "
        "all have absolute (docs/attribution.md)",
    )
    batch_size: Annotated[int, Field(ge=1)] | Literal["auto"] = Field(
        16,
        description="samples per pass; part of the definition of a map, since sums round. auto: "
        "as many as the memory of the device holds, decided once per network (on a CPU at most "
        "16)",
    )
    precision: Literal["float32", "bfloat16"] = Field(
        "float32",
        description="float32 (published) or bfloat16, which is faster on devices that have it. "
        "bfloat16 is used where it gives the same maps (correlation 0.999 or more) and lengths "
        "(within 1 px) for the first galaxies, else float32, and the log says so",
    )
    precision_galaxies: int = Field(
        3,
        ge=1,
        description="galaxies of the catalogue of Hoyle et al. on which bfloat16 is compared with "
        "float32",
    )
    antithetic: bool = Field(
        False,
        description="whether samples come in pairs of opposite noise, which halves the variance "
        "of a map; false is published",
    )
    jitter: int = Field(
        0,
        ge=0,
        le=64,
        description="largest shift of the network's window between samples [pixel of the "
        "network]; 0 is published. It averages out the checkerboard of strided convolutions",
    )
    symmetries: bool = Field(
        False,
        description="whether the samples go through the eight orientations of the image; false is "
        "published. It averages out what differs between orientations, which is the network's and "
        "not the galaxy's",
    )
    integration_steps: int = Field(
        32, ge=1, description="points of the path of integrated_gradients"
    )
    occlusion_patch: int = Field(
        16,
        ge=1,
        description="side of the patches that occlusion replaces [pixel of the network]",
    )
    occlusion_stride: int = Field(
        8,
        ge=1,
        description="step from patch to patch of occlusion, at most occlusion_patch [pixel of the "
        "network]",
    )
    baseline_blur: float = Field(
        4,
        gt=0,
        description="standard deviation of the Gaussian of the blurred image that "
        "integrated_gradients and occlusion compare the image with [pixel of the network]",
    )
    galaxies_per_job: int = Field(
        10000,
        ge=1,
        description="most galaxies per job; a larger catalogue is split into shards of equal "
        "size. Maps do not depend on it",
    )
    keep: bool = Field(
        True,
        description="whether heat maps stay; false deletes each file as soon as lengths and "
        "figures are made of it (a million maps of 224 px are 200 GB, per network, run and noise "
        "level). Another look at a figure of single galaxies, or another check of the maps, then "
        "computes them again",
    )
    class_columns: Annotated[list[str], *EACH_ONCE] = Field(
        ["Class3.1", "Class5.3", "Class11.3"],
        min_length=1,
        description="vote columns of the class heat maps in the figures",
    )

    def contradictions(self, key):
        """List contradictions of vote columns, samples and attribution methods."""
        return [
            *self._check_columns(key),
            *self._check_methods(key),
            *self._check_samples(key),
            *self._check_noise(key),
        ]

    def _check_noise(self, key):
        """Check that each level of noise has a name of its own in paths."""
        names = {}
        for noise in self.smooth_noise:
            names.setdefault(MapSet("smoothgrad", noise).name, []).append(noise)
        return [
            f"{key}.smooth_noise: found {' and '.join(map(repr, same))}, expected values that "
            f"differ in their first six digits: both are called {name}"
            for name, same in names.items()
            if len(same) > 1
        ]

    def _check_columns(self, key):
        columns = [("output", self.output), ("against", self.against)]
        columns += [("class_columns", column) for column in self.class_columns]
        problems = [
            f"{key}.{name}: found {column!r}, expected a vote column ({VOTE_COLUMNS[0]} to "
            f"{VOTE_COLUMNS[-1]})"
            for name, column in columns
            if column not in VOTE_COLUMNS and (name, column) != ("against", None)
        ]
        if self.against == self.output:
            problems.append(
                f"{key}.against: found {self.against!r}, expected another column than "
                f"{key}.output: the difference is zero"
            )
        if "absolute" not in self.kinds:
            problems.append(f"{key}.kinds: found {self.kinds}, expected absolute among them")
        return problems

    def _check_methods(self, key):
        """Check that each kind and each setting is honoured by one of the methods."""
        settings = {name: getattr(self, name) for name in ("kinds", *NEUTRAL)}
        problems = contradictions([METHODS[name] for name in self.methods], settings, key)
        if self.occlusion_stride > self.occlusion_patch:
            problems.append(
                f"{key}.occlusion_stride: found {self.occlusion_stride}, expected at most "
                f"{key}.occlusion_patch, {self.occlusion_patch}: pixels between patches have no "
                "value"
            )
        return problems

    def _check_samples(self, key):
        """Check the pairs of samples, and the groups of them whose lengths are compared."""
        problems = []
        if self.antithetic and self.smooth_samples % 2:
            problems.append(
                f"{key}.smooth_samples: found {self.smooth_samples}, expected an even number with "
                f"{key}.antithetic"
            )
        if not self.watched_lengths:
            return problems
        problems += [
            f"{key}.kinds: found {kind}, expected some of {', '.join(SUMMED_KINDS)} with "
            f"{key}.watched_lengths: groups of samples are not kept for it"
            for kind in self.kinds
            if kind not in SUMMED_KINDS
        ]
        group = group_size(self.symmetries, self.antithetic)
        for name, least in (("smooth_samples", 2 * group), ("batch_size", group)):
            value = getattr(self, name)
            if value != "auto" and (value % group or value < least):
                problems.append(
                    f"{key}.{name}: found {value}, expected a multiple of {group}, at least "
                    f"{least}: with {key}.watched_lengths, groups of {group} samples are compared"
                )
        return problems


def heatmaps_section(criteria):
    """Return the section ``heatmaps``; its watched lengths have the parameters of ``criteria``."""
    watched = (
        list[watched_section(criteria)],
        Field(
            [],
            description="settings of lengths whose Monte Carlo error, the spread over other draws "
            "of the noise, is stored with each galaxy; none is published",
        ),
    )
    return create_model(
        "Heatmaps", __base__=_Heatmaps, __doc__=_Heatmaps.__doc__, watched_lengths=watched
    )
