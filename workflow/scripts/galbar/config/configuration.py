"""The whole configuration: its sections, and what must hold between them."""

from functools import cache
from typing import Annotated, ClassVar

from pydantic import Field, create_model, field_validator

from galbar.catalogues.splits import split_problems
from galbar.config.bundle import BundleAddress
from galbar.config.calibration import Calibration
from galbar.config.checks import Checks
from galbar.config.completeness import Completeness, seed_problems
from galbar.config.data import Catalogue, Cosmology, Data, OwnCatalogue, Survey
from galbar.config.downloads import Download
from galbar.config.figures import Figures
from galbar.config.heatmaps import heatmaps_section
from galbar.config.images import Augmentation, Image
from galbar.config.lengths import lengths_section
from galbar.config.networks import Model, Weights
from galbar.config.scores import Scores
from galbar.config.section import (
    EACH_ONCE,
    Section,
    Seed,
    path_problem,
    repeated,
    repeated_files,
)
from galbar.config.training import Control, Devices, Training
from galbar.lengths.criteria.registry import CRITERIA
from galbar.networks.backbones.registry import BACKBONES


def _published_models():
    return [
        Model(name=name, architecture=name, weights="imagenet")
        for name in ("vgg16", "resnet50v2", "xception")
    ]


class _Configuration(Section):
    """Configuration of galbar."""

    known_criteria: ClassVar[dict] = CRITERIA

    seed: Seed = Field(
        42, description="seed of every random number but those of the simulated survey"
    )
    bundle: Annotated[str, Field(min_length=1)] | BundleAddress | None = Field(
        None,
        description="what another run knows, to measure catalogues of your own with it "
        "(docs/bundles.md): a file, or a mapping with url and sha256 (hexadecimal digits), fetched "
        "once; null trains and calibrates. Lengths depend on keys that the bundle then sets",
    )
    container: str = Field(
        "galbar.sif",
        pattern=r"^\S+$",
        description="image that jobs run in with `--sdm apptainer` (docs/containers.md): a file or "
        "an address such as docker://...",
    )
    data: Data = Field(default_factory=Data)
    survey: Survey = Field(default_factory=Survey)
    image: Image = Field(default_factory=Image)
    augmentation: Augmentation = Field(default_factory=Augmentation)
    training: Training = Field(default_factory=Training)
    weights: Weights = Field(default_factory=Weights)
    models: list[Model] = Field(
        default_factory=_published_models,
        min_length=1,
        description="the networks, one training each per run",
    )
    selected_models: Annotated[list[str], *EACH_ONCE] = Field(
        [],
        description="names of the models to be used; empty means all. One name may stand without "
        "brackets",
    )
    control: Control = Field(default_factory=Control)
    devices: Devices = Field(default_factory=Devices)
    # The two that depend on the criteria: replaced by `configuration_model`.
    heatmaps: Section = Field(default_factory=Section)
    lengths: Section = Field(default_factory=Section)
    catalogue: Catalogue = Field(default_factory=Catalogue)
    catalogues: list[OwnCatalogue] = Field(
        [],
        description="galaxies of your own to be measured; the section calibration says with what",
    )
    download: Download = Field(default_factory=Download)
    cosmology: Cosmology = Field(default_factory=Cosmology)
    calibration: Calibration = Field(default_factory=Calibration)
    scores: Scores = Field(default_factory=Scores)
    checks: Checks = Field(default_factory=Checks)
    completeness: Completeness = Field(default_factory=Completeness)
    figures: Figures = Field(default_factory=Figures)

    @field_validator("selected_models", mode="before")
    @classmethod
    def _list_one_model(cls, value):
        return [value] if isinstance(value, str) else value

    def contradictions(self, key=""):
        """List the contradictions within each section, then those between sections."""
        problems = []
        for name in type(self).model_fields:
            value = getattr(self, name)
            value_of_position = {name: value}
            if isinstance(value, list):
                value_of_position = {
                    f"{name}[{position}]": item for position, item in enumerate(value)
                }
            for position, part in value_of_position.items():
                if isinstance(part, Section):
                    problems += part.contradictions(position)
        return [
            *problems,
            *self._check_bundle(),
            *self._check_votes(),
            *self._check_names(),
            *self._check_splits(),
            *self._check_sizes(),
            *self._check_published(),
            *self._check_watched(),
            *self._check_calibration(),
            *self._check_checks(),
            *self._check_galleries(),
            *self._check_completeness(),
        ]

    def _check_completeness(self):
        """Check that the networks have not seen the galaxies that say where they fail."""
        if self.bundle is not None or not self.survey.simulate:
            return []
        return seed_problems(self.completeness, self.survey.seed, "survey.seed")

    def _check_galleries(self):
        names = ["hoyle", *(catalogue.name for catalogue in self.catalogues)]
        return [
            f"figures.galleries: found {name!r}, expected one of {', '.join(names)}"
            for name in self.figures.galleries or []
            if name not in names
        ]

    def _check_bundle(self):
        """Check that a bundle has a path, and galaxies to measure."""
        if self.bundle is None:
            return []
        problems = [path_problem("bundle", self.bundle)] if isinstance(self.bundle, str) else []
        if not (self.catalogues or self.completeness.galaxies):
            problems.append(
                "catalogues: found none, expected galaxies of your own: a bundle has none"
            )
        return list(filter(None, problems))

    def _check_votes(self):
        if self.data.votes == "kaggle" or not self.survey.simulate:
            return []
        return [
            f"data.votes: found {self.data.votes}, expected kaggle: a simulated survey has votes "
            "of its own, in that format"
        ]

    def _check_names(self):
        names = [model.name for model in self.models]
        problems = [
            f"models: found the name {name} {names.count(name)} times, expected once"
            for name in repeated(names)
        ]
        own = [catalogue.name for catalogue in self.catalogues]
        problems += [
            f"{key}: found {same}, expected names that differ in more than case: on some file "
            "systems they are one"
            for key, listed in (("models", names), ("catalogues", own))
            for same in repeated_files(listed)
        ]
        problems += [
            f"selected_models: found {name!r}, expected one of {', '.join(names)} (models)"
            for name in self.selected_models
            if name not in names
        ]
        problems += [
            f"catalogues: the name {name} is given more than once, expected once"
            for name in repeated(own)
        ]
        return problems

    def _check_splits(self):
        if self.control.test_split + self.catalogue.validation_split > 1:
            return [
                "control.test_split and catalogue.validation_split: found a sum above 1, expected "
                "at most 1, since the control's test galaxies are among those of the heat maps"
            ]
        if not self.survey.simulate:
            # How many galaxies there are is in tables: the rules ask the same of them.
            return []
        return split_problems(
            self.survey.catalogue_galaxies,
            self.survey.training_galaxies,
            catalogue=self.catalogue.validation_split,
            control=self.control.test_split,
            training=self.augmentation.validation_split,
        )

    def _check_sizes(self):
        """Check that images are large enough for the networks, and for the published criterion."""
        side = self.image.height
        networks = {f"models[{index}]": model for index, model in enumerate(self.models)}
        problems = []
        for key, network in {**networks, "control.model": self.control.model}.items():
            family = BACKBONES[network.architecture]
            layer = network.cut or family.layers[-1]
            least = family.smallest_px.get(layer, 0)
            if side < least:
                problems.append(
                    f"image.height: found {side}, expected {least} or more for {key} "
                    f"({network.architecture} down to {layer})"
                )
        if "occlusion" in self.heatmaps.methods and self.heatmaps.occlusion_patch > side:
            problems.append(
                f"heatmaps.occlusion_patch: found {self.heatmaps.occlusion_patch}, expected at "
                f"most {side}, image.height"
            )
        problems += [
            f"lengths.len_threshold: found {pixels}, expected fewer than the {side**2} pixels of "
            "a heat map"
            for pixels in self.lengths.len_threshold
            if pixels >= side**2
        ]
        return problems

    def _check_published(self):
        problems = []
        for name in type(self.scores.published).model_fields:
            value, measured = getattr(self.scores.published, name), getattr(self.lengths, name)
            if value not in measured:
                problems.append(
                    f"scores.published.{name}: found {value}, expected one of lengths.{name} "
                    f"{measured}"
                )
        return problems

    def _check_calibration(self):
        used = self.selected_models or [model.name for model in self.models]
        problems = self.calibration.problems_with(used, self.heatmaps, self.lengths)
        if self.calibration.looks and not self.augmentation.changes_colours:
            problems.append(
                f"calibration.looks: found {self.calibration.looks}, but augmentation changes no "
                "colours, expected one of its saturation_range, gamma_range and background_range"
            )
        return problems

    def _check_checks(self):
        """Check that another answer is another one, and that masks are those of real galaxies."""
        problems = [
            f"checks.answers: found {answer!r}, expected another answer than heatmaps.output"
            for answer in self.checks.answers
            if answer == self.heatmaps.output
        ]
        if self.checks.masks is not None and self.survey.simulate:
            problems.append(
                f"checks.masks: found {self.checks.masks!r}, expected null: a simulated survey "
                "has masks of its own"
            )
        return problems

    def _check_watched(self):
        """List the watched settings that are not among the measured ones."""
        problems = []
        for index, setting in enumerate(self.heatmaps.watched_lengths):
            key = f"heatmaps.watched_lengths[{index}]"
            criteria = {getattr(entry, "name", entry): entry for entry in self.lengths.criteria}
            if setting.criterion not in criteria:
                problems.append(
                    f"{key}.criterion: found {setting.criterion}, expected one of "
                    f"lengths.criteria: {', '.join(criteria)}"
                )
                continue
            if setting.kind not in self.heatmaps.kinds:
                problems.append(
                    f"{key}.kind: found {setting.kind}, expected one of heatmaps.kinds: "
                    f"{', '.join(self.heatmaps.kinds)}"
                )
            names = [
                parameter.name for parameter in self.known_criteria[setting.criterion].parameters
            ]
            for name in ("xinput", "smoothing", *names):
                value, measured = getattr(setting, name), getattr(self.lengths, name)
                if value is None:
                    problems.append(
                        f"{key}.{name}: found nothing, expected a number: the criterion "
                        f"{setting.criterion} needs it"
                    )
                elif value not in measured:
                    problems.append(
                        f"{key}.{name}: found {value}, expected one of lengths.{name}, "
                        f"{measured}: only what is measured has an error"
                    )
        return problems


def configuration_model(own_criteria=()):
    """Return the model of the whole configuration, a subclass of `Section`.

    Parameters of a user's own criteria are keys as well. Instances of the model are complete
    configurations, right but for `Section.contradictions`.
    """
    return _model_of(tuple(own_criteria))


@cache
def _model_of(own_criteria):
    criteria = {**CRITERIA, **{criterion.name: criterion for criterion in own_criteria}}
    lengths, heatmaps = lengths_section(criteria), heatmaps_section(criteria)
    model = create_model(
        "Configuration",
        __base__=_Configuration,
        __doc__=_Configuration.__doc__,
        heatmaps=(heatmaps, Field(default_factory=heatmaps)),
        lengths=(lengths, Field(default_factory=lengths)),
    )
    model.known_criteria = criteria
    return model
