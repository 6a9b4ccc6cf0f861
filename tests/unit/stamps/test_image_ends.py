"""Ends of bars in the pixels of a user's own image, against where the sky says that they are."""

import numpy as np
import pandas as pd
import pytest
from astropy import units
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS

from galbar.lengths.bar_shape import FRAME, add_image_ends, add_shape
from galbar.stamps.observe import Recipe, observe_galaxy
from galbar.survey.cutouts import camera_header

SIDE, RADIUS = 64, 8.0
COLUMNS = ["x_image_end1", "y_image_end1", "x_image_end2", "y_image_end2"]


def draw_image(path, header, side=401):
    offset = np.arange(side) - (side - 1) / 2
    fits.PrimaryHDU(np.exp(-np.hypot(offset, offset[:, None]) / 20), header).writeto(path)


def measure_ends(about, length_px, angle):
    """Return the ends in the image of bars in the frame, by what is known of a galaxy's image."""
    table = {"length_px": length_px, "angle": angle, "mask_axis_ratio": 0.4}
    table |= {name: about[name] for name in ("petror90_r", *FRAME)}
    return add_image_ends(add_shape(pd.DataFrame(table)))


@pytest.mark.parametrize("distorted", [False, True])
@pytest.mark.parametrize(
    ("pixel_scale", "rotation", "flip"),
    [(0.3, 0, False), (0.3, 35, True), (0.2, 250, False), (0.6, 130, True)],
)
def test_ends_are_where_the_sky_says(tmp_path, pixel_scale, rotation, flip, distorted):
    # In a field at a high declination, the galaxy beside the middle.
    header = camera_header((30.0, 70.0), (201, 201), pixel_scale, rotation, flip)
    if distorted:
        header["CTYPE1"], header["CTYPE2"] = "RA---TAN-SIP", "DEC--TAN-SIP"
        header.update({"A_ORDER": 2, "A_2_0": 2e-5, "B_ORDER": 2, "B_1_1": -3e-5})
    draw_image(tmp_path / "a.fits", header)
    wcs = WCS(header)
    galaxy = wcs.pixel_to_world(170.0, 215.0)
    row = {"galaxy_id": 1, "id": "1", "image": "a.fits", "petror90_r": RADIUS}
    row |= {"ra": galaxy.ra.deg, "dec": galaxy.dec.deg}
    about = observe_galaxy(row, Recipe(tmp_path), SIDE).about
    assert (about["x_galaxy"], about["y_galaxy"]) == pytest.approx((170, 215), abs=1e-3)
    length, angle = np.array([60.0, 90.0, 40.0]), np.array([20.0, 90.0, 155.0])
    ends = measure_ends(about, length, angle)
    position_angle, half = (90 - angle) % 180, length / 2 * 0.02 * RADIUS
    for number, turn in enumerate((0, 180)):
        sky = SkyCoord([galaxy] * 3).directional_offset_by(
            (position_angle + turn) * units.deg, half * units.arcsec
        )
        expected = np.transpose(wcs.world_to_pixel(sky))
        shown = ends[COLUMNS[2 * number : 2 * number + 2]]
        np.testing.assert_allclose(shown, expected, atol=0.05 if distorted else 2e-3)


def test_ends_without_world_coordinates_follow_the_scale(tmp_path):
    draw_image(tmp_path / "a.fits", None)
    row = {"galaxy_id": 1, "id": "1", "image": "a.fits", "petror90_r": RADIUS}
    row |= {"centre_x": 190.0, "centre_y": 205.5}
    about = observe_galaxy(row, Recipe(tmp_path, 0.4), SIDE).about
    ends = measure_ends(about, [50.0, 50.0, np.nan], [0.0, 90.0, 10.0])
    # 50 px of the frame are 8 arcsec, 20 px of the image.
    expected = [[180, 205.5, 200, 205.5], [190, 195.5, 190, 215.5], [np.nan] * 4]
    np.testing.assert_allclose(ends[COLUMNS], expected)
    names = list(ends)
    assert names[names.index("y_end2") + 1 : names.index("y_end2") + 5] == COLUMNS
    assert not set(FRAME) & set(names)


def test_of_several_bands_the_ends_are_in_the_bluest(tmp_path):
    for name, rotation in (("r", 0), ("g", 90)):
        header = camera_header((30.0, 10.0), (201, 201), 0.3, rotation, False)
        draw_image(tmp_path / f"{name}.fits", header)
    row = {"galaxy_id": 1, "id": "1", "image_r": "r.fits", "image_g": "g.fits"}
    about = observe_galaxy({**row, "petror90_r": RADIUS}, Recipe(tmp_path), SIDE).about
    # Up in the image of g is to the east, its right to the north.
    ratio = 0.02 * RADIUS / 0.3
    shown = [about[name] for name in FRAME]
    np.testing.assert_allclose(shown, [200, 200, 0, -ratio, -ratio, 0], atol=1e-5)


def test_images_of_galaxy_zoo_have_their_ends_in_the_frame():
    plain = pd.DataFrame({"length_px": [50.0], "angle": 0.0, "mask_axis_ratio": 0.4})
    plain = add_shape(plain.assign(petror90_r=8.0))
    pd.testing.assert_frame_equal(add_image_ends(plain), plain)
