"""Keys on networks: the families, how they are cut and where their weights are from."""

from difflib import get_close_matches
from typing import Annotated, Literal

from pydantic import Field

from galbar.config.section import Section, path_problem
from galbar.networks.backbones.registry import BACKBONES
from galbar.networks.pretrained_weights import find_weights

#: Names of result folders beside those of the models.
RESERVED_NAMES = frozenset(
    {
        "averageheatmaps",
        "averagemeasurements",
        "benchmarks",
        "bundle",
        "bundles",
        "catalogues",
        "control",
        "ensemble",
        "figures",
        "logs",
        # Scored as saliency_published.
        "published",
        "survey",
        "weights",
    }
)


class Weights(Section):
    """ImageNet weights."""

    origin: str = Field(
        "https://storage.googleapis.com/tensorflow/keras-applications",
        pattern="^https?://",
        description="address below which the weight files of keras.applications are",
    )


class Network(Section):
    """One network."""

    architecture: Literal[tuple(BACKBONES)] = Field("xception", description="family of networks")
    cut: str | None = Field(
        None,
        description="layer of keras.applications whose output is averaged and used in place of "
        "the whole backbone; null is published",
    )
    width: float = Field(
        1, gt=0, le=4, description="factor of the number of filters; 1 is published"
    )
    normalisation: bool = Field(
        False,
        description="batch normalisation after each convolution of a family that has none of "
        "its own (vgg16); false is published",
    )
    stem_stride: Literal[1, 2] = Field(
        2,
        description="stride of the first convolution where it is strided (resnet50v2 and "
        "xception); 2 is published",
    )
    batch_norm_momentum: float = Field(
        0.99,
        gt=0,
        lt=1,
        description="momentum of the batch normalisations; 0.99 is published, short trainings "
        "need about 0.9",
    )
    weights: str = Field(
        "imagenet",
        min_length=1,
        description="initial weights: imagenet (fetched), random (from the seed), or a directory "
        "with the weight files of keras.applications",
    )
    learning_rate: Annotated[float, Field(gt=0, le=1)] | None = Field(
        None,
        description="initial learning rate of this network; null takes training.learning_rate",
    )

    def contradictions(self, key):
        """List layers, strides and weights that the family does not have."""
        problems = []
        family = BACKBONES[self.architecture]
        if self.cut is not None and self.cut not in family.layers:
            near = get_close_matches(self.cut, family.layers, n=3, cutoff=0.5)
            problems.append(
                f"{key}.cut: found {self.cut!r}, expected a layer of {self.architecture} in "
                f"keras.applications, such as {', '.join(near or family.layers[-1:])}"
            )
        if self.stem_stride == 1 and family.stem is None:
            problems.append(
                f"{key}.stem_stride: found 1 for {self.architecture}, expected 2: it has no "
                "strided convolution"
            )
        if self.normalisation and family.normalised:
            problems.append(
                f"{key}.normalisation: found true for {self.architecture}, expected false: "
                "it has normalisations of its own"
            )
        return problems + self._check_weights(key)

    def _check_weights(self, key):
        """Check that initial weights are there and fit the network."""
        problems = list(filter(None, [path_problem(f"{key}.weights", self.weights)]))
        if self.weights == "random":
            return problems
        if self.width != 1 or self.normalisation:
            problems.append(
                f"{key}.weights: found {self.weights} with width {self.width:g} and "
                f"normalisation {self.normalisation}, expected random: they only fit the "
                "published layers"
            )
        if self.weights != "imagenet":
            try:
                find_weights(self.weights, self.architecture)
            except FileNotFoundError as error:
                problems.append(
                    f"{key}.weights: found {self.weights}, expected imagenet, random, or a "
                    f"directory of weight files ({error})"
                )
        return problems


class Model(Network):
    """One network of votes."""

    name: str = Field(
        pattern="^[A-Za-z][A-Za-z0-9_]*$",
        max_length=100,
        description="name of the model in file names",
    )
    architecture: Literal[tuple(BACKBONES)] = Field(description="family of networks")
    trained: str | None = Field(
        None,
        description="model.h5 files of the released code to be used in place of training, with "
        "{run} for the run's number; null trains",
    )

    def contradictions(self, key):
        """List what is wrong with names, and with files for each run."""
        problems = super().contradictions(key)
        if self.name.lower() in RESERVED_NAMES:
            problems.append(
                f"{key}.name: found the name {self.name}, expected another: galbar uses it itself"
            )
        if self.trained and "{run}" not in self.trained:
            problems.append(
                f"{key}.trained: found {self.trained!r}, expected a path with {{run}} in it, "
                "since each run is a training of its own"
            )
        problems.append(path_problem(f"{key}.trained", self.trained, ("{run}",)))
        return list(filter(None, problems))

    def _check_weights(self, key):
        """Check nothing: the network is trained elsewhere."""
        return [] if self.trained else super()._check_weights(key)
