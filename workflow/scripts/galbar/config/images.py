"""Keys on images: what the networks see of them, and how training changes them."""

from typing import Annotated, Literal

from pydantic import Field

from galbar.config.section import Section
from galbar.io.images import IMAGE_SIDE

# Pixels of a network's input per pixel of an image, along a side.
_MOST_ENLARGED = 4


class Image(Section):
    """What the networks see of an image."""

    height: int = Field(224, ge=16, le=424, description="height of the network's input [pixel]")
    width: int = Field(
        224,
        ge=16,
        le=424,
        description="width of the network's input [pixel]; equal to the height",
    )
    crop: float = Field(
        1.0,
        gt=0,
        le=1,
        description="side of the image's central part that is used, over the side of the image; "
        "1 is published",
    )

    def contradictions(self, key):
        """Check that images are square, and hardly larger than what they are made of."""
        problems = []
        if self.height != self.width:
            problems.append(
                f"{key}.width: found {self.width} with a height of {self.height}, expected the "
                "same: the images are square, and lengths need one pixel scale"
            )
        least = self.height / (_MOST_ENLARGED * IMAGE_SIDE)
        if self.crop < least:
            problems.append(
                f"{key}.crop: found {self.crop:g} with a height of {self.height}, expected "
                f"{least:.2g} or more: the image would be enlarged more than {_MOST_ENLARGED} times"
            )
        return problems


class Augmentation(Section):
    """Random changes of the training images, as in Keras's ImageDataGenerator."""

    rotation_range: float = Field(
        360, ge=0, le=360, description="largest rotation to either side [degree]"
    )
    fill_mode: Literal["reflect", "nearest", "constant", "wrap"] = Field(
        "reflect", description="what lies outside the image"
    )
    horizontal_flip: bool = Field(True, description="mirror left and right at random")
    vertical_flip: bool = Field(True, description="mirror top and bottom at random")
    width_shift_range: float = Field(
        0.1, ge=0, le=0.5, description="largest horizontal shift, as a share of the width"
    )
    height_shift_range: float = Field(
        0.1, ge=0, le=0.5, description="largest vertical shift, as a share of the height"
    )
    brightness_range: (
        Annotated[list[Annotated[float, Field(ge=0)]], Field(min_length=2, max_length=2)] | None
    ) = Field(
        [0.7, 1.3],
        description="lowest and highest factor of the brightness; null for none",
    )
    validation_split: float = Field(
        0.2,
        gt=0,
        lt=1,
        description="share of the training images that is kept for validation",
    )

    def contradictions(self, key):
        """Check the factors of the brightness."""
        low, high = self.brightness_range or (1, 1)
        if low <= high and high > 0:
            return []
        return [
            f"{key}.brightness_range: found [{low}, {high}], expected the lower value first, and "
            "the higher one above 0"
        ]
