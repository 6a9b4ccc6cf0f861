"""Colours of stamps: the light of any survey on the scale of the networks' training images.

Networks know galaxies in the colours of SDSS (Lupton et al. 2004). A survey with other filters,
units and depth is brought there by one factor for each of red, green and blue, such that its
galaxies are as bright, in the middle of them, as those that the networks were trained on
(`calibrate_colours`): no unit has to be known. Pictures that were scaled for the eye, by whatever
scale, are taken as if by that of the training images, and brought there alike.
"""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
from astropy.stats import sigma_clipped_stats
from astropy.visualization import LuptonAsinhStretch

# Where sky and brightness are measured, in petroR90. Within a quarter of it the light of bulge, bar
# and inner disc is bright in any survey; beyond 1.5 there is hardly any.
CENTRE = 0.25
SKY_FROM = 1.5

# Of a galaxy, the share of the sky's pixels that must be there to tell its level.
_LEAST_SKY = 0.02

# With these the simulated survey has the statistics of the real images of Galaxy Zoo.
STRETCH, SOFTENING = 0.50, 6.7


#: Kinds of images, each of which has colours of its own, and what each is.
KINDS = {"linear": "linear in the light", "pictures": "scaled for the eye"}


class Light(NamedTuple):
    """What is measured of an image before its colours are made.

    Each is (bands,), in the unit of the image per pixel: ``sky`` level and ``noise`` outside the
    galaxy, and mean ``brightness`` above the sky in its middle. Of an image that ends within the
    galaxy the faintest tenth stands for the sky, and the noise is NaN.
    """

    sky: np.ndarray
    noise: np.ndarray
    brightness: np.ndarray


class Colours(NamedTuple):
    """How the light of a catalogue's images of one kind becomes red, green and blue.

    ``factor`` (3,) of each channel, ``background`` (3,) that is added after it.
    """

    factor: np.ndarray
    background: np.ndarray


def asinh_colours(images, stretch, softening):
    """Scale bands to colours that do not depend on brightness (Lupton et al. 2004), as SDSS does.

    Like astropy's ``make_lupton_rgb``, except that what is too bright is cut off channel by
    channel: that gives the white cores of bright stars, as in the real images. ``images`` (3, ny,
    nx) are red, green, blue, black at 0; the result is (ny, nx, 3) uint8. The scale bends at the
    brightness ``stretch``; ``softening`` is Q of the paper, larger being more logarithmic.
    """
    scale = LuptonAsinhStretch(stretch=stretch, Q=softening)
    brightness = np.maximum(images.mean(axis=0), 1e-6)
    colours = images * (scale(brightness) / brightness)
    return np.moveaxis(255 * np.clip(colours, 0, 1), 0, -1).astype(np.uint8)


def light_of_colours(pixels, stretch, softening):
    """Return the light (3, ny, nx), float64, that `asinh_colours` made pixels (ny, nx, 3) of.

    Values that were cut off at 255 come back too small.
    """
    colours = np.moveaxis(np.asarray(pixels, dtype=np.float64), -1, 0) / 255
    scaled = colours.mean(axis=0)
    # The inverse of astropy's scale, which is 0.1 asinh(Q x / stretch) / asinh(0.1 Q).
    light = np.sinh(scaled * np.arcsinh(0.1 * softening) / 0.1) * stretch / softening
    return colours * np.divide(light, scaled, out=np.zeros_like(scaled), where=scaled > 0)


def radii(side, step):
    """Return each pixel's distance from the centre of a stamp, (side, side), times ``step``."""
    offsets = (np.arange(side) - (side - 1) / 2) * step
    return np.hypot(offsets[:, np.newaxis], offsets)


def measure_light(planes, step):
    """Measure sky, noise and brightness of a stamp.

    Parameters
    ----------
    planes : ndarray, shape (bands, side, side)
        NaN where nothing was measured; something in each band.
    step : float, of the stamp's pixels in petroR90

    Returns
    -------
    Light
    """
    radius = radii(planes.shape[-1], step)
    outside, middle = radius > SKY_FROM, radius < CENTRE
    levels = np.full((3, len(planes)), np.nan)
    for band, plane in enumerate(planes):
        there = plane[outside & np.isfinite(plane)]
        if len(there) >= max(20, _LEAST_SKY * outside.sum()):
            _, sky, noise = sigma_clipped_stats(there, sigma=3, maxiters=10)
        else:
            sky, noise = np.nanpercentile(plane, 10), np.nan
        centre = plane[middle & np.isfinite(plane)]
        brightness = centre.mean() - sky if len(centre) else np.nan
        levels[:, band] = sky, noise, brightness
    return Light(*levels)


def grey_colours(colours):
    """Return the `Colours` of an image without colours among those that have some: it stays so."""
    return Colours(*(np.full(3, values.mean()) for values in colours))


def calibrate_colours(brightness, reference):
    """Find the factors that bring a survey's galaxies to the brightness of the training images.

    Parameters
    ----------
    brightness : array_like, shape (n, 3), of `Light`, in red, green and blue; NaN where unknown
    reference : Light, of the training images (medians), in red, green and blue

    Returns
    -------
    Colours

    Raises
    ------
    ValueError : if no galaxy has a brightness above 0 in all three
    """
    brightness = np.asarray(brightness, dtype=np.float64).reshape(-1, 3)
    usable = (np.isfinite(brightness) & (brightness > 0)).all(axis=1)
    if not usable.any():
        raise ValueError(
            f"found none of {len(brightness)} galaxies brighter than the sky around it in all "
            "bands, expected nearly all: is the position right, and the order of the bands?"
        )
    wanted, background = np.asarray(reference.brightness), np.asarray(reference.sky)
    if not np.ptp(brightness[usable], axis=1).any():
        # One band stays grey.
        wanted, background = np.full(3, wanted.mean()), np.full(3, background.mean())
    return Colours(wanted / np.median(brightness[usable], axis=0), background)


def colour_stamp(planes, sky, colours):
    """Make the colours of a stamp.

    Parameters
    ----------
    planes : ndarray, shape (3, side, side), red, green, blue
    sky : ndarray, shape (3,), its level in them
    colours : Colours

    Returns
    -------
    ndarray, shape (side, side, 3), uint8; 0 where a plane is NaN
    """
    levels = (planes - np.asarray(sky)[:, np.newaxis, np.newaxis]).astype(np.float64)
    levels = levels * colours.factor[:, np.newaxis, np.newaxis]
    levels += colours.background[:, np.newaxis, np.newaxis]
    return asinh_colours(np.nan_to_num(levels, nan=0.0), STRETCH, SOFTENING)


def colours_as_numbers(colours):
    """Return what is stored of a dict of `Colours`, or of None."""
    return {
        kind: each and {name: values.tolist() for name, values in each._asdict().items()}
        for kind, each in colours.items()
    }


def read_colours(path):
    """Read the dict of `Colours`, or of None, that `colours_as_numbers` made numbers of.

    ValueError if it is a file of an older galbar.
    """
    stored = json.loads(Path(path).read_text(encoding="utf-8"))
    if not isinstance(stored, dict) or set(stored) != set(KINDS):
        keys = ", ".join(stored or ["null"])
        raise ValueError(
            f"{path}: found {keys}, expected {', '.join(KINDS)}: an older galbar wrote the file; "
            "delete it, and it is made again"
        )
    return {
        kind: each and Colours(*(np.array(each[name]) for name in Colours._fields))
        for kind, each in stored.items()
    }
