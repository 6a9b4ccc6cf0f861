"""Which part of an image the gallery shows, and how that is laid out on sheets of pictures."""

from typing import NamedTuple

from galbar.io.images import canvas_shape, centre_crop, pixel_scale

#: Largest part of the side of the 424 px image that is shown: 4.2 petroR90, beyond which no bar is.
SHOWN_SHARE = 0.5

# A sheet has at most so many pixels and so many pictures along a side: decoding it must not be felt
# where each galaxy on the screen is on another one.
_SHEET_SIDE = 1300
_MOST_ACROSS = 10
# Around each picture its edge is repeated: enlarged, it must not mix with its neighbour.
_LEAST_PAD = 4
# JPEG compresses squares of so many pixels: none may belong to two pictures.
_BLOCK = 8


class View(NamedTuple):
    """The part of an image that is shown, square, and the cell that it has on a sheet.

    Attributes
    ----------
    height, width : int, of the network's input, which it is cut from [px of the map]
    side : int, of what is shown [px of the map]
    scale : float [px of the 424 px image per px of the map]
    centre : float
        Where the middle of the 424 px image is, from the left and the upper edge of what is shown
        [px of the 424 px image].
    pad, cell : int
        Repeated pixels before the picture, and side of the whole cell [px].
    across : int, cells along a side of a sheet
    """

    height: int
    width: int
    side: int
    scale: float
    centre: float
    pad: int
    cell: int
    across: int

    @property
    def per_sheet(self):
        """Return how many galaxies a sheet holds."""
        return self.across**2

    def cut(self, values):
        """Cut what is shown out of a network's input or map (height, width, channels)."""
        return centre_crop(values, self.side, self.side)

    @property
    def offset(self):
        """Return columns and rows of the map that are left out before what is shown [px]."""
        return (self.width - self.side) // 2, (self.height - self.side) // 2


def view_of(height, width, crop):
    """Return what is shown of the images of networks with an input of a size.

    Parameters
    ----------
    height, width, crop : see `galbar.io.images.canvas_shape`
    """
    canvas = canvas_shape(height, width, crop)[1]
    side = min(height, width, round(SHOWN_SHARE * canvas))
    scale = pixel_scale(width, crop)
    left = (canvas - width) // 2 + (width - side) // 2
    cell = -(-(side + 2 * _LEAST_PAD) // _BLOCK) * _BLOCK
    return View(
        height=height,
        width=width,
        side=side,
        scale=scale,
        centre=(canvas / 2 - left) * scale,
        pad=(cell - side) // 2,
        cell=cell,
        across=max(1, min(_MOST_ACROSS, _SHEET_SIDE // cell)),
    )
