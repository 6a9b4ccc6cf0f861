"""What other cameras see of the survey's own sky: the same galaxies on other pixels."""

import numpy as np
from scipy import ndimage

from galbar.survey.build import ROLES, draw_light
from galbar.survey.cutouts import camera_header
from galbar.survey.imaging import Telescope, add_noise, blur, observe, with_pixels
from galbar.survey.population import Population
from galbar.survey.scales import PETRO_R90_PX, PIXEL_SCALE, SIDE

# Of the splines between the survey's pixels. Cubic ones take more of the noise away.
_ORDER = 5


def photograph(
    seed,
    index,
    *,
    position,
    pixel_scale=None,
    rotation=0.0,
    flip=False,
    noise="survey",
    field=1.0,
    role="catalogue",
    population=None,
    telescope=None,
):
    """Photograph the sky of an image of the simulated survey by a camera of other pixels.

    On the sky galaxy and neighbours are where the survey's image has them, as sharp as there; the
    camera's pixels are turned, mirrored, finer or coarser.

    Parameters
    ----------
    seed, index, role, population, telescope : as of `galbar.survey.cutouts.draw_cutout`
    position : tuple of float, ra and dec of the middle of the survey's image [deg]
    pixel_scale : float, of the camera [arcsec]; None: the survey's own pixels
    rotation, flip : as of `galbar.survey.cutouts.draw_cutout`
    noise : {"survey", "own"}
        The survey's noise, as a part of the sky, or the camera's own, of the same depth per area.
    field : float, side of the middle part of the survey's image that is seen over the image's

    Returns
    -------
    galaxy : galbar.survey.population.Galaxy
    planes : ndarray, shape (3, side, side), float32, g, r, i [nanomaggies per pixel], row 0 the
        bottom one. The part of the survey's image is wholly in it, wherever it is turned; what lies
        beyond the image is its mirror image.
    header : astropy.io.fits.Header, of its world coordinates

    Raises
    ------
    ValueError : if ``noise`` is neither
    """
    if noise not in ("survey", "own"):
        raise ValueError(f"noise is {noise!r}, expected 'survey' or 'own'")
    telescope = telescope or Telescope()
    rng = np.random.default_rng([seed, ROLES.index(role), index])
    galaxy, sky, light, noise_seed = draw_light(rng, role, population or Population(), telescope)
    # As the image is 8.48 petroR90 wide, whatever its whole number of pixels.
    scale = SIDE / PETRO_R90_PX * galaxy.petror90 / light.shape[2]
    if noise == "survey":
        light = observe(light, sky, telescope, PIXEL_SCALE, noise_seed)
    else:
        light = blur(light, sky, telescope, PIXEL_SCALE)
    ratio = 1.0 if pixel_scale is None else pixel_scale / scale
    planes = _look_at(light, ratio, field, rotation, flip)
    if noise == "own":
        sky, telescope = with_pixels(sky, telescope, ratio)
        planes = add_noise(np.maximum(planes, 0), sky, telescope, int(rng.integers(1, 2**31)))
    middle = (planes.shape[2] + 1) / 2
    header = camera_header(position, (middle, middle), ratio * scale, rotation, flip)
    return galaxy, planes, header


def _look_at(light, ratio, field, rotation, flip):
    """Return what pixels ``ratio`` times as wide as those of ``light`` (3, side, side) hold."""
    turn, side = np.radians(rotation), light.shape[2]
    samples = max(1, int(np.ceil(ratio - 1e-6)))
    width = field * side * (abs(np.cos(turn)) + abs(np.sin(turn)))
    count = int(np.ceil(width / ratio - 1e-6))
    offsets = (np.arange(count * samples) - (count * samples - 1) / 2) / samples * ratio
    right, up = np.meshgrid(offsets, offsets)
    right = right if flip else -right
    # As `camera_header` says it: the survey's image has north up and east to the left.
    east, north = np.cos(turn) * right + np.sin(turn) * up, np.cos(turn) * up - np.sin(turn) * right
    middle = (side - 1) / 2
    result = np.empty((len(light), count, count), np.float32)
    for band, plane in enumerate(light):
        values = ndimage.map_coordinates(
            plane, [middle - north, middle - east], order=_ORDER, mode="mirror"
        )
        result[band] = values.reshape(count, samples, count, samples).mean(axis=(1, 3))
    return ratio**2 * result
