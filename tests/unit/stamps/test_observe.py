"""Galaxies of a user's table on their stamps: scales, bands, sizes, and what cannot be known."""

import json

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits
from PIL import Image

from galbar.stamps import observe
from galbar.stamps.colours import (
    SOFTENING,
    STRETCH,
    Colours,
    Light,
    asinh_colours,
    colours_as_numbers,
    light_of_colours,
    measure_light,
    read_colours,
)
from galbar.stamps.image_files import read_survey_image
from galbar.stamps.make import calibrate_catalogue, make_stamps, tabulate_stamps
from galbar.stamps.observe import Recipe, observe_galaxy
from galbar.stamps.training_range import GREY, STATISTICS, Range

SIDE = 64
# Any image is in the range of the training.
KNOWN = dict.fromkeys(STATISTICS, Range(-np.inf, 0, np.inf)) | {GREY: True}
# Brightness of the disc half a pixel from its middle, along both axes.
BESIDE_THE_MIDDLE = np.exp(-np.hypot(0.53, 0.53) / 4)
HEADER = {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": 10.0, "CRVAL2": 20.0}
HEADER |= {"CRPIX1": 101.0, "CRPIX2": 101.0, "CDELT1": -0.3 / 3600, "CDELT2": 0.3 / 3600}


def draw(level=1.0, size=4.0, side=201, scale=0.3):
    """Draw an exponential disc on a sky of 5, its scale in arcsec."""
    offset = (np.arange(side) - (side - 1) / 2) * scale
    noise = 0.003 * np.random.default_rng(3).standard_normal((side, side))
    return level * np.exp(-np.hypot(offset, offset[:, None]) / size) + 5 + noise


def write(path, data, header=HEADER):
    fits.PrimaryHDU(np.float32(data), fits.Header(header)).writeto(path)


def galaxy(**values):
    known = {"galaxy_id": 7, "id": "seven", "redshift": np.nan, "petror90_r": 8.0}
    return {**known, "image": "a.fits", **values}


def test_world_coordinates_give_scale_and_place(tmp_path):
    write(tmp_path / "a.fits", draw())
    seen = observe_galaxy(galaxy(ra=10.0, dec=20.0), Recipe(tmp_path), SIDE)
    assert seen.linear
    assert seen.planes.shape == (3, SIDE, SIDE)
    assert seen.about["north_up"]
    assert seen.about["pixel_scale"] == pytest.approx(0.3, rel=1e-4)
    assert seen.about["petror90_from"] == "table"
    middle = seen.planes[0, SIDE // 2 - 1 : SIDE // 2 + 1, SIDE // 2 - 1 : SIDE // 2 + 1]
    # Per square arcsecond.
    assert middle.mean() == pytest.approx((np.exp(-0.19) + 5) / 0.09, rel=0.01)
    # Without a position the galaxy is in the middle.
    again = observe_galaxy(galaxy(), Recipe(tmp_path), SIDE)
    np.testing.assert_allclose(again.planes, seen.planes, rtol=1e-4)
    assert again.about["ra"] == pytest.approx(10)


@pytest.mark.parametrize("where", ["table", "configuration"])
def test_a_pixel_scale_may_be_told(tmp_path, where):
    write(tmp_path / "a.fits", draw(), {})
    told = {"pixel_scale": 0.3} if where == "table" else {}
    recipe = Recipe(tmp_path, None if told else 0.3)
    seen = observe_galaxy(galaxy(**told), recipe, SIDE)
    assert (seen.about["pixel_scale"], seen.about["north_up"]) == (0.3, False)
    write(tmp_path / "b.fits", draw())
    expected = observe_galaxy(galaxy(image="b.fits"), recipe, SIDE)
    np.testing.assert_allclose(seen.planes.mean(), expected.planes.mean(), rtol=1e-3)


def test_a_size_is_measured_where_there_is_none(tmp_path):
    write(tmp_path / "a.fits", draw())
    seen = observe_galaxy(galaxy(petror90_r=np.nan), Recipe(tmp_path), SIDE)
    # petroR90 of an exponential disc is 3.75 of its scale lengths.
    assert seen.about["petror90_r"] == pytest.approx(3.75 * 4.0, rel=0.06)
    assert seen.about["petror90_from"] == "image"


def test_bands_become_red_green_and_blue(tmp_path):
    cube = np.stack([draw(level) for level in (1, 2, 3, 4)])
    write(tmp_path / "a.fits", cube[:3])
    middle = SIDE // 2

    def levels(recipe, **values):
        planes = observe_galaxy(galaxy(**values), recipe, SIDE).planes
        return (planes[:, middle, middle] * 0.09 - 5) / BESIDE_THE_MIDDLE

    # The bluest plane is the first, the reddest is red.
    np.testing.assert_allclose(levels(Recipe(tmp_path)), [3, 2, 1], atol=0.2)
    np.testing.assert_allclose(levels(Recipe(tmp_path, bands=[0, 2, 1])), [1, 3, 2], atol=0.2)
    np.testing.assert_allclose(levels(Recipe(tmp_path, bands=[2])), [3, 3, 3], atol=0.2)
    write(tmp_path / "two.fits", cube[:2])
    np.testing.assert_allclose(levels(Recipe(tmp_path), image="two.fits"), [2, 1.5, 1], atol=0.2)
    for name, level in (("g", 1), ("r", 2), ("i", 3)):
        write(tmp_path / f"{name}.fits", draw(level))
    files = {f"image_{name}": f"{name}.fits" for name in "irg"}
    row = {key: value for key, value in galaxy(**files).items() if key != "image"}
    for bands, wanted in ((None, [3, 2, 1]), (["g", "i"], [1, 2, 3]), (["r"], [2, 2, 2])):
        recipe = Recipe(tmp_path, bands=bands)
        planes = observe_galaxy(row, recipe, SIDE).planes[:, middle, middle] * 0.09 - 5
        np.testing.assert_allclose(planes / BESIDE_THE_MIDDLE, wanted, atol=0.2)
    write(tmp_path / "four.fits", cube)
    with pytest.raises(ValueError, match="found 4 planes, expected the key bands"):
        levels(Recipe(tmp_path), image="four.fits")
    with pytest.raises(ValueError, match="bands: found 7, expected numbers from 0 to 2"):
        levels(Recipe(tmp_path, bands=[7]))


def test_pictures_of_bands_are_red_green_and_blue(tmp_path):
    for name, level in (("g", 40), ("r", 120), ("i", 200)):
        Image.fromarray(np.full((60, 60), level, np.uint8)).save(tmp_path / f"{name}.png")
    row = galaxy(image_i="i.png", image_g="g.png", image_r="r.png", petror90_r=2.0)
    del row["image"]
    planes = observe_galaxy(row, Recipe(tmp_path, 0.3), SIDE).planes
    # As light: the colours stay, and a mean of 120 of 255 is sinh(asinh(0.67) x 4.706) x 0.5 / 6.7.
    scaled = np.sinh(120 / 255 * np.arcsinh(0.67) / 0.1) * 0.5 / 6.7
    np.testing.assert_allclose(
        planes[:, SIDE // 2, SIDE // 2], np.array([200, 120, 40]) / 120 * scaled, rtol=1e-6
    )


def test_a_size_beyond_the_first_pixels_is_measured_on_larger_ones(tmp_path):
    write(tmp_path / "a.fits", draw(size=25.0, side=1401), {})
    seen = observe_galaxy(galaxy(petror90_r=np.nan), Recipe(tmp_path, 0.3), SIDE)
    assert seen.about["petror90_r"] == pytest.approx(3.75 * 25, rel=0.06)


def test_a_noisy_band_does_not_hide_the_galaxy(tmp_path):
    noise = 500 * np.random.default_rng(5).standard_normal((201, 201))
    write(tmp_path / "a.fits", np.stack([draw(), draw(), noise]), {})
    seen = observe_galaxy(galaxy(petror90_r=np.nan), Recipe(tmp_path, 0.3), SIDE)
    assert seen.about["petror90_r"] == pytest.approx(3.75 * 4, rel=0.08)


def test_one_header_that_makes_no_sense_is_one_galaxy(tmp_path):
    write(tmp_path / "a.fits", draw(), {**HEADER, "RADESYS": "NONSENSE"})
    write(tmp_path / "b.fits", draw(), {**HEADER, "CTYPE1": "RA---TAB", "CTYPE2": "DEC--TAB"})
    for name in ("a.fits", "b.fits"):
        with pytest.raises(ValueError, match=r"cannot be used|broken FITS|world coordinates"):
            observe_galaxy(galaxy(image=name), Recipe(tmp_path), SIDE)
    with pytest.raises(ValueError, match="File name too long"):
        observe_galaxy(galaxy(image="x" * 300), Recipe(tmp_path), SIDE)


def test_images_that_do_not_fit_together_are_refused(tmp_path):
    write(tmp_path / "g.fits", draw())
    write(tmp_path / "r.fits", draw(), {})
    row = galaxy(image_g="g.fits", image_r="r.fits")
    del row["image"]
    with pytest.raises(ValueError, match="some of its images have world coordinates and some"):
        observe_galaxy(row, Recipe(tmp_path, 0.3), SIDE)
    write(tmp_path / "a.fits", np.stack([draw(), np.full((201, 201), np.nan), draw()]))
    with pytest.raises(ValueError, match="where nothing was measured"):
        observe_galaxy(galaxy(), Recipe(tmp_path), SIDE)
    with pytest.raises(ValueError, match="bands: found -1, expected numbers from 0 to 2"):
        observe_galaxy(galaxy(), Recipe(tmp_path, bands=[-1]), SIDE)
    Image.fromarray(np.uint8(20 * draw())).save(tmp_path / "a.png")
    with pytest.raises(
        ValueError, match=r"size is unknown: found a picture .* expected petror90_r"
    ):
        observe_galaxy(galaxy(image="a.png", petror90_r=np.nan), Recipe(tmp_path, 0.3), SIDE)


@pytest.mark.parametrize(
    ("values", "header", "message"),
    [
        ({}, {}, "its pixel scale is unknown: found no world coordinates, expected them"),
        ({"pixel_scale": 0.396}, HEADER, r"0\.396 arcsec in the table and 0\.3 by its world"),
        ({"ra": 11.0, "dec": 20.0}, HEADER, "its position is outside its image"),
        ({"ra": 190.0, "dec": -20.0}, HEADER, "not in the image's projection|outside its image"),
        ({"image": "b.fits"}, HEADER, r"no image b\.fits"),
        ({"centre_x": 5000.0, "centre_y": 3.0}, {"X": 1}, "pixel scale is unknown"),
    ],
)
def test_what_cannot_be_known_is_refused(tmp_path, values, header, message):
    write(tmp_path / "a.fits", draw(), header)
    with pytest.raises(ValueError, match=message):
        observe_galaxy(galaxy(**values), Recipe(tmp_path), SIDE)


def test_an_image_of_many_galaxies_is_read_once(tmp_path, monkeypatch):
    for name, level in (("g", 1), ("r", 2), ("other", 3)):
        write(tmp_path / f"{name}.fits", draw(level))
    reads, held = [], []

    def read(path, extension):
        reads.append(path.stem)
        held.append(len(last_images))
        return read_survey_image(path, extension)

    monkeypatch.setattr(observe, "read_survey_image", read)
    files = {"image_g": "g.fits", "image_r": "r.fits"}
    rows = [galaxy(ra=10.0, dec=20.0 + offset, **files) for offset in (0.0, 1e-3, -1e-3)]
    rows += [{**rows[0], "image_r": "other.fits"}, rows[0]]
    rows = [{key: value for key, value in row.items() if key != "image"} for row in rows]
    recipe, last_images = Recipe(tmp_path), {}
    seen = [observe_galaxy(row, recipe, SIDE, last_images) for row in rows]
    assert reads == ["g", "r", "other", "r"]
    # What another galaxy needed has gone before the next is read.
    assert held == [0, 1, 1, 1]
    for row, shared in zip(rows, seen, strict=True):
        alone = observe_galaxy(row, recipe, SIDE)
        np.testing.assert_array_equal(shared.planes, alone.planes)
        assert shared.about == alone.about
    reads.clear()
    last_images.clear()
    colours = {"linear": Colours(np.full(3, 0.5), np.full(3, 0.01))}
    made = list(make_stamps(rows[:3], recipe, SIDE, colours, KNOWN, seed=1, seen=0.3))
    assert all(stamp is not None for stamp, _ in made)
    assert reads == ["g", "r"]
    # One that cannot be read is not tried again for its other galaxies.
    (tmp_path / "cut.fits").write_bytes((tmp_path / "g.fits").read_bytes()[:9000])
    reads.clear()
    last_images.clear()
    reasons = []
    for declination in (20.0, 20.001):
        cut = galaxy(ra=10.0, dec=declination, image="cut.fits")
        with pytest.raises(ValueError, match=r"cut\.fits") as raised:
            observe_galaxy(cut, recipe, SIDE, last_images)
        reasons.append(str(raised.value))
    assert reads == ["cut"]
    assert reasons[0] == reasons[1]


def draw_picture(side=200):
    """Draw a reddish galaxy as the training images are: values of 0 to 1 (side, side, 3)."""
    radius = np.hypot(*(np.mgrid[:side, :side] - (side - 1) / 2)) / side * 8.48
    noise = 0.004 * np.random.default_rng(3).standard_normal((side, side, 3))
    light = np.exp(-radius / 0.4)[..., np.newaxis] * [4.0, 3.5, 2.8] + 0.008 + noise
    return asinh_colours(np.moveaxis(light, -1, 0), STRETCH, SOFTENING) / 255


LOOKS = {
    "as the training": lambda shown: shown,
    "dark": lambda shown: shown**1.7,
    "pale": lambda shown: 0.055 + 0.945 * (0.6 * shown.mean(2, keepdims=True) + 0.4 * shown) ** 0.7,
}


@pytest.mark.parametrize("look", LOOKS)
def test_pictures_come_to_the_look_of_the_training(tmp_path, look):
    shown = draw_picture()
    pixels = np.uint8(255 * LOOKS[look](shown) + 0.5)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    row, recipe = galaxy(image="a.png", petror90_r=200 * 0.25 / 8.48), Recipe(tmp_path, 0.25)
    step = 8.48 / 200
    training = measure_light(light_of_colours(255 * shown, STRETCH, SOFTENING), step)
    colours = calibrate_catalogue([row], recipe, 200, training)
    assert colours["linear"] is None
    ((stamp, about),) = make_stamps([row], recipe, 200, colours, KNOWN, seed=1, seen=0.3)
    assert about["covered"] == 1
    light = measure_light(light_of_colours(stamp, STRETCH, SOFTENING), step)
    np.testing.assert_allclose(light.brightness, training.brightness, rtol=0.05)
    np.testing.assert_allclose(light.sky, training.sky, atol=0.004)
    away = np.abs(stamp - 255 * shown).mean()
    if look == "as the training":
        assert away < 1
    else:
        assert away < 0.4 * np.abs(pixels - 255 * shown).mean()


def test_each_kind_of_images_has_its_colours(tmp_path):
    Image.fromarray(np.uint8(255 * draw_picture())).save(tmp_path / "a.png")
    write(tmp_path / "a.fits", draw(), {})
    recipe, wanted = Recipe(tmp_path, 0.3), Light(np.zeros(3), np.zeros(3), np.ones(3))
    rows = [galaxy(), galaxy(image="a.png", petror90_r=200 * 0.3 / 8.48)]
    both = calibrate_catalogue(rows, recipe, SIDE, wanted)
    for kind, row, unlike in (("linear", *rows), ("pictures", *rows[::-1])):
        alone = calibrate_catalogue([row], recipe, SIDE, wanted)
        np.testing.assert_array_equal(alone[kind].factor, both[kind].factor)
        made = make_stamps([row, unlike], recipe, SIDE, alone, KNOWN, seed=1, seen=0.3)
        (stamp, _), (nothing, dropped) = made
        assert stamp.any()
        assert nothing is None
        assert "by which the colours of the catalogue were decided" in dropped["reason"]


def test_a_picture_without_light_does_not_stop_the_other_kind(tmp_path, caplog):
    Image.fromarray(np.zeros((200, 200, 3), np.uint8)).save(tmp_path / "a.png")
    write(tmp_path / "a.fits", draw(), {})
    recipe, wanted = Recipe(tmp_path, 0.3), Light(np.zeros(3), np.zeros(3), np.ones(3))
    black = galaxy(image="a.png", petror90_r=200 * 0.3 / 8.48)
    colours = calibrate_catalogue([galaxy(), black], recipe, SIDE, wanted)
    assert colours["linear"] is not None
    assert colours["pictures"] is None
    assert "images that are scaled for the eye: found none of 1 galaxies" in caplog.text
    with pytest.raises(ValueError, match="images that are scaled for the eye: found none of 1"):
        calibrate_catalogue([black], recipe, SIDE, wanted)


def test_an_image_of_one_band_stays_grey_among_others(tmp_path):
    write(tmp_path / "a.fits", draw(), {})
    colours = {"linear": Colours(np.array([0.6, 0.5, 0.4]), np.array([0.03, 0.01, 0.02]))}
    row, recipe = galaxy(petror90_r=14.0), Recipe(tmp_path, 0.3)
    ((stamp, about),) = make_stamps(
        [row], recipe, SIDE, colours, KNOWN | {GREY: False}, seed=1, seen=0.5
    )
    assert not np.ptp(stamp, axis=-1).any()
    assert about["outside_training"] == "grey"
    alike = {"linear": Colours(np.full(3, 0.5), np.full(3, 0.02))}
    ((same, _),) = make_stamps([row], recipe, SIDE, alike, KNOWN, seed=1, seen=0.5)
    np.testing.assert_array_equal(stamp, same)


def test_colours_of_an_older_galbar_are_named(tmp_path):
    colours = {"linear": None, "pictures": Colours(np.ones(3), np.zeros(3))}
    path = tmp_path / "mine_colours.json"
    path.write_text(json.dumps(colours_as_numbers(colours)))
    again = read_colours(path)
    assert again["linear"] is None
    np.testing.assert_array_equal(again["pictures"], colours["pictures"])
    for older in ({"factor": [1, 1, 1], "background": [0, 0, 0]}, None):
        path.write_text(json.dumps(older))
        with pytest.raises(ValueError, match=r"mine_colours.json: found .*, expected linear, pic"):
            read_colours(path)


def test_what_is_not_covered_is_sky_and_its_share_is_told(tmp_path):
    image = draw(side=401)
    image[:, :180] = np.nan
    write(tmp_path / "a.fits", image, {})
    colours = {"linear": Colours(np.full(3, 0.5), np.full(3, 0.01))}
    row, recipe = galaxy(petror90_r=14.0), Recipe(tmp_path, 0.3)
    ((stamp, about),) = make_stamps([row], recipe, SIDE, colours, KNOWN, seed=1, seen=0.5)
    edge = (180 - 200) * 0.3 / (14 * 8.48 / SIDE) + SIDE / 2
    assert about["covered"] == pytest.approx(1 - (edge - SIDE / 4) / (SIDE / 2), abs=0.04)
    filled, sky = stamp[:, : int(edge) - 2].astype(float), stamp[:, -8:].astype(float)
    assert filled.mean() == pytest.approx(sky.mean(), abs=1.5)
    # The same whatever else is in the shard.
    others = [galaxy(galaxy_id=8, image="none.fits"), row]
    (nothing, dropped), (again, _) = make_stamps(
        others, recipe, SIDE, colours, KNOWN, seed=1, seen=0.5
    )
    np.testing.assert_array_equal(again, stamp)
    assert nothing is None
    assert dropped == {"galaxy_id": 8, "reason": "no image none.fits"}


def test_images_unlike_the_training_are_told(tmp_path):
    write(tmp_path / "a.fits", draw(), {})
    row, recipe = galaxy(petror90_r=14.0), Recipe(tmp_path, 0.3)
    colours = {"linear": Colours(np.full(3, 0.05), np.full(3, 0.01))}
    told = {}
    for name, ranges in {
        "": {"brightness": Range(0.01, 1, 2)},
        "bright": {"brightness": Range(0.001, 0.005, 0.01)},
        "faint; noisy": {"brightness": Range(2, 2.5, 3), "sky_noise": Range(0, 1e-10, 1e-9)},
        "smooth": {"sky_noise": Range(0.5, 0.7, 1)},
    }.items():
        ranges = KNOWN | {GREY: False} | ranges
        ((_, about),) = make_stamps([row], recipe, SIDE, colours, ranges, seed=1, seen=0.3)
        told[name] = about["outside_training"]
    # One band.
    assert told == {name: f"grey; {name}".removesuffix("; ") for name in told}
    # An exponential disc, in the middle of it, on the scale of the training.
    radius = np.linspace(0, 0.25 * 14, 400)
    mean = np.average(np.exp(-radius / 4), weights=radius)
    # Above a sky of which the disc's rim is a part.
    assert about["brightness"] == pytest.approx(0.05 * mean / 0.09, rel=0.1)
    assert about["petror90_px"] == pytest.approx(14 / 0.3)


def test_tables_of_those_that_have_stamps_and_of_the_others():
    galaxies = pd.DataFrame(
        {"galaxy_id": [1, 2], "id": ["a", "b"], "image_g": ["1", "2"], "petror90_r": [np.nan, 3.0]}
    )
    rows = [{"galaxy_id": 1, "petror90_r": 4.0, "covered": 1.0, "north_up": True}]
    usable, dropped = tabulate_stamps(galaxies, [*rows, {"galaxy_id": 2, "reason": "no image 2"}])
    assert usable["petror90_r"].tolist() == [4.0]
    assert usable[["id", "image"]].values.tolist() == [["a", "1"]]
    assert dropped.values.tolist() == [[2, "b", "2", "no image 2"]]


def test_a_catalogue_of_which_nothing_can_be_observed_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"none of 1 galaxies can be .*, seven: no"):
        calibrate_catalogue([galaxy()], Recipe(tmp_path), SIDE, None)
