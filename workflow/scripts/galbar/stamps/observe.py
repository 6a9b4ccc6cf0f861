"""From a row of a user's table to the light of its galaxy on the grid of a stamp."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from galbar.io.image_archives import has_image
from galbar.io.images import IMAGE_SIDE
from galbar.lengths.bar_shape import FRAME
from galbar.lengths.units import PETROR90_PER_PIXEL
from galbar.stamps.colours import SOFTENING, STRETCH, light_of_colours
from galbar.stamps.image_files import read_survey_image
from galbar.stamps.petrosian import measure_petror90, measure_sky
from galbar.stamps.placement import (
    find_position,
    frame_by_wcs,
    north_up_wcs,
    pixel_scale_at,
    place_by_scale,
    place_by_wcs,
)
from galbar.stamps.resample import resample

#: Side of a stamp over petroR90: that of the images of Galaxy Zoo.
STAMP_IN_PETROR90 = IMAGE_SIDE * PETROR90_PER_PIXEL

# A size is measured on so many pixels; if the galaxy reaches beyond them, on larger ones.
_SIZE_SIDE = 401

# Bands in the order of their wavelength, as columns image_g, image_r, ... may be called.
_BANDS = ("fuv", "nuv", "u", "b", "g", "v", "r", "i", "z", "y", "j", "h", "k")


class Recipe(NamedTuple):
    """How the images of a catalogue are read, as its entry in the configuration says.

    Attributes
    ----------
    folder : Path, to which the images' paths are relative
    pixel_scale : float or None [arcsec], of images without world coordinates
    extension : int, str, list or None, see `galbar.stamps.image_files.read_survey_image`
    bands : list or None
        Red, green and blue: numbers of planes from 0, or names of columns image_*.
    """

    folder: Path
    pixel_scale: float | None = None
    extension: int | str | list | None = None
    bands: list | None = None


class Observation(NamedTuple):
    """The light of a galaxy on a stamp.

    Attributes
    ----------
    planes : ndarray, shape (3, side, side)
        Light in red, green, blue, NaN where not measured: per square arcsecond, or, of a picture
        that was scaled for the eye, what it would be had it been scaled as the training images.
    linear : bool, whether the image is proportional to the light
    about : dict
        petror90_r [arcsec] and petror90_from ("table", "image"), ra and dec [deg, NaN without world
        coordinates], pixel_scale of the image [arcsec], petror90_px (petror90_r in its pixels),
        north_up (whether the stamp is), and those of `galbar.lengths.bar_shape.FRAME`. Of several
        images they are of the bluest.
    """

    planes: np.ndarray
    linear: bool
    about: dict


# What astropy raises, beside ValueError, for headers that it cannot make sense of. One galaxy's
# header must not stop the others.
_UNUSABLE = (ArithmeticError, AttributeError, LookupError, MemoryError, RuntimeError, TypeError)


def observe_galaxy(galaxy, recipe, side, last_images=None):
    """Read the images of a galaxy and resample them onto its stamp.

    Parameters
    ----------
    galaxy : dict, a row of `galbar.catalogues.own_table.read_own`
    recipe : Recipe
    side : int, of the stamp [px]
    last_images : dict, optional
        Path -> image of the galaxy before, by the same recipe: what it shares with this galaxy is
        not read again. Becomes that of this galaxy, in place. A mosaic is read once so.

    Returns
    -------
    Observation

    Raises
    ------
    ValueError
        If an image is missing or cannot be read, its pixel scale, its position or the galaxy's size
        cannot be known, or the galaxy is not in it; the message says what was found and expected.
    """
    try:
        return _observe(galaxy, recipe, side, {} if last_images is None else last_images)
    except _UNUSABLE as error:
        raise ValueError(
            f"its image or coordinates cannot be used ({type(error).__name__}: {error})"
        ) from error


def _observe(galaxy, recipe, side, last_images):
    if galaxy.get("not_downloaded"):
        raise ValueError(f"its image was not downloaded: {galaxy['not_downloaded']}")
    images = _read_all(recipe, _paths(galaxy, recipe), last_images)
    linear = images[0].linear
    if any(image.linear != linear for image in images):
        raise ValueError("its images are partly linear in the light and partly scaled for the eye")
    if len(images) > 1 and any(len(image.planes) != 1 for image in images):
        raise ValueError("found several planes in one of its images, expected one file per band")
    locations = [_locate(image, galaxy, recipe) for image in images]
    if len({location.wcs is None for location in locations}) > 1:
        raise ValueError("some of its images have world coordinates and some have none")
    petror90, source = galaxy["petror90_r"], "table"
    if not np.isfinite(petror90):
        petror90, source = _measure_size(images, locations), "image"
    step = STAMP_IN_PETROR90 * petror90 / side
    # Per square arcsecond: images of a catalogue may have different pixels.
    planes = _resample_all(images, locations, side, step)
    if "image" in galaxy:
        channels = _choose_channels(planes, linear, recipe.bands)
    else:
        # Files of bands have been chosen by their names, the bluest first.
        channels = _choose_channels(planes, True, None)
    _check_centre(channels)
    if not linear:
        channels = light_of_colours(np.moveaxis(channels, 0, -1), STRETCH, SOFTENING)
    first = locations[0]
    about = {"petror90_r": petror90, "petror90_from": source, "ra": first.ra, "dec": first.dec}
    about |= {"pixel_scale": first.pixel_scale, "petror90_px": petror90 / first.pixel_scale}
    about["north_up"] = first.wcs is not None
    about |= dict(zip(FRAME, first.frame(PETROR90_PER_PIXEL * petror90), strict=True))
    return Observation(channels, linear, about)


def _paths(galaxy, recipe):
    """Return the paths of a galaxy's image, or of its bands from the bluest to the reddest."""
    if "image" in galaxy:
        return [galaxy["image"]]
    there = {name.removeprefix("image_"): name for name in galaxy if name.startswith("image_")}
    if recipe.bands:
        missing = [band for band in recipe.bands if str(band) not in there]
        if missing:
            raise ValueError(f"bands: found {missing[0]!r}, expected one of {', '.join(there)}")
        return [galaxy[there[str(band)]] for band in reversed(recipe.bands)]
    unknown = [band for band in there if band not in _BANDS]
    if unknown or len(there) > 3:
        raise ValueError(
            f"found images of the bands {', '.join(there)}, expected the key bands to say which "
            "are red, green and blue"
        )
    return [galaxy[there[band]] for band in sorted(there, key=_BANDS.index)]


def _read_all(recipe, names, last_images):
    """Return the images of a galaxy, of those of the last one as they are."""
    # Before others are read: never more than one galaxy's images are in memory.
    for name in set(last_images) - set(names):
        del last_images[name]
    for name in names:
        if name not in last_images:
            last_images[name] = _read_or_fail(recipe, name)
        if isinstance(last_images[name], ValueError):
            # A new one: the same would collect the frames of all who raise it.
            raise ValueError(*last_images[name].args)
    return [last_images[name] for name in names]


def _read_or_fail(recipe, name):
    """Return an image, or the ValueError of one that cannot be read: it is not tried again."""
    try:
        image = _read(recipe, name)
    except ValueError as error:
        return error
    image.planes.setflags(write=False)
    return image


def _read(recipe, name):
    """Read an image by the path that the table gives it."""
    path = Path(recipe.folder) / name
    try:
        if not name or not has_image(path):
            raise ValueError(f"no image {name or '(nothing)'}")
        return read_survey_image(path, recipe.extension)
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror or error}") from error


class _Location(NamedTuple):
    """Where a galaxy is in an image: by world coordinates, or by pixels and a scale."""

    wcs: object
    ra: float
    dec: float
    centre: tuple
    pixel_scale: float

    def place(self, side, step):
        if self.wcs is None:
            return place_by_scale(self.centre, side=side, step=step, pixel_scale=self.pixel_scale)
        return place_by_wcs(self.wcs, self.ra, self.dec, side=side, step=step)

    def frame(self, step):
        """Return `galbar.lengths.bar_shape.FRAME` for pixels of the frame of a size [arcsec]."""
        if self.wcs is None:
            ratio = step / self.pixel_scale
            return (*self.centre, ratio, 0.0, 0.0, ratio)
        return frame_by_wcs(self.wcs, self.ra, self.dec, step)


def _locate(image, galaxy, recipe):
    """Find a galaxy in an image, and the image's pixel scale."""
    ny, nx = image.planes.shape[1:]
    centre = galaxy.get("centre_x", np.nan), galaxy.get("centre_y", np.nan)
    if not np.isfinite(centre).all():
        centre = (nx - 1) / 2, (ny - 1) / 2
    ra, dec = galaxy.get("ra", np.nan), galaxy.get("dec", np.nan)
    pixel_scale = galaxy.get("pixel_scale", np.nan)
    if image.wcs is None and galaxy.get("north_up"):
        # Of a survey's pictures it is known how they lie (`galbar.downloads.catalogue`).
        wcs = north_up_wcs(ra, dec, pixel_scale, (ny, nx))
        return _Location(wcs, ra, dec, centre, pixel_scale)
    if image.wcs is None:
        if not np.isfinite(pixel_scale):
            pixel_scale = recipe.pixel_scale
        if pixel_scale is None:
            raise ValueError(
                "its pixel scale is unknown: found no world coordinates, expected them, a column "
                "pixel_scale in the table, or the key pixel_scale [arcsec]"
            )
        return _Location(None, ra, dec, centre, float(pixel_scale))
    if not np.isfinite([ra, dec]).all():
        ra, dec = find_position(image.wcs, centre)
        if not np.isfinite([ra, dec]).all():
            raise ValueError("the middle of its image is not on the sky by its world coordinates")
    measured = pixel_scale_at(image.wcs, ra, dec)
    _check_scales(pixel_scale, measured)
    return _Location(image.wcs, ra, dec, centre, measured)


def _check_scales(said, measured):
    """Raise ValueError if a table and world coordinates contradict each other."""
    if np.isfinite(said) and abs(said / measured - 1) > 0.02:
        raise ValueError(
            f"its pixel scale is {said:g} arcsec in the table and {measured:.4g} by its world "
            "coordinates, expected the same"
        )


def _measure_size(images, locations):
    """Measure petroR90 [arcsec] on the mean of the bands, each in units of its noise."""
    if not images[0].linear:
        raise ValueError(
            "its size is unknown: found a picture that is scaled for the eye, on which none can be "
            "measured, expected petror90_r in the table"
        )
    shortest, factor = min(images[0].planes.shape[1:]), 1
    while True:
        step = factor * locations[0].pixel_scale
        side = 2 * (shortest // factor // 2) + 1
        if side <= _SIZE_SIDE:
            # All of the image: what it holds of the galaxy must do.
            return measure_petror90(_mean_band(images, locations, side, step)) * step
        plane = _mean_band(images, locations, _SIZE_SIDE, step)
        try:
            return measure_petror90(plane, whole=True) * step
        except ValueError:
            factor *= 2


def _mean_band(images, locations, side, step):
    """Return the mean of all bands (side, side), each in units of its noise."""
    planes = _resample_all(images, locations, side, step)
    noise = np.array([measure_sky(plane)[1] for plane in planes])
    return (planes / np.where(noise > 0, noise, 1.0)[:, None, None]).mean(axis=0)


def _resample_all(images, locations, side, step):
    """Resample the planes of all images onto a stamp, per square arcsecond if they are linear."""
    return np.concatenate(
        [
            resample(image.planes, location.place(side, step))
            / (np.float32(location.pixel_scale) ** 2 if image.linear else 1)
            for image, location in zip(images, locations, strict=True)
        ]
    )


def _choose_channels(planes, linear, bands):
    """Return red, green and blue (3, side, side) of the planes of an image."""
    if bands:
        unknown = [
            band for band in bands if not (isinstance(band, int) and 0 <= band < len(planes))
        ]
        if unknown:
            raise ValueError(
                f"bands: found {unknown[0]!r}, expected numbers from 0 to {len(planes) - 1} of its "
                "planes"
            )
        chosen = planes[bands]
    elif len(planes) > 3:
        raise ValueError(
            f"found {len(planes)} planes, expected the key bands to say which are red, green, blue"
        )
    else:
        # Planes of light go from the bluest to the reddest, those for the eye from red to blue.
        chosen = planes[::-1] if linear else planes
    if len(chosen) == 2:
        return np.stack([chosen[0], chosen.mean(axis=0), chosen[1]])
    return np.repeat(chosen, 3, axis=0) if len(chosen) == 1 else chosen


def _check_centre(planes):
    """Raise ValueError if the middle of a stamp is not covered."""
    side = planes.shape[-1]
    middle = slice(side // 2 - max(1, side // 40), side // 2 + max(1, side // 40) + 1)
    if np.isfinite(planes[:, middle, middle]).all(axis=0).mean() < 0.5:
        raise ValueError("its position is outside its image, or where nothing was measured")
