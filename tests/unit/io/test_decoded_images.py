import h5py
import numpy as np
import pandas as pd
import pytest

import decode_images
from galbar.io.decoded_images import DecodedImages, each_image, write_decoded_images
from galbar.io.images import load_canvas, read_canvas
from tests.helpers.galaxy_files import decode, ids_of, write_images

SIZE = {"height": 24, "width": 24, "crop": 0.5}
# Ids that no float can hold.
OFFSET = 587722981736120000


@pytest.fixture(scope="module")
def galaxies(tmp_path_factory):
    """Folder with five images and their names."""
    folder = tmp_path_factory.mktemp("data")
    return folder, write_images(folder, 5)[0]


@pytest.fixture
def decoded(galaxies, tmp_path):
    return decode(*galaxies, tmp_path / "training.h5", **SIZE)


@pytest.mark.parametrize("threads", [1, 3])
def test_each_galaxy_has_the_canvas_of_its_image(galaxies, tmp_path, threads):
    folder, names = galaxies
    ids = np.add(ids_of(names), OFFSET)
    table = pd.DataFrame({"galaxy_id": ids, "image": names})
    table.to_csv(tmp_path / "hoyle.csv", index=False)
    path = tmp_path / "hoyle.h5"
    description = tmp_path / "hoyle.json"
    decode_images.main(
        *(tmp_path / "hoyle.csv", path, description),
        **{"directory": folder, "image": SIZE, "threads": threads},
    )
    # A part of the galaxies, in an order of its own; rules know the description only.
    images = DecodedImages(description, ids[[4, 0, 3, 1]], **SIZE)
    assert len(images) == 4
    expected = [read_canvas(folder / names[row], **SIZE) for row in (1, 4, 1)]
    np.testing.assert_array_equal(images.read([3, 0, 3]), expected)


def test_images_lie_in_one_piece(decoded):
    """Compressed or in chunks of several galaxies, a row would cost more than its own bytes."""
    with h5py.File(decoded) as store:
        assert store["canvas"].dtype == np.uint8
        assert store["canvas"].chunks is None
        assert store["canvas"].id.get_storage_size() == 5 * 48 * 48 * 3


def test_a_galaxy_that_is_not_in_the_file_is_named(decoded, galaxies):
    ids = ids_of(galaxies[1])
    for galaxy in (min(ids) - 1, ids[2] + 1, max(ids) + 1):
        message = rf"training.h5: galaxy {galaxy} is missing"
        with pytest.raises(ValueError, match=message):
            DecodedImages(decoded, [ids[0], galaxy], **SIZE)


@pytest.mark.parametrize(("key", "value"), [("height", 48), ("width", 48), ("crop", 0.25)])
def test_images_of_another_size_are_refused(decoded, key, value):
    message = rf"training.h5: .*image.{key} {SIZE[key]}, expected {value}"
    with pytest.raises(ValueError, match=message):
        DecodedImages(decoded, [], **{**SIZE, key: value})


def test_an_image_that_cannot_be_decoded_leaves_no_file(galaxies, tmp_path):
    folder, names = galaxies
    (tmp_path / "broken.jpg").write_bytes((folder / names[0]).read_bytes()[:5000])
    paths = [folder / names[0], tmp_path / "broken.jpg"]
    with pytest.raises(ValueError, match=r"broken\.jpg"):
        write_decoded_images(tmp_path / "images.h5", [1, 2], paths, **SIZE, threads=1)
    assert not list(tmp_path.glob("*.h5"))


def test_a_broken_file_is_named(decoded):
    decoded.write_bytes(decoded.read_bytes()[:3000])
    with pytest.raises(ValueError, match=r"training.h5: found no whole file"):
        DecodedImages(decoded, [], **SIZE)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none.h5: .*: snakemake .*/none.h5"):
        DecodedImages(tmp_path / "none.json", [], **SIZE)


def test_the_description_changes_with_a_pixel_and_with_nothing_else(galaxies, tmp_path):
    folder, names = galaxies

    def describe(ids, names, threads=1, **size):
        paths = [folder / name for name in names]
        size = SIZE | size
        return write_decoded_images(tmp_path / "images.h5", ids, paths, **size, threads=threads)

    first = describe([1, 2], names[:2])
    assert first.items() >= {"galaxies": 2, "shape": (48, 48, 3), **SIZE}.items()
    assert describe([1, 2], names[:2], threads=2) == first
    others = [
        describe([2, 1], names[:2]),
        describe([1, 2], names[1::-1]),
        describe([1, 2], [names[0], names[2]]),
        describe([1, 2], names[:2], crop=0.6),
    ]
    digests = {description["sha256"] for description in (first, *others)}
    assert len(digests) == 5


@pytest.mark.parametrize("is_decoded", [True, False])
def test_images_are_the_same_decoded_before_or_now(galaxies, decoded, is_decoded):
    folder, names = galaxies
    rows = [3, 0, 2]
    ids = [ids_of(names)[row] for row in rows]
    paths = [folder / names[row] for row in rows]
    # What is read is one of the two only.
    source = (decoded, ids, [None] * 3) if is_decoded else (None, [None] * 3, paths)
    images = list(each_image(*source, **SIZE))
    expected = [load_canvas(path, **SIZE) for path in paths]
    np.testing.assert_array_equal(images, expected)
    assert images[0].dtype == np.float32
