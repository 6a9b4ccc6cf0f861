"""FITS cutouts of simulated galaxies, as another survey's camera would give them."""

import numpy as np
from astropy.io import fits

from galbar.survey.build import ROLES, draw_bands
from galbar.survey.imaging import Telescope
from galbar.survey.population import Population
from galbar.survey.scales import PIXEL_SCALE, SIDE

#: Planes of a cutout, in their order.
BANDS = "gri"


def draw_cutout(
    seed,
    index,
    *,
    position,
    pixel_scale=PIXEL_SCALE,
    rotation=0.0,
    flip=False,
    role="catalogue",
    population=None,
    telescope=None,
):
    """Draw a galaxy of the simulated survey as a FITS cutout with world coordinates.

    The galaxy turns with the camera: it lies on the pixels as in the survey's image, whatever their
    direction on the sky. `galbar.survey.same_sky.photograph` turns the camera alone.

    Parameters
    ----------
    seed, index, role : as of `galbar.survey.build.draw_image`; a number of the galaxy in its role
    position : tuple of float, ra and dec of its centre [deg]
    pixel_scale : float, of the camera [arcsec]
    rotation : float, position angle of the image's rows, from its foot to its top [deg]
    flip : bool, whether east is to the right of north, as seen through a mirror
    population, telescope : optional, as of `galbar.survey.build.simulate_survey`

    Returns
    -------
    galaxy : galbar.survey.population.Galaxy
    planes : ndarray, shape (3, side, side), float32, g, r, i [nanomaggies per pixel], row 0 the
        bottom one
    header : astropy.io.fits.Header, of its world coordinates
    """
    rng = np.random.default_rng([seed, ROLES.index(role), index])
    galaxy, _, planes = draw_bands(
        rng, role, population or Population(), telescope or Telescope(), pixel_scale
    )
    # Images have their first row at the top, FITS files at the bottom.
    planes = planes[:, ::-1]
    sides = planes.shape[2] / SIDE
    # The galaxy is where the survey put it, which is not the very middle.
    x = (galaxy.x + 0.5) * sides + 0.5
    y = planes.shape[1] - (galaxy.y + 0.5) * sides + 0.5
    return galaxy, planes, camera_header(position, (x, y), pixel_scale, rotation, flip)


def camera_header(position, reference, pixel_scale, rotation, flip):
    """Return the header of a camera's world coordinates, in the tangential projection.

    Parameters
    ----------
    position : tuple of float, ra and dec of the reference pixel [deg]
    reference : tuple of float, column and row of that pixel, counted from 1 as in FITS
    pixel_scale, rotation, flip : as of `draw_cutout`

    Returns
    -------
    astropy.io.fits.Header
    """
    turn = np.radians(rotation)
    header = fits.Header()
    header["CTYPE1"], header["CTYPE2"] = "RA---TAN", "DEC--TAN"
    header["CRVAL1"], header["CRVAL2"] = position
    header["CRPIX1"], header["CRPIX2"] = reference
    east = 1 if flip else -1
    scale = pixel_scale / 3600
    header["CD1_1"], header["CD1_2"] = east * scale * np.cos(turn), scale * np.sin(turn)
    header["CD2_1"], header["CD2_2"] = -east * scale * np.sin(turn), scale * np.cos(turn)
    header["BUNIT"] = "nanomaggy"
    return header
