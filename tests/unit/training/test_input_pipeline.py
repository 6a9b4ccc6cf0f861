import numpy as np
import pytest

from galbar.io.decoded_images import DecodedImages
from galbar.io.images import centre_crop, load_canvas
from galbar.training.augmentation import Augmentation, change_images, draw_changes
from galbar.training.input_pipeline import (
    Canvases,
    fits_in_memory,
    open_canvases,
    plain_batches,
    training_batches,
)
from tests.helpers.galaxy_files import decode, ids_of, write_images

AUGMENTATION = Augmentation(360, "reflect", True, True, 0.1, 0.1, (0.7, 1.3))
SIZE = {"height": 24, "width": 20, "crop": 0.5}
ROWS = np.array([1, 2, 4, 5, 6, 8, 9])


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    names, _ = write_images(folder, 10)
    return [folder / name for name in names]


@pytest.fixture(scope="module")
def decoded(paths, tmp_path_factory):
    """Give the file of decoded images, in another order than that of the table."""
    names = [path.name for path in paths]
    path = tmp_path_factory.mktemp("decoded") / "training.h5"
    return decode(paths[0].parent, names[::-1], path, **SIZE)


@pytest.fixture(scope="module")
def images(paths, decoded):
    return DecodedImages(decoded, ids_of([path.name for path in paths]), **SIZE)


@pytest.fixture(scope="module")
def canvases(images):
    return Canvases(images)


def take(batches, count):
    return [(images.numpy(), targets.numpy()) for images, targets in batches.take(count)]


def train(canvases, **changes):
    settings = {"batch_size": 3, "seed": 11, **changes}
    # The target of a galaxy is its row, which tells where it went.
    return training_batches(canvases, ROWS, ROWS[:, np.newaxis], AUGMENTATION, **settings)


def test_canvases_are_those_of_images(paths, canvases):
    for row, path in enumerate(paths):
        np.testing.assert_array_equal(
            np.float32(canvases.pixels[row]) / np.float32(255), load_canvas(path, 24, 20, 0.5)
        )


@pytest.mark.parametrize("keep", [True, False])
def test_plain_batches_hold_the_unchanged_centre_in_order(paths, images, keep):
    canvases = Canvases(images, keep=keep)
    found = take(plain_batches(canvases, ROWS, ROWS[:, np.newaxis], batch_size=3), -1)
    assert [len(images) for images, _ in found] == [3, 3, 1]
    np.testing.assert_array_equal(np.concatenate([rows for _, rows in found])[:, 0], ROWS)
    wanted = [centre_crop(load_canvas(paths[row], 24, 20, 0.5), 24, 20) for row in ROWS]
    np.testing.assert_array_equal(np.concatenate([images for images, _ in found]), wanted)
    alone = list(plain_batches(canvases, ROWS, batch_size=7))
    np.testing.assert_array_equal(alone[0], wanted)


def test_every_epoch_holds_every_galaxy_once_in_a_new_order(canvases):
    batches = take(train(canvases), 9)
    assert [len(images) for images, _ in batches] == [3, 3, 1] * 3
    rows = np.concatenate([rows[:, 0] for _, rows in batches]).reshape(3, 7)
    np.testing.assert_array_equal(np.sort(rows, axis=1), [ROWS] * 3)
    assert len({tuple(row) for row in rows}) == 3


def test_changes_are_those_of_the_galaxy_and_the_epoch(canvases):
    for number, (images, rows) in enumerate(take(train(canvases), 6)):
        rows = rows[:, 0].astype(int)
        changes = draw_changes(AUGMENTATION, 10, seed=11, epoch=number // 3).numpy()[rows]
        wanted = change_images(
            canvases.pixels[rows], changes, height=24, width=20, fill_mode="reflect"
        )
        np.testing.assert_allclose(images, wanted, atol=1e-6)


def test_batches_do_not_depend_on_whether_images_are_kept(images, canvases):
    unkept = Canvases(images, keep=False)
    assert unkept.pixels is None
    for kept, read in zip(take(train(canvases), 4), take(train(unkept), 4), strict=True):
        np.testing.assert_array_equal(kept[0], read[0])
        np.testing.assert_array_equal(kept[1], read[1])


def test_changes_do_not_depend_on_the_batch_size(canvases):
    def by_row(batch_size):
        batches = take(train(canvases, batch_size=batch_size), -(-7 // batch_size))
        return {
            int(row): image
            for images, rows in batches
            for image, row in zip(images, rows[:, 0], strict=True)
        }

    small, large = by_row(2), by_row(7)
    for row in ROWS:
        np.testing.assert_array_equal(small[row], large[row])


def test_a_resumed_training_sees_what_comes_next(canvases):
    whole, rest = take(train(canvases), 9), take(train(canvases, first_epoch=2), 3)
    for first, second in zip(whole[6:], rest, strict=True):
        np.testing.assert_array_equal(first[0], second[0])


def test_seeds_differ(canvases):
    first, second = take(train(canvases), 1)[0], take(train(canvases, seed=12), 1)[0]
    assert not np.array_equal(first[0], second[0])


def test_half_of_the_memory_is_for_images():
    # 61,578 x 224 x 224 x 3 bytes = 9.27 GB
    assert fits_in_memory(61578, (224, 224, 3), memory_mb=18600)
    assert not fits_in_memory(61578, (224, 224, 3), memory_mb=18500)


@pytest.mark.parametrize(("memory_mb", "keeps"), [(0, False), (0.11, False), (0.12, True)])
def test_images_are_kept_where_they_fit(decoded, images, memory_mb, keeps):
    # 10 x 48 x 40 x 3 bytes = 0.0576 MB; 0 is for those that are wanted once.
    canvases = open_canvases(decoded, images.galaxy_ids, **SIZE, memory_mb=memory_mb)
    assert (canvases.pixels is not None) == keeps
