"""Keys on the checks of heat maps."""

from typing import Annotated, Literal

from pydantic import Field

from galbar.catalogues.decision_tree import VOTE_COLUMNS
from galbar.config.section import EACH_ONCE, Section, Share, path_problem


class Checks(Section):
    """Checks of heat maps: whether they show the bar, and whether lengths on them are the bar's."""

    galaxies: int = Field(
        100,
        ge=0,
        description="validation galaxies whose maps are checked, drawn at random; 0 checks none. "
        "Each costs as much as a heat map of another galaxy for every item of randomised and "
        "answers",
    )
    randomised: Annotated[list[Share], *EACH_ONCE] = Field(
        [0, 0.25, 0.5, 0.75, 1],
        min_length=1,
        description="shares of a network's layers whose weights are randomised, from its output "
        "on; the layer of the outputs always is",
    )
    random_networks: int = Field(
        4,
        ge=1,
        description="draws of the random weights, among which the galaxies are divided",
    )
    answers: Annotated[list[Literal[VOTE_COLUMNS]], *EACH_ONCE] = Field(
        ["Class5.3", "Class11.3"],
        description="vote columns whose maps are measured in place of heatmaps.output's",
    )
    masks: Annotated[str, Field(min_length=1)] | None = Field(
        None,
        description="table of masks that say where the bars are (docs/heatmap_checks.md); null: "
        "none. A simulated survey has its own",
    )

    def contradictions(self, key):
        """List a path that Snakemake would read otherwise, and shares that miss the last layers."""
        problems = [path_problem(f"{key}.masks", self.masks)]
        if 1 not in self.randomised:
            problems.append(
                f"{key}.randomised: found {self.randomised}, expected 1 among them: maps are "
                "judged by networks without any trained weight"
            )
        return list(filter(None, problems))
