"""Stamps of an analytic sky: the same whatever the image's scale, rotation, flip and projection."""

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS

from galbar.stamps.placement import (
    find_position,
    pixel_scale_at,
    place_by_scale,
    place_by_wcs,
    read_wcs,
)
from galbar.stamps.resample import resample

RA, DEC = 150.11, 2.2
SIDE, STEP = 41, 0.5


def sky_brightness(east, north):
    """Return a bar towards the north-east and a star to the west: nothing is symmetric."""
    along, across = (east + north) / np.sqrt(2), (north - east) / np.sqrt(2)
    bar = np.exp(-0.5 * ((along / 4) ** 2 + (across / 1.5) ** 2))
    return bar + 0.5 * np.exp(-0.5 * ((east + 6) ** 2 + (north - 1) ** 2) / 1.2**2)


def expected_stamp():
    """North up, east left."""
    offset = (np.arange(SIDE) - (SIDE - 1) / 2) * STEP
    west, south = np.meshgrid(offset, offset)
    return sky_brightness(-west, -south)


def image_of(wcs, shape, ra=RA, dec=DEC):
    x, y = np.meshgrid(np.arange(shape[1]), np.arange(shape[0]))
    east, north = SkyCoord(ra, dec, unit="deg").spherical_offsets_to(wcs.pixel_to_world(x, y).icrs)
    return sky_brightness(east.arcsec, north.arcsec)[np.newaxis]


def tangent(scale, rotation=0.0, flip=1, ctype=("RA---TAN", "DEC--TAN"), at=(RA, DEC)):
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ctype
    wcs.wcs.crval = at
    wcs.wcs.crpix = 101.3, 96.8
    turn = np.radians(rotation)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    wcs.wcs.cd = scale / 3600 * matrix @ np.diag([-flip, 1])
    return wcs


@pytest.mark.parametrize("scale", [0.1, 0.262, 0.396, 0.6])
@pytest.mark.parametrize(("rotation", "flip"), [(0, 1), (33, 1), (200, -1)])
def test_stamps_do_not_depend_on_the_image(scale, rotation, flip):
    wcs = tangent(scale, rotation, flip)
    shape = (200, 200) if scale > 0.2 else (400, 400)
    wcs.wcs.crpix = shape[1] / 2 + 0.3, shape[0] / 2 - 0.4
    image = image_of(wcs, shape)
    stamp = resample(image, place_by_wcs(wcs, RA, DEC, side=SIDE, step=STEP))
    # Averaging over a pixel of 0.5 arcsec widens what is 1.2 arcsec wide by a few per cent.
    np.testing.assert_allclose(stamp[0], expected_stamp(), atol=0.015)
    assert stamp.dtype == np.float32


def test_galactic_coordinates_and_a_field_off_the_axis():
    centre = SkyCoord(RA, DEC, unit="deg").galactic
    ctype = "GLON-TAN", "GLAT-TAN"
    # The reference point half a degree away.
    wcs = tangent(0.3, 20, 1, ctype, (centre.l.deg + 0.3, centre.b.deg - 0.4))
    x, y = wcs.world_to_pixel(centre)
    wcs.wcs.crpix -= np.array([x, y]) - 100
    stamp = resample(image_of(wcs, (201, 201)), place_by_wcs(wcs, RA, DEC, side=SIDE, step=STEP))
    np.testing.assert_allclose(stamp[0], expected_stamp(), atol=0.015)


def test_distortion_is_followed():
    header = tangent(0.3, 20).to_header()
    header.update({"CTYPE1": "RA---TAN-SIP", "CTYPE2": "DEC--TAN-SIP"})
    header.update({"A_ORDER": 2, "B_ORDER": 2, "A_2_0": 1e-3, "B_1_1": -1e-3})
    header.update({"NAXIS": 2, "NAXIS1": 200, "NAXIS2": 200})
    wcs = read_wcs(header)
    x, y = wcs.world_to_pixel(SkyCoord(RA, DEC, unit="deg"))
    ra, dec = find_position(wcs, (x + 25, y - 20))
    image = image_of(wcs, (200, 200), ra, dec)
    stamp = resample(image, place_by_wcs(wcs, ra, dec, side=SIDE, step=STEP))
    np.testing.assert_allclose(stamp[0], expected_stamp(), atol=0.015)
    # Without the distortion the galaxy would be somewhere else, and larger.
    undistorted = np.array(wcs.wcs_world2pix(ra, dec, 0))
    assert np.hypot(*(undistorted - wcs.world_to_pixel(SkyCoord(ra, dec, unit="deg")))) > 0.5
    assert 0.003 < abs(pixel_scale_at(wcs, ra, dec) - 0.3) < 0.03


@pytest.mark.parametrize("scale", [0.1, 0.25, 0.5, 0.9])
def test_by_a_pixel_scale_the_stamp_lies_as_the_image_does(scale):
    ny, nx = 300, 310
    centre = 151.2, 140.7
    x, y = np.meshgrid((np.arange(nx) - centre[0]) * scale, (np.arange(ny) - centre[1]) * scale)
    image = sky_brightness(-x, -y)[np.newaxis]
    stamp = resample(image, place_by_scale(centre, side=SIDE, step=STEP, pixel_scale=scale))
    np.testing.assert_allclose(stamp[0], expected_stamp(), atol=0.015)


def test_surface_brightness_is_conserved_and_nothing_is_left_out():
    """A single bright pixel counts by its area, wherever it falls between samples."""
    rng = np.random.default_rng(1)
    image = np.zeros((1, 120, 120))
    image[0, 50:70, 50:70] = rng.random((20, 20))
    for step in (0.7, 1.0, 2.3, 4.0):
        placement = place_by_scale((59.5, 59.5), side=int(60 / step), step=step, pixel_scale=1.0)
        stamp = resample(image, placement)
        assert stamp.sum() * step**2 == pytest.approx(image.sum(), rel=0.01)


@pytest.mark.parametrize("scale", [0.011, 0.03])
def test_fine_pixels_are_averaged_first(scale):
    """A stamp's pixel is 17 and 45 of them wide."""
    side = int(22 / scale)
    centre = (side - 1) / 2 + 0.3, (side - 1) / 2 - 5.2
    offset = np.arange(side)
    x, y = np.meshgrid((offset - centre[0]) * scale, (offset - centre[1]) * scale)
    placement = place_by_scale(centre, side=SIDE, step=STEP, pixel_scale=scale)
    assert placement.binning > 1
    assert placement.x.shape[0] <= 12 * SIDE
    stamp = resample(sky_brightness(-x, -y)[np.newaxis], placement)
    np.testing.assert_allclose(stamp[0], expected_stamp(), atol=0.015)


def test_what_was_not_measured_stays_unknown():
    image = np.ones((2, 60, 60))
    image[0, 20:40, 20:40] = np.nan
    placement = place_by_scale((29.5, 29.5), side=80, step=1.0, pixel_scale=1.0)
    stamp = resample(image, placement)
    assert np.isnan(stamp[0, 31:49, 31:49]).all()
    known = np.isfinite(stamp)
    np.testing.assert_allclose(stamp[known], 1, atol=1e-6)
    # Beyond the image's edge nothing is continued.
    assert known[1].sum() == 60 * 60
    assert np.isnan(stamp[:, 0]).all()
    # A galaxy outside the image has an empty stamp.
    beyond = place_by_scale((500, 29.5), side=80, step=1.0, pixel_scale=1.0)
    assert np.isnan(resample(image, beyond)).all()


def test_single_bad_pixels_are_bridged():
    x, y = np.meshgrid(np.arange(80), np.arange(80))
    image = (0.5 + 0.01 * x + 0.02 * y)[np.newaxis]
    truth = image.copy()
    image[0, ::7, ::5] = np.nan
    placement = place_by_scale((40, 40), side=10, step=4.0, pixel_scale=1.0)
    np.testing.assert_allclose(resample(image, placement), resample(truth, placement), atol=0.02)


def test_coordinates_that_cannot_be_used():
    assert read_wcs(fits.Header({"NAXIS": 2})) is None
    header = fits.Header()
    header.update({"NAXIS": 2, "CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": 10.0})
    with pytest.raises(ValueError, match="without a pixel scale, expected CD, PC with CDELT"):
        read_wcs(header)
    with pytest.raises(ValueError, match=r"ra 330\.1, dec -2\.2 is not in the image's projection"):
        place_by_wcs(tangent(0.3), RA + 180 - 0.01, -DEC, side=SIDE, step=STEP)
