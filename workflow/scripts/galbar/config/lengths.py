"""Keys on bar lengths; those of the mask criteria follow from their records."""

from typing import Annotated, Literal

from pydantic import Field, create_model

from galbar.attribution.heatmap_files import KINDS
from galbar.config.section import EACH_ONCE, Section, path_problem
from galbar.lengths.criteria.registry import CRITERIA, parameters_of


class OwnCriterion(Section):
    """A criterion of a user's own."""

    name: str = Field(
        pattern="^[a-z][a-z0-9_]*$", description="name of the criterion, as in its file"
    )
    file: str = Field(
        min_length=1,
        description="Python file with the record CRITERION (docs/criteria.md)",
    )


class _Lengths(Section):
    """The criteria that isolate the bar in a heat map.

    Every combination is tried on the validation set.
    """

    on_cluster: bool = Field(
        False,
        description="whether checking the images of own catalogues and measuring are jobs of the "
        "cluster, too: for catalogues that keep a login node busy for more than some minutes",
    )
    criteria: Annotated[list[Literal[tuple(CRITERIA)] | OwnCriterion], *EACH_ONCE] = Field(
        list(CRITERIA),
        min_length=1,
        description="; ".join(f"{name} ({one.description})" for name, one in CRITERIA.items())
        + "; or a mapping with name and file for a criterion of your own",
    )
    xinput: Annotated[list[bool], *EACH_ONCE] = Field(
        [True, False],
        min_length=1,
        description="whether the map is multiplied by the grey-scale image",
    )
    smoothing: Annotated[list[Annotated[float, Field(ge=0, le=20)]], *EACH_ONCE] = Field(
        [0],
        min_length=1,
        description="standard deviations of a Gaussian that smooths the map [pixel of the "
        "network]; 0 is published",
    )

    def contradictions(self, key):
        """List what the grids lack of the published criterion, shown beside every result."""
        problems = [
            path_problem(f"{key}.criteria", entry.file)
            for entry in self.criteria
            if not isinstance(entry, str)
        ]
        if "pearson" not in self.criteria:
            problems.append(
                f"{key}.criteria: found {self.criteria}, expected pearson among them: "
                "every result is shown beside the published criterion"
            )
        if False not in self.xinput or 0 not in self.smoothing:
            problems.append(
                f"{key}.xinput and {key}.smoothing: found {self.xinput} and {self.smoothing}, "
                "expected false and 0 among them (the published criterion)"
            )
        return list(filter(None, problems))


def lengths_section(criteria):
    """Return the section ``lengths`` with the grids of ``criteria``, name -> record."""
    grids = {
        name: (
            Annotated[list[_value(parameter)], *EACH_ONCE],
            Field(list(parameter.grid), min_length=1, description=parameter.description),
        )
        for name, parameter in parameters_of(criteria).items()
    }
    return create_model("Lengths", __base__=_Lengths, __doc__=_Lengths.__doc__, **grids)


def watched_section(criteria):
    """Return a setting of ``heatmaps.watched_lengths``, with the parameters of some criteria."""
    values = {
        name: (
            _value(parameter) | None,
            Field(None, description=parameter.description),
        )
        for name, parameter in parameters_of(criteria).items()
    }
    return create_model("WatchedLength", __base__=_WatchedLength, **values)


class _WatchedLength(Section):
    """A setting, as in lengths."""

    criterion: str = Field(description="mask criterion, one of lengths.criteria")
    kind: Literal[tuple(KINDS)] = Field(
        "absolute", description="kind of heat map, one of heatmaps.kinds"
    )
    xinput: bool = Field(False, description="whether the map is multiplied by the grey-scale image")
    smoothing: float = Field(
        0, ge=0, description="standard deviation of a Gaussian [pixel of the network]"
    )


def _value(parameter):
    """Return the type of one value of a parameter, with its range."""
    return Annotated[
        parameter.kind,
        Field(gt=parameter.above, ge=parameter.at_least, lt=parameter.below, le=parameter.at_most),
    ]
