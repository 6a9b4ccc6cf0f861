"""Keys on training: of the networks of votes, of the control, and on which devices."""

from typing import Literal

from pydantic import Field

from galbar.config.networks import Network
from galbar.config.section import Section


class ReduceLearningRate(Section):
    """The plateau schedule."""

    factor: float = Field(0.5, gt=0, lt=1, description="factor of the learning rate at a plateau")
    patience: int = Field(
        5, ge=1, description="epochs without a lower validation loss that make a plateau"
    )


class EarlyStopping(Section):
    """The end of a training that no longer improves."""

    patience: int = Field(
        10,
        ge=1,
        description="epochs without a lower validation loss after which training ends",
    )


class Training(Section):
    """Training on the votes."""

    runs: int = Field(
        2,
        ge=1,
        le=99,
        description="number of independent trainings of every model (the paper's v1 and v2)",
    )
    epochs: int = Field(100, ge=1, description="largest number of epochs")
    batch_size: int = Field(32, ge=1, description="images per step")
    learning_rate: float = Field(0.001, gt=0, le=1, description="Adam's initial learning rate")
    decay: float = Field(
        0.0005,
        ge=0,
        description="decay of the learning rate per step, rate / (1 + decay x steps)",
    )
    schedule: Literal["plateau", "cosine", "constant"] = Field(
        "plateau",
        description="plateau (published; lowers the rate when the validation loss stalls), "
        "cosine (falls to 0) or constant",
    )
    reduce_lr: ReduceLearningRate = Field(
        default_factory=ReduceLearningRate, description="the plateau schedule"
    )
    early_stopping: EarlyStopping = Field(
        default_factory=EarlyStopping, description="the end of a training that no longer improves"
    )
    xla: bool = Field(
        True,
        description="compile with XLA on a GPU (on a CPU it would be slower and is left out)",
    )
    recipe: int = Field(
        1,
        ge=1,
        description="version of the training procedure; raise it to train again after a change "
        "of code",
    )


class Control(Section):
    """The network that learns bar lengths directly from the catalogue."""

    epochs: int = Field(100, ge=1, description="largest number of epochs")
    batch_size: int = Field(32, ge=1, description="images per step")
    learning_rate: float = Field(0.001, gt=0, le=1, description="Adam's initial learning rate")
    test_split: float = Field(
        0.2,
        gt=0,
        lt=1,
        description="share of the catalogue that the control is tested on",
    )
    model: Network = Field(
        default_factory=Network,
        description="the control's network, with the keys of a model except name and trained",
    )

    def contradictions(self, key):
        """List the contradictions of the control's network."""
        return self.model.contradictions(f"{key}.model")


class Devices(Section):
    """CPUs and GPUs."""

    without_gpu: Literal["fail", "cpu"] = Field(
        "fail",
        description="what trainings, predictions and heat maps do where there is no GPU: fail, or "
        "go on with the CPU (cpu), which takes days for the published networks",
    )
