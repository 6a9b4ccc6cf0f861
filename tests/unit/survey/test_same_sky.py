"""The same sky on other cameras' pixels: turned, mirrored, finer and coarser."""

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from galbar.stamps.colours import Colours, colour_stamp, measure_light
from galbar.stamps.observe import STAMP_IN_PETROR90, Recipe, observe_galaxy
from galbar.survey.build import draw_bands, draw_image
from galbar.survey.imaging import Telescope
from galbar.survey.population import Population
from galbar.survey.same_sky import photograph

# A small galaxy of the catalogue; what networks see of its stamp.
SEED, INDEX, POSITION, SIDE = 42, 1, (150.0, 20.0), 424
CROP = slice(148, 276)


def make_stamp(folder, **camera):
    """Photograph the galaxy and put it on a stamp, (3, SIDE, SIDE) in red, green and blue."""
    galaxy, planes, header = photograph(SEED, INDEX, position=POSITION, **camera)
    fits.PrimaryHDU(planes, header).writeto(folder / "a.fits", overwrite=True)
    row = {"galaxy_id": 1, "id": "1", "image": "a.fits", "petror90_r": galaxy.petror90}
    row |= {"ra": POSITION[0], "dec": POSITION[1]}
    return observe_galaxy(row, Recipe(folder), SIDE).planes


@pytest.fixture(scope="module")
def unturned(tmp_path_factory):
    return make_stamp(tmp_path_factory.mktemp("unturned"), pixel_scale=0.1)


def test_the_surveys_own_pixels_are_the_surveys_own_image():
    rng = np.random.default_rng([SEED, 2, INDEX])
    galaxy, _, drawn = draw_bands(rng, "catalogue", Population(), Telescope())
    same, planes, header = photograph(SEED, INDEX, position=POSITION)
    assert same == galaxy
    np.testing.assert_allclose(planes[:, ::-1], drawn, atol=1e-5 * drawn.max())
    # 8.48 petroR90 wide, around the position.
    side, middle = drawn.shape[2], (drawn.shape[2] - 1) / 2
    left, right = WCS(header).pixel_to_world([-0.5, side - 0.5], [middle, middle])
    assert left.separation(right).arcsec == pytest.approx(8.48 * galaxy.petror90, rel=1e-5)
    centre = WCS(header).pixel_to_world(middle, middle)
    assert (centre.ra.deg, centre.dec.deg) == pytest.approx(POSITION)


# Coarser pixels lose the finest part of the noise.
@pytest.mark.parametrize(
    ("camera", "tolerance"),
    [
        ({"pixel_scale": 0.1, "rotation": 37, "flip": True}, 0.03),
        ({"pixel_scale": 0.1, "rotation": 200}, 0.03),
        ({"pixel_scale": 0.1, "rotation": -70, "field": 0.5}, 0.03),
        ({"rotation": 90, "flip": True}, 0.5),
        ({"pixel_scale": 0.262, "rotation": 315, "flip": True}, 0.5),
        ({"pixel_scale": 0.6, "rotation": 10, "flip": True}, 1.0),
    ],
)
def test_turned_and_mirrored_cameras_see_the_same_sky(camera, tolerance, unturned, tmp_path):
    stamp = make_stamp(tmp_path, **camera)
    noise = measure_light(unturned, STAMP_IN_PETROR90 / SIDE).noise
    difference = (stamp - unturned)[:, CROP, CROP].std(axis=(1, 2)) / noise
    assert (difference < tolerance).all()
    np.testing.assert_allclose(
        stamp[:, CROP, CROP].sum(axis=(1, 2)), unturned[:, CROP, CROP].sum(axis=(1, 2)), rtol=2e-3
    )


def test_the_stamp_shows_what_the_surveys_picture_does(tmp_path):
    _, picture, _, _ = draw_image(SEED, "catalogue", INDEX, Population(), Telescope(), 40)
    stamp = make_stamp(tmp_path, pixel_scale=0.396, rotation=130, flip=True)
    telescope = Telescope()
    light = measure_light(stamp, STAMP_IN_PETROR90 / SIDE)
    factors = 0.396**2 * np.array(telescope.weights)
    shown = colour_stamp(stamp, light.sky, Colours(factors, np.zeros(3))).mean(axis=-1)
    seen = picture.mean(axis=-1)[CROP, CROP]
    assert np.corrcoef(shown[CROP, CROP].ravel(), seen.ravel())[0, 1] > 0.99
    assert np.corrcoef(shown[CROP, CROP][:, ::-1].ravel(), seen.ravel())[0, 1] < 0.97


def test_a_cameras_own_noise_has_the_surveys_depth_per_area():
    noise = {}
    for pixel_scale in (0.2, 0.396, 0.7):
        _, planes, _ = photograph(
            SEED, INDEX, position=POSITION, pixel_scale=pixel_scale, noise="own"
        )
        corner = planes[1, : len(planes[1]) // 4, : len(planes[1]) // 4]
        noise[pixel_scale] = 1.4826 * np.median(np.abs(corner - np.median(corner)))
    assert noise[0.2] / noise[0.396] == pytest.approx(0.2 / 0.396, rel=0.1)
    assert noise[0.7] / noise[0.396] == pytest.approx(0.7 / 0.396, rel=0.15)


def test_noise_of_nobody_is_refused():
    with pytest.raises(ValueError, match="noise is 'none', expected 'survey' or 'own'"):
        photograph(SEED, INDEX, position=POSITION, noise="none")
