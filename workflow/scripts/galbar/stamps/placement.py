"""Where the pixels of a stamp lie in an image: by its world coordinates, or by a pixel scale.

A stamp has its galaxy at the centre, ``(side - 1) / 2``. With world coordinates north is up (row 0
is the northernmost) and east is left, whatever the image's rotation and flips; without them it lies
as the image does.
"""

from typing import NamedTuple

import numpy as np
from astropy.wcs import WCS, NoConvergence
from astropy.wcs.utils import proj_plane_pixel_scales
from scipy.interpolate import RectBivariateSpline

# Nodes along a side at which world coordinates are computed; splines between them are exact to
# better than a thousandth of a pixel over a stamp of some arcminutes, distortion included.
_NODES = 17

# Samples along a side of a stamp's pixel: more take memory, and nothing is gained.
_MOST_SAMPLES = 12

# Half a bar, about [px of the frame]: over it the frame of a stamp is measured in the image.
_FRAME_REACH = 25


class Placement(NamedTuple):
    """Positions in an image of the samples of a stamp.

    ``x``, ``y`` (k side, k side) are zero-based columns and rows of the image's array, NaN where
    the sky is not in its projection; ``oversampling`` is k, the samples along a side of a stamp's
    pixel: as many as it is wide in pixels of the image, so that none is left out. Of a fine image
    they are as many as it is wide in squares of ``binning`` pixels, which are averaged first.
    """

    x: np.ndarray
    y: np.ndarray
    oversampling: int
    binning: int


def place_by_scale(centre, *, side, step, pixel_scale):
    """Place a stamp in an image that has a pixel scale only.

    Parameters
    ----------
    centre : tuple of float, x and y of the galaxy in the image's array [px], zero-based
    side : int, of the stamp [px]
    step : float, of the stamp's pixels [arcsec]
    pixel_scale : float, of the image [arcsec]

    Returns
    -------
    Placement
    """
    ratio = step / pixel_scale
    oversampling, binning = _oversampling(ratio)
    offsets = ratio * _offsets(side, oversampling)
    x, y = np.meshgrid(centre[0] + offsets, centre[1] + offsets)
    return Placement(x, y, oversampling, binning)


def place_by_wcs(wcs, ra, dec, *, side, step):
    """Place a stamp in an image that has world coordinates.

    Parameters
    ----------
    wcs : astropy.wcs.WCS, celestial, in any frame and projection
    ra, dec : float, ICRS position of the galaxy [deg]
    side : int, of the stamp [px]
    step : float, of the stamp's pixels [arcsec]

    Returns
    -------
    Placement

    Raises
    ------
    ValueError : if the position is not in the image's projection
    """
    nodes = np.linspace(-0.5, 0.5, _NODES) * side
    x_nodes, y_nodes = np.meshgrid(nodes, nodes)
    sky = _stamp_wcs(ra, dec, step).pixel_to_world(x_nodes, y_nodes)
    try:
        columns, rows = wcs.world_to_pixel(sky)
    except NoConvergence:
        columns = rows = np.full(x_nodes.shape, np.nan)
    if not (np.isfinite(columns).all() and np.isfinite(rows).all()):
        raise ValueError(f"the sky around ra {ra:g}, dec {dec:g} is not in the image's projection")
    oversampling, binning = _oversampling(step / pixel_scale_at(wcs, ra, dec))
    offsets = _offsets(side, oversampling)
    x, y = (
        RectBivariateSpline(nodes, nodes, values)(offsets, offsets) for values in (columns, rows)
    )
    return Placement(x, y, oversampling, binning)


def pixel_scale_at(wcs, ra, dec):
    """Return the side [arcsec] of a square as large as the image's pixel at a position [deg]."""
    sky = _stamp_wcs(ra, dec, 1.0).pixel_to_world([-0.5, 0.5, 0.0, 0.0], [0.0, 0.0, -0.5, 0.5])
    x, y = wcs.world_to_pixel(sky)
    area = abs((x[1] - x[0]) * (y[3] - y[2]) - (x[3] - x[2]) * (y[1] - y[0]))
    return float(1 / np.sqrt(area))


def frame_by_wcs(wcs, ra, dec, step):
    """Return where a galaxy is in an image, and how the frame of its stamp lies there.

    Parameters
    ----------
    wcs, ra, dec : as of `place_by_wcs`
    step : float, of the frame's pixels [arcsec]

    Returns
    -------
    tuple of float
        Column and row of the galaxy in the image's array, from 0; the image's columns and rows that
        a pixel of the frame to the right makes, and one downwards. Around the galaxy: what
        a distortion changes from there to the end of a bar is far below a pixel.
    """
    reach = _FRAME_REACH
    sky = _stamp_wcs(ra, dec, step).pixel_to_world(
        [0, -reach, reach, 0, 0], [0, 0, 0, -reach, reach]
    )
    positions = np.array(wcs.world_to_pixel(sky))
    right = (positions[:, 2] - positions[:, 1]) / (2 * reach)
    down = (positions[:, 4] - positions[:, 3]) / (2 * reach)
    return tuple(float(value) for value in (*positions[:, 0], *right, *down))


def find_position(wcs, centre):
    """Return ra and dec [deg, ICRS] of a position (x, y) in an image's array [px], zero-based."""
    sky = wcs.pixel_to_world(*centre).icrs
    return float(sky.ra.deg), float(sky.dec.deg)


def north_up_wcs(ra, dec, pixel_scale, shape):
    """Return the world coordinates of a picture with north up and a position in its middle.

    Parameters
    ----------
    ra, dec : float, ICRS position [deg]
    pixel_scale : float [arcsec]
    shape : tuple of int, (ny, nx) of the picture, whose row 0 is the northernmost

    Returns
    -------
    astropy.wcs.WCS
    """
    wcs = _stamp_wcs(ra, dec, pixel_scale)
    wcs.wcs.crpix = (shape[1] + 1) / 2, (shape[0] + 1) / 2
    return wcs


def read_wcs(header, units=None):
    """Return the celestial world coordinates of a FITS header, None where there are none.

    ``units``, the open file, holds the tables of some distortions.
    ValueError if there are some that cannot be used: no direction of both axes on the sky, or
    pixels of no size.
    """
    wcs = WCS(header, fobj=units, naxis=2)
    if not wcs.has_celestial:
        return None
    scales = proj_plane_pixel_scales(wcs)
    if not (np.isfinite(scales).all() and (scales > 0).all()) or not _has_scale(header):
        raise ValueError(
            "found world coordinates without a pixel scale, expected CD, PC with CDELT, or CDELT"
        )
    return wcs


def _has_scale(header):
    """Return whether a header says how large its pixels are: FITS takes 1 degree if it does not."""
    return any(key in header for key in ("CD1_1", "CD1_2", "CDELT1"))


def _stamp_wcs(ra, dec, step):
    """Return gnomonic coordinates around a position: column to the west, row to the south."""
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = "RA---TAN", "DEC--TAN"
    wcs.wcs.crval = ra, dec
    wcs.wcs.crpix = 1.0, 1.0
    wcs.wcs.cdelt = -step / 3600, -step / 3600
    return wcs


def _oversampling(ratio):
    """Return samples and binning for a stamp whose pixels are ``ratio`` image pixels wide."""
    if not np.isfinite(ratio):
        raise ValueError("the size of its image's pixels on the sky cannot be computed")
    binning = max(1, int(np.ceil(ratio / _MOST_SAMPLES - 1e-6)))
    return max(1, int(np.ceil(ratio / binning - 1e-6))), binning


def _offsets(side, oversampling):
    """Return the samples' distances from the stamp's centre along a side [px of the stamp]."""
    count = side * oversampling
    return (np.arange(count) - (count - 1) / 2) / oversampling
