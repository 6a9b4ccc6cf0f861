"""Looks: the galaxies of the calibration in other colours, whatever the shard."""

import h5py
import numpy as np
import pandas as pd
import pytest

import draw_look
from galbar.io.decoded_images import DecodedImages
from galbar.io.images import canvas_shape

IDS = 587722981736120000 + np.arange(9)
SIZE = {"height": 6, "width": 6, "crop": 0.5}
COLOURS = {
    **{"rotation_range": 0, "fill_mode": "reflect", "horizontal_flip": False},
    **{"vertical_flip": False, "width_shift_range": 0, "height_shift_range": 0},
    **{"brightness_range": None, "saturation_range": [0, 1.2], "gamma_range": [0.6, 1.6]},
    **{"background_range": [0, 0.08], "validation_split": 0.2},
}


@pytest.fixture
def hoyle(tmp_path):
    """Write decoded images and the table: four galaxies to calibrate on, one without a length."""
    side = canvas_shape(**SIZE)[0]
    canvases = np.random.default_rng(2).integers(0, 256, (9, side, side, 3), np.uint8)
    with h5py.File(tmp_path / "hoyle.h5", "w") as store:
        store.attrs.update(SIZE)
        store["galaxy_id"], store["canvas"] = IDS, canvases
    table = pd.DataFrame({"galaxy_id": IDS, "image": "x.jpg", "length_scaled": 0.4})
    # The validation set: ranks below 5 of 9.
    table["shuffle_rank"] = [8, 0, 7, 1, 6, 2, 5, 3, 4]
    table.loc[1, "length_scaled"] = np.nan
    table.to_csv(tmp_path / "hoyle.csv", index=False)
    return tmp_path, canvases


def draw(folder, shard="1-of-1", look=1, **changes):
    stamps, galaxies = folder / "look.h5", folder / "look.csv"
    draw_look.main(
        folder / "hoyle.csv", folder / "hoyle.json", stamps, galaxies, image=SIZE,
        validation_split=0.56,
        augmentation=COLOURS | changes, shard=shard, seed=3, look=look,
    )  # fmt: skip
    table = pd.read_csv(galaxies)
    ids = table["galaxy_id"].to_numpy()
    return ids, DecodedImages(stamps, ids, **SIZE).read(np.arange(len(ids)))


def test_the_galaxies_of_the_calibration_are_drawn(hoyle):
    folder, canvases = hoyle
    ids, images = draw(folder)
    np.testing.assert_array_equal(ids, IDS[[3, 5, 7, 8]])
    for row, image in zip([3, 5, 7, 8], images, strict=True):
        # Each pixel's grey follows the original's by one monotone curve.
        grey, drawn = canvases[row] @ [0.299, 0.587, 0.114], image @ [0.299, 0.587, 0.114]
        assert np.corrcoef(grey.ravel(), drawn.ravel())[0, 1] > 0.95
        assert np.abs(grey - drawn).max() > 5


def test_without_a_change_it_is_the_same_image(hoyle):
    folder, canvases = hoyle
    changes = dict.fromkeys(["gamma_range", "background_range"])
    _, images = draw(folder, saturation_range=[1, 1], **changes)
    np.testing.assert_array_equal(images, canvases[[3, 5, 7, 8]])


def test_grey_is_grey(hoyle):
    folder, canvases = hoyle
    changes = dict.fromkeys(["gamma_range", "background_range"])
    _, images = draw(folder, saturation_range=[0, 0], **changes)
    grey = canvases[[3, 5, 7, 8]] @ [0.2989, 0.587, 0.114]
    np.testing.assert_allclose(images, np.repeat(grey[..., np.newaxis], 3, axis=-1), atol=0.51)


def test_a_galaxy_has_the_same_colours_in_any_shard_and_others_in_another_look(hoyle):
    folder, _ = hoyle
    ids, whole = draw(folder)
    parts = [draw(folder, shard) for shard in ("1-of-2", "2-of-2")]
    np.testing.assert_array_equal(np.concatenate([part[0] for part in parts]), ids)
    np.testing.assert_array_equal(np.concatenate([part[1] for part in parts]), whole)
    _, another = draw(folder, look=2)
    assert (another != whole).any(axis=(1, 2, 3)).all()
