"""Images of any survey, as planes of numbers: FITS, JPEG, PNG and TIFF.

The planes of a FITS file are in the file's order, row 0 the bottom one; those of other formats are
red, green, blue, row 0 the top one.
"""

import gzip
import io
import warnings
import zlib
from typing import NamedTuple

import numpy as np
from astropy.io import fits
from astropy.io.fits.verify import VerifyError, VerifyWarning
from astropy.utils.exceptions import AstropyUserWarning
from astropy.wcs import WCS, FITSFixedWarning
from PIL import Image

from galbar.io.image_archives import describe_image, open_image_file
from galbar.stamps.placement import read_wcs

FITS_ENDINGS = (".fits", ".fit", ".fts", ".fz", ".fits.gz")

# Planes of a mode of Pillow; all others are converted to RGB first.
_MODES = ("L", "RGB", "I;16", "I;16L", "I;16B", "I", "F")

# A file that begins so is what a server sends in place of an image.
_PAGE = (b"<!doctype", b"<html", b"<?xml")


# What astropy raises, beside ValueError, for a file that is broken.
_BROKEN = (AstropyUserWarning, LookupError, OSError, RuntimeError, TypeError, VerifyError)

_GZIP = b"\x1f\x8b"


class SurveyImage(NamedTuple):
    """An image as its survey gives it.

    ``planes`` (bands, ny, nx), float32, NaN where nothing was measured; ``wcs`` its world
    coordinates, None where there are none; ``linear`` says whether the numbers are proportional to
    the light (FITS, 16 bits, floats), and not yet scaled for the eye (8 bits).
    """

    planes: np.ndarray
    wcs: WCS | None
    linear: bool


def read_survey_image(path, extension=None):
    """Read an image of any survey.

    Parameters
    ----------
    path : str or Path, a file or a member of an archive (`galbar.io.image_archives`)
    extension : int, str or list of these, optional
        Of a FITS file, by number or EXTNAME; a list makes one image of several. By default the
        first that holds an image.

    Returns
    -------
    SurveyImage

    Raises
    ------
    FileNotFoundError : if there is no such file
    ValueError : if it is none of the formats, broken, empty, or without the extension
    """
    name, content = describe_image(path), _read_bytes(path)
    head = content[:512].lstrip().lower()
    if head.startswith(_PAGE):
        raise ValueError(f"{name}: found a web page, expected an image: see what it says")
    if not head:
        raise ValueError(f"{name}: found an empty file, expected an image")
    reader = _read_fits if _is_fits(head, path) else _read_picture
    try:
        image = reader(io.BytesIO(content), extension)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error
    if not np.isfinite(image.planes).any():
        raise ValueError(f"{name}: found no pixel with a number, expected a galaxy")
    return image


def _read_bytes(path):
    """Return what is in an image's file, or in its member of an archive; unpacked by gzip."""
    file = open_image_file(path)
    content = file.getvalue() if isinstance(file, io.BytesIO) else file.read_bytes()
    if not content.startswith(_GZIP):
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{describe_image(path)}: found a broken gzip file ({error})") from error


def _is_fits(head, path):
    """Return whether a file is FITS, by its first bytes, or by its name if it is compressed."""
    return head.startswith(b"simple") or str(path).lower().endswith(FITS_ENDINGS)


def _read_fits(file, extension):
    """Read a FITS file, compressed or not."""
    with warnings.catch_warnings():
        # A file that is shorter than it says is an error, not a warning: its end is missing.
        warnings.filterwarnings("error", "File may have been truncated", AstropyUserWarning)
        warnings.simplefilter("ignore", FITSFixedWarning)
        warnings.simplefilter("ignore", VerifyWarning)
        try:
            with fits.open(file, memmap=False, lazy_load_hdus=False) as units:
                chosen = _choose_units(units, extension)
                planes = [_planes_of(unit) for unit in chosen]
                wcs = read_wcs(chosen[0].header, units)
        except _BROKEN as error:
            raise ValueError(f"found a broken FITS file ({error})") from error
    shapes = {part.shape[1:] for part in planes}
    if len(shapes) > 1:
        raise ValueError(f"found extensions of the shapes {sorted(shapes)}, expected one shape")
    is_linear = any(unit.data.dtype != np.uint8 for unit in chosen)
    return SurveyImage(np.concatenate(planes), wcs, is_linear)


def _choose_units(units, extension):
    """Return the units of a FITS file that make the image."""
    images = [unit for unit in units if unit.is_image and unit.header.get("NAXIS", 0) >= 2]
    if extension is None:
        if not images:
            raise ValueError("found no image in the FITS file, expected one of 2 or 3 axes")
        return images[:1]
    chosen = []
    for key in extension if isinstance(extension, list) else [extension]:
        try:
            unit = units[key]
        except (KeyError, IndexError):
            there = ", ".join(f"{number} {unit.name}".strip() for number, unit in enumerate(units))
            raise ValueError(f"found no extension {key!r}, expected one of {there}") from None
        if not any(unit is image for image in images):
            raise ValueError(f"found no image in extension {key!r}, expected one of 2 or 3 axes")
        chosen.append(unit)
    return chosen


def _planes_of(unit):
    """Return the planes (bands, ny, nx) of a unit, its blank pixels NaN."""
    data = np.asarray(unit.data)
    # Axes of one pixel, as radio images have them, are none.
    shape = [size for axis, size in enumerate(data.shape) if size > 1 or axis >= data.ndim - 2]
    if len(shape) not in (2, 3):
        raise ValueError(f"found an image of shape {data.shape}, expected 2 axes, or 3 for planes")
    return data.reshape(-1, *shape[-2:]).astype(np.float32)


def _read_picture(file, extension):
    """Read a JPEG, PNG or TIFF file."""
    if extension is not None:
        raise ValueError(f"found a picture, expected a FITS file with the extension {extension!r}")
    try:
        with Image.open(file, formats=("JPEG", "PNG", "TIFF")) as picture:
            if picture.mode.startswith("RGB") and "16B" in str(picture.tile[0].args):
                # Pillow would keep the upper eight without a word.
                raise ValueError("found 16 bits per colour, expected 8, or a plane per colour")
            picture.load()
            alpha = picture.getchannel("A") if "A" in picture.getbands() else None
            if picture.mode not in _MODES:
                picture = picture.convert("L" if picture.mode in ("1", "LA") else "RGB")
            is_linear = picture.mode not in ("L", "RGB")
            pixels = np.atleast_3d(np.asarray(picture, dtype=np.float32))
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"found no readable FITS, JPEG, PNG or TIFF image ({error})") from error
    if alpha is not None:
        pixels[np.asarray(alpha) == 0] = np.nan
    return SurveyImage(np.moveaxis(pixels, -1, 0), None, is_linear)
