"""Keys on images: what the networks see of them, and how training changes them."""

from typing import Annotated, Literal

import numpy as np
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


_Pair = Annotated[list[Annotated[float, Field(ge=0)]], Field(min_length=2, max_length=2)]


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
    brightness_range: _Pair | None = Field(
        [0.7, 1.3],
        description="lowest and highest factor of the brightness; null for none",
    )
    saturation_range: _Pair | None = Field(
        None,
        description="lowest and highest factor of the colours, 0 for grey; null for none",
    )
    gamma_range: _Pair | None = Field(
        None,
        description="lowest and highest exponent of the pixels' values; null for none",
    )
    background_range: _Pair | None = Field(
        None,
        description="lowest and highest value, 0 to 1, that black becomes; null for none",
    )
    validation_split: float = Field(
        0.2,
        gt=0,
        lt=1,
        description="share of the training images that is kept for validation",
    )

    @property
    def changes_colours(self):
        """Whether colours are changed at all."""
        return any((self.saturation_range, self.gamma_range, self.background_range))

    def contradictions(self, key):
        """Check the ranges of brightness and colours."""
        problems = _check_range(f"{key}.saturation_range", self.saturation_range)
        problems += _check_range(f"{key}.background_range", self.background_range, most=0.9)
        problems += _check_range(f"{key}.gamma_range", self.gamma_range, least=0.1)
        brightness = _check_range(f"{key}.brightness_range", self.brightness_range)
        if self.brightness_range and not any(self.brightness_range):
            brightness = [
                f"{key}.brightness_range: found {self.brightness_range}, expected the lower value "
                "first, and the higher one above 0"
            ]
        return problems + brightness


def _check_range(key, values, least=0.0, most=np.inf):
    """Return what is wrong with a range, which is a list of two numbers or None."""
    if values is None or least <= values[0] <= values[1] <= most:
        return []
    bounds = f"{least:g} or more" if most == np.inf else f"{least:g} to {most:g}"
    return [f"{key}: found {values}, expected the lower value first, both {bounds}"]
