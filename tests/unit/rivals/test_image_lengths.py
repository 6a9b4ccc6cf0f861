"""Images measured in place of heat maps: analytic bars on a sky."""

import numpy as np
import pandas as pd
import pytest

from galbar.io.decoded_images import write_stamps
from galbar.io.images import pixel_scale
from galbar.rivals.image_lengths import measure_images, subtract_sky
from tests.helpers.barlengths_files import read_barlengths

IMAGE = {"height": 64, "width": 64, "crop": 0.5}
SCALE = pixel_scale(64, 0.5)
GRID = {"criteria": ["level"], "smoothing": [0, 2], "level_fraction": [0.5]}
SKY = 0.2


def draw(length, angle, side=64):
    """Draw a flat bar of a length [px of the 424 px image] at an angle [degree], without a sky."""
    y, x = (np.mgrid[:side, :side] - (side - 1) / 2) * SCALE
    along, across = np.deg2rad(angle), np.deg2rad(angle + 90)
    u, v = (x * np.cos(a) + y * np.sin(a) for a in (along, across))
    return np.where((np.abs(u) <= length / 2) & (np.abs(v) <= 5), 0.6, 0.0)


@pytest.fixture
def measured(tmp_path):
    """Three galaxies, the last without any light, measured on their decoded images."""
    ids = [587722981736120347, 587722981736120349, 587722981736120350]
    lights = [draw(80, 0, 128), draw(40, 90, 128), np.zeros((128, 128))]
    pixels = [np.rint(255 * (SKY + light)).astype(np.uint8) for light in lights]
    stamps = [
        (np.stack(3 * [grey], axis=-1), {"galaxy_id": k})
        for k, grey in zip(ids, pixels, strict=True)
    ]
    # By id, whatever their order in the file.
    write_stamps(tmp_path / "hoyle.h5", stamps[::-1], **IMAGE)
    catalogue = pd.DataFrame({"galaxy_id": ids, "image": "a.jpg"})
    path = tmp_path / "lengths.h5"
    measure_images(catalogue, path, decoded=tmp_path / "hoyle.json", image=IMAGE, grid=GRID)
    return ids, read_barlengths(path)


def test_a_bar_on_a_sky_is_measured(measured):
    ids, lengths = measured
    assert lengths.galaxy_id.tolist() == ids
    assert [setting["smoothing"] for setting in lengths.settings] == [0, 2]
    assert {(setting["kind"], setting["xinput"]) for setting in lengths.settings} == {
        ("absolute", False)
    }
    # From the centre of a pixel to that of another, corner to corner.
    for row, length in enumerate((80, 40)):
        shortest = np.hypot(length - 2 * SCALE, 10 - 2 * SCALE)
        assert shortest < lengths.length[row, 0] < np.hypot(length, 10)
    assert lengths.angle[:2, 0].tolist() == pytest.approx([0, 90], abs=1)
    # No row is dropped, and no length is 0.
    assert np.isnan(lengths.length[2]).all()
    assert lengths.flag[2].tolist() == [2, 2]


def test_the_sky_is_the_level_beyond_the_galaxy():
    """Of an image that shows only the galaxy its faintest tenth."""
    noise = np.random.default_rng(4).normal(0, 0.005, (64, 64))
    grey = subtract_sky(SKY + draw(60, 30) + noise, SCALE)
    assert grey.min() == 0
    assert np.median(grey[draw(60, 30) > 0]) == pytest.approx(0.6, abs=0.003)
    y, x = np.mgrid[:64, :64] - 31.5
    disc = SKY + np.exp(-np.hypot(x, y) / 20)
    assert subtract_sky(disc, 0.5) == pytest.approx(
        np.maximum(disc - np.percentile(disc, 10), 0), abs=1e-12
    )


def test_a_fainter_sky_changes_nothing():
    for sky in (0.0, 0.1, 0.3):
        assert subtract_sky(sky + draw(60, 30), SCALE) == pytest.approx(draw(60, 30), abs=1e-9)
