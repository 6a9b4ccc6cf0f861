"""Where a stamp lies in the range of the training images: words, distances, and what is derived."""

import json
from functools import partial

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from galbar.io.atomic import write_json
from galbar.io.decoded_images import write_decoded_images
from galbar.lengths.flag_bits import Doubt
from galbar.stamps.colours import SOFTENING, STRETCH, asinh_colours, light_of_colours, radii
from galbar.stamps.training_light import (
    measure_training_light,
    read_ranges,
    read_training_light,
)
from galbar.stamps.training_range import (
    GREY,
    STATISTICS,
    Range,
    compare_with_training,
    derive_range,
    measure_stamp,
)
from galbar.survey.build import draw_image
from galbar.survey.imaging import Telescope
from galbar.survey.population import Population

SIDE, STEP = 159, 8.48 / 159
COLOURS = np.array([1.3, 1.0, 0.8])
IMAGE = {"height": 48, "width": 48, "crop": 0.3019}
# Around a galaxy of `draw_stamp`, as it is by default.
RANGES = {
    "brightness": Range(0.2, 0.4, 0.8),
    "sky_noise": Range(0.0005, 0.001, 0.002),
    "colour": Range(0.3, 0.5, 0.8),
    "sharpness": Range(0.35, 0.45, 0.52),
    GREY: False,
}


def draw_stamp(*, level=0.6, noise=0.005, colours=COLOURS, psf=0.12):
    """Draw a disc with a bulge behind a PSF [petroR90] in the colours of the training images."""
    radius = radii(SIDE, STEP)
    light = level * (np.exp(-radius / 0.35) + np.exp(-radius / 0.06))
    light = ndimage.gaussian_filter(light, psf / 2.3548 / STEP)
    light = light + noise * np.random.default_rng(2).standard_normal(light.shape) + 0.01
    return asinh_colours(np.asarray(colours)[:, None, None] * light, STRETCH, SOFTENING)


@pytest.fixture(scope="module")
def training(tmp_path_factory):
    """Images of the simulated survey: stamps, and what is measured of all of them."""
    folder = tmp_path_factory.mktemp("training")
    paths = [folder / f"{number}.jpg" for number in range(40)]
    for number, path in enumerate(paths):
        pixels = draw_image(42, "training", number, Population(), Telescope(), 40)[1]
        Image.fromarray(pixels).save(path, quality=92)
    ids = np.arange(len(paths))
    write_decoded_images(folder / "images.h5", ids, paths, threads=1, **IMAGE)
    light = measure_training_light(folder / "images.h5", ids, saturation_range=None, **IMAGE)
    write_json(light, folder / "light.json")
    return folder / "images.h5", folder / "light.json"


@pytest.fixture(scope="module")
def stamps(training):
    import h5py

    with h5py.File(training[0]) as store:
        return store["canvas"][()]


def test_ranges_hold_nearly_all_training_images(training, stamps):
    ranges = read_ranges(training[1])
    measured = [measure_stamp(stamp)[1] for stamp in stamps]
    assert ranges[GREY] is False
    for name in STATISTICS:
        limits = ranges[name]
        values = np.array([statistics[name] for statistics in measured])
        assert limits.low < limits.median < limits.high
        assert np.mean(values < limits.median) == 0.5
        # Of 40, the smallest and the largest are outside the range of 98 %.
        assert (values < limits.low).sum() == (values > limits.high).sum() == 1
    told = [compare_with_training(stamp, ranges) for stamp in stamps]
    for galaxy in told:
        assert (galaxy["training_distance"] > 1) == (galaxy["outside_training"] != "")
    light = read_training_light(training[1])
    all_light = [measure_stamp(stamp)[0] for stamp in stamps]
    np.testing.assert_allclose(light.sky, np.median([each.sky for each in all_light], axis=0))


def test_a_range_is_98_per_cent_of_the_values_that_are_known():
    values = np.append(np.arange(1001.0), np.nan)
    assert derive_range(values) == (10, 500, 990)
    assert derive_range([np.nan, np.nan]) is None


def test_a_file_of_an_older_galbar_says_what_is_missing(training, tmp_path):
    stored = json.loads(training[1].read_text())
    del stored["ranges"]["sharpness"]
    write_json(stored, tmp_path / "light.json")
    for read in (read_ranges, read_training_light):
        with pytest.raises(ValueError, match=r"light.json: missing ranges.sharpness, expected wh"):
            read(tmp_path / "light.json")
    write_json({"galaxies": 3, "low": {}, "median": {}, "high": {}}, tmp_path / "light.json")
    with pytest.raises(
        ValueError, match=r"missing light, ranges, grey, ranges.brightness.* of a bundl"
    ):
        read_ranges(tmp_path / "light.json")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"level": 0.15}, "faint"),
        ({"level": 1.8}, "bright"),
        ({"noise": 0.0001}, "smooth"),
        ({"noise": 0.03}, "noisy"),
        ({"colours": [0.9, 1.0, 1.2]}, "bluer"),
        ({"colours": [1.8, 1.0, 0.6]}, "redder"),
        ({"colours": [1.0, 1.0, 1.0]}, "grey"),
        ({"psf": 0.4}, "blurred"),
        ({"psf": 0.01}, "sharp"),
        ({"level": 0.15, "colours": [1.0, 1.0, 1.0]}, "grey; faint"),
    ],
)
def test_each_word_is_told(changes, words):
    measured = compare_with_training(draw_stamp(**changes), RANGES)
    assert measured["outside_training"] == words
    is_outside = words not in ("", "grey")
    assert (measured["training_distance"] > 1) == is_outside


def test_each_word_has_a_bit():
    words = ["grey", *(word for pair in STATISTICS.values() for word in pair)]
    assert {word.upper() for word in words} <= {bit.name for bit in Doubt}


@pytest.mark.parametrize("ratio", [0.6, 1.0001, 2.5])
def test_colour_is_red_over_blue(ratio):
    colours = np.array([ratio, 1.05 * np.sqrt(ratio), 1.0])
    measured = measure_stamp(draw_stamp(colours=colours / colours.mean()))[1]
    assert measured["colour"] == pytest.approx(2.5 * np.log10(ratio), abs=0.03)


def test_a_grey_galaxy_has_no_colour():
    grey = draw_stamp(colours=[1, 1, 1])
    assert np.isnan(compare_with_training(grey, RANGES)["colour"])
    # What rounding makes of a grey picture is no colour.
    uneven = grey.copy()
    uneven[::2, :, 0] = np.minimum(uneven[::2, :, 0], 254) + 1
    assert compare_with_training(uneven, RANGES)["outside_training"] == "grey"
    # Networks that were shown grey images, too, know it.
    assert compare_with_training(grey, RANGES | {GREY: True})["outside_training"] == ""


@pytest.mark.parametrize(("missing", "word"), [(2, "redder"), (0, "bluer")])
def test_a_galaxy_without_light_of_one_colour_is_far_outside(missing, word):
    stamp = draw_stamp(noise=0)
    stamp[..., missing] = 0
    measured = compare_with_training(stamp, RANGES)
    assert word in measured["outside_training"].split("; ")
    assert measured["training_distance"] > 5


def test_networks_that_were_shown_grey_images_know_them(training):
    for saturation, knows in (([0, 1.2], True), ([0.2, 1], False), (None, False)):
        ids = np.arange(2)
        measured = measure_training_light(training[0], ids, saturation_range=saturation, **IMAGE)
        assert measured[GREY] is knows


def test_the_distance_is_1_at_the_ends_of_the_range_and_grows_outside_of_it():
    stamp = draw_stamp()
    value = measure_stamp(stamp)[1]["brightness"]
    nothing = dict.fromkeys(STATISTICS) | {GREY: True}
    distance = partial(compare_with_training, stamp)
    for limits, expected in (
        (Range(value, value + 1, value + 3), 1.0),
        (Range(value - 3, value - 1, value), 1.0),
        (Range(value - 3, value, value + 1), 0.0),
        (Range(value - 4, value - 2, value - 1), 2.0),
        (Range(value + 2, value + 5, value + 6), 5 / 3),
        (Range(value, value, value), np.nan),
    ):
        told = distance(nothing | {"brightness": limits})["training_distance"]
        assert told == pytest.approx(expected, nan_ok=True)
    told = [
        compare_with_training(draw_stamp(level=level), RANGES)["training_distance"]
        for level in (1.3, 1.6, 2.0, 2.5)
    ]
    assert told[0] > 1
    assert (np.diff(told) > 0).all()
    # The statistic that is furthest outside counts.
    both = compare_with_training(draw_stamp(level=1.6, noise=0.2), RANGES)
    assert both["training_distance"] > told[1]
    assert both["outside_training"] == "bright; noisy"


def test_an_image_of_the_survey_that_is_blurred_is_told(training, stamps):
    ranges = read_ranges(training[1])
    sharpest = max(stamps, key=lambda stamp: measure_stamp(stamp)[1]["sharpness"])
    light, sharpness = light_of_colours(sharpest, STRETCH, SOFTENING), []
    for fwhm in (0.0, 0.1, 0.2, 0.4, 0.8):
        blurred = ndimage.gaussian_filter(light, (0, *2 * [fwhm / 2.3548 / STEP]))
        told = compare_with_training(asinh_colours(blurred, STRETCH, SOFTENING), ranges)
        sharpness.append(told["sharpness"])
        assert ("blurred" in told["outside_training"]) == (fwhm > 0.3)
    assert (np.diff(sharpness) < 0).all()
