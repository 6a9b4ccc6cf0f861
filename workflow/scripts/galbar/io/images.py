"""Images of galaxies: read them checked, and shrink them to what a network sees.

The one place where a file, or a member of an archive, becomes pixels, so that a pixel means the
same in training, predictions and heat maps. A network's input is the central ``height`` x ``width``
pixels of the *canvas*: the 424 px image shrunk to `canvas_shape`. Shrinking uses Pillow's
``BILINEAR`` filter, which is antialiased (a triangle as wide as the reduction asks for, as
``tf.image.resize(method="bilinear", antialias=True)``); ``BOX`` would weight the source pixels
unevenly wherever the reduction is not an integer, and 424 / 224 is none. Reading releases Python's
lock: `read_canvases` and pipelines that call `read_canvas` from several threads use several cores.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from galbar.io.image_archives import describe_image, open_image_file

#: Side of the images of Galaxy Zoo 2 and of the Kaggle challenge [px].
IMAGE_SIDE = 424

#: Weights of red, green and blue in ``tf.image.rgb_to_grayscale``.
LUMA = (0.2989, 0.5870, 0.1140)

_FORMATS = ("JPEG", "PNG")


def canvas_shape(height: int, width: int, crop: float) -> tuple[int, int]:
    """Return the shape of the whole image at the scale of a network's input.

    Parameters
    ----------
    height, width : int, shape of the network's input [px]
    crop : float, side of the central part that the network sees over the image's side (0 to 1]

    Returns
    -------
    tuple of int, rows and columns of the canvas; never less than ``height`` and ``width``

    Raises
    ------
    ValueError : if ``crop`` is outside (0, 1] or a side is below 1
    """
    if not 0 < crop <= 1:
        raise ValueError(f"image.crop is {crop}, expected a number above 0 and at most 1")
    if height < 1 or width < 1:
        raise ValueError(f"image.height x image.width is {height} x {width}, expected 1 or more")
    return round(height / crop), round(width / crop)


def pixel_scale(width: int, crop: float) -> float:
    """Return the pixels of the 424 px image per pixel of a network's input.

    This is 424 x crop / width; where width / crop is no integer, the canvas's rounded width
    counts, because that is the scale at which the image was really shrunk.
    """
    return IMAGE_SIDE / canvas_shape(width, width, crop)[1]


def centre_crop(canvas, height: int, width: int):
    """Cut out the centre of images.

    Parameters
    ----------
    canvas : array or tensor, shape (..., ny, nx, nc)
        Images with their channels last; the last three axes must be known.
    height, width : int
        Shape of the part wanted [px]. Where the margins cannot be equal, the smaller one is on
        the side of row and column 0.

    Returns
    -------
    array or tensor, shape (..., height, width, nc), a view, if ``canvas`` is an array

    Raises
    ------
    ValueError : if the canvas is smaller than the part
    """
    ny, nx = canvas.shape[-3], canvas.shape[-2]
    if ny < height or nx < width:
        raise ValueError(f"cannot cut {height} x {width} px out of an image of {ny} x {nx} px")
    top, left = (ny - height) // 2, (nx - width) // 2
    return canvas[..., top : top + height, left : left + width, :]


def greyscale(image: np.ndarray) -> np.ndarray:
    """Convert RGB images to grey, with the weights of ``tf.image.rgb_to_grayscale``.

    Parameters
    ----------
    image : ndarray, shape (..., ny, nx, 3), red, green, blue; any unit

    Returns
    -------
    ndarray, shape (..., ny, nx), float32, in the unit of ``image``

    Raises
    ------
    ValueError : if the last axis does not hold three channels
    """
    image = np.asarray(image, dtype=np.float32)
    if image.ndim < 3 or image.shape[-1] != 3:
        raise ValueError(f"expected images (..., ny, nx, 3), got shape {image.shape}")
    return image @ np.array(LUMA, dtype=np.float32)


def _open_checked(path: str | Path) -> Image.Image:
    """Decode a file or a member of an archive to its end; raise if it is not a valid image."""
    file, path = open_image_file(path), describe_image(path)
    try:
        image = Image.open(file, formats=_FORMATS)
    except OSError as error:
        # With an error number it is the system's: no such file, no permission.
        if error.errno is not None:
            raise
        raise ValueError(f"{path}: found neither a JPEG nor a PNG image, expected one") from error
    except Image.DecompressionBombError as error:
        raise ValueError(f"{path}: {error}") from error
    with image:
        # Mode and size come with the header: a wrong image is found before it is decoded.
        if image.mode != "RGB":
            raise ValueError(f"{path}: found an image of mode {image.mode}, expected RGB")
        if "16B" in str(image.tile[0].args):
            # Pillow would keep the upper eight without a word.
            raise ValueError(f"{path}: found 16 bits per colour, expected 8")
        if image.size != (IMAGE_SIDE, IMAGE_SIDE):
            size = "{} x {}".format(*image.size)
            raise ValueError(f"{path}: found {size} px, expected {IMAGE_SIDE} x {IMAGE_SIDE} px")
        try:
            image.load()
        except (OSError, SyntaxError, ValueError) as error:
            raise ValueError(f"{path}: found a broken image ({error})") from error
        if all(low == high for low, high in image.getextrema()):
            # What servers of cutouts send for a place that they have not observed.
            raise ValueError(f"{path}: found the same colour everywhere, expected a galaxy")
    return image


def read_image(path: str | Path) -> np.ndarray:
    """Read one image and check it.

    Parameters
    ----------
    path : str or Path
        A JPEG (or PNG) file, or where it would be if its folder were not packed
        (`galbar.io.image_archives`).

    Returns
    -------
    ndarray, shape (424, 424, 3), uint8
        Red, green, blue. The first axis is y (downwards in the file).

    Raises
    ------
    FileNotFoundError : if there is no such file, nor such a member of an archive
    ValueError
        If it is no image, not RGB, not of 8 bits per colour, not 424 x 424 px, cannot be decoded
        to its end (a truncated file), or is of one colour; the message names the file, what was
        found and what is expected. JPEG has no checksum: damaged bytes that still decode are not
        seen, nor whether there is a galaxy, in the centre, at the right scale.
    """
    return np.array(_open_checked(path))


def read_canvas(path: str | Path, height: int, width: int, crop: float) -> np.ndarray:
    """Read one image at the scale of a network's input, as bytes.

    For caches and pipelines: a quarter of the memory of `load_canvas`, from which it differs by the
    factor 255 only. Safe to call from several threads, and from a ``tf.data`` pipeline by
    ``tf.numpy_function``.

    Parameters
    ----------
    path : str or Path, see `read_image`, also for the errors
    height, width, crop : see `canvas_shape`, also for the errors

    Returns
    -------
    ndarray, shape ``(*canvas_shape(height, width, crop), 3)``, uint8
    """
    ny, nx = canvas_shape(height, width, crop)
    resized = _open_checked(path).resize((nx, ny), Image.Resampling.BILINEAR)
    return np.array(resized)


def load_canvas(path: str | Path, height: int, width: int, crop: float) -> np.ndarray:
    """Read one image at the scale of a network's input.

    Parameters
    ----------
    path, height, width, crop : see `read_canvas`, also for the errors

    Returns
    -------
    ndarray, shape ``(*canvas_shape(height, width, crop), 3)``, float32
        Between 0 and 1: the bytes of `read_canvas` over 255. The network's input is
        ``centre_crop(canvas, height, width)``.
    """
    return scale_canvas(read_canvas(path, height, width, crop))


def scale_canvas(canvas: np.ndarray) -> np.ndarray:
    """Return bytes 0 to 255, of any shape, as float32 between 0 and 1."""
    return canvas.astype(np.float32) / np.float32(255)


def read_canvases(
    paths: Sequence[str | Path], height: int, width: int, crop: float, threads: int = 1
) -> Iterator[np.ndarray]:
    """Yield the canvases of many images, in order, read ahead by a few threads.

    Yields one array as `read_canvas` returns it at a time, so that a caller fills its cache (one
    preallocated uint8 array, 9.3 GB for the whole training set at 224 px) with little on top.
    FileNotFoundError or ValueError on the first image that cannot be read; see `read_image`.
    """

    def read(path: str | Path) -> np.ndarray:
        return read_canvas(path, height, width, crop)

    yield from map_ahead(read, paths, threads)


def map_ahead(function, items, threads: int) -> Iterator:
    """Yield the results of a function for each item, in order, computed by a few threads.

    Unlike ``Executor.map`` it keeps no more than 8 results per thread waiting, so that
    memory does not grow with the number of items.
    """
    items = iter(items)
    threads = max(1, threads)
    with ThreadPoolExecutor(max_workers=threads) as pool:
        waiting = deque(pool.submit(function, item) for item in islice(items, 8 * threads))
        try:
            while waiting:
                result = waiting.popleft().result()
                waiting.extend(pool.submit(function, item) for item in islice(items, 1))
                yield result
        finally:
            for future in waiting:
                future.cancel()
