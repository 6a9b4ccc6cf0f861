"""Images in archives are those of folders, and what is wrong with an archive is named."""

import logging
import re
import shutil
import zipfile

import numpy as np
import pytest

from galbar.catalogues.galaxy_checks import inspect_images
from galbar.io import image_archives as image_files
from galbar.io.image_archives import (
    explain_absence,
    find_source,
    has_image,
    images_by_stem,
    list_images,
    source_problem,
)
from galbar.io.images import read_canvases, read_image
from tests.helpers.galaxy_files import write_images


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Make a folder "images" of 12 JPEGs."""
    folder = tmp_path_factory.mktemp("data") / "images"
    folder.mkdir()
    write_images(folder, 12, seed=4)
    return folder


@pytest.fixture
def pack(folder, tmp_path):
    """Pack the images below a folder of the archive; the path that the folder would have."""

    def pack(top="images/", name="images.zip", method=zipfile.ZIP_STORED):
        with zipfile.ZipFile(tmp_path / name, "w", method) as archive:
            for path in sorted(folder.iterdir()):
                archive.write(path, top + path.name)
        return tmp_path / "images"

    return pack


def names_of(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("top", ["", "images/", "some/where/images/"])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_pixels_are_those_of_the_folder(folder, pack, top, method):
    packed = pack(top, method=method)
    assert list_images(packed) == names_of(folder)
    for name in names_of(folder):
        np.testing.assert_array_equal(read_image(packed / name), read_image(folder / name))


def test_several_threads_read_one_archive(folder, pack):
    packed = pack(method=zipfile.ZIP_DEFLATED)
    names = names_of(folder) * 8
    found = read_canvases([packed / name for name in names], 20, 20, 1.0, threads=4)
    wanted = read_canvases([folder / name for name in names], 20, 20, 1.0, threads=1)
    for first, second in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(first, second)


def test_the_archive_of_a_folder_above(folder, pack, tmp_path):
    """images_gz2.zip stands for images_gz2/images, too."""
    pack("images/", name="images_gz2.zip")
    name = names_of(folder)[0]
    images = tmp_path / "images_gz2/images"
    np.testing.assert_array_equal(read_image(images / name), read_image(folder / name))
    assert find_source(images) == tmp_path / "images_gz2.zip"
    assert list_images(images) == names_of(folder)


def test_the_archive_itself_named_as_the_folder(folder, pack, tmp_path):
    pack()
    name = names_of(folder)[0]
    assert has_image(tmp_path / "images.zip" / name)
    found = read_image(tmp_path / "images.zip" / name)
    np.testing.assert_array_equal(found, read_image(folder / name))


def test_other_files_at_the_top_do_no_harm(folder, pack, tmp_path):
    packed = pack()
    with zipfile.ZipFile(tmp_path / "images.zip", "a") as archive:
        archive.writestr("README.txt", "Galaxies")
        archive.writestr("__MACOSX/images/._1.jpg", "")
    assert list_images(packed) == names_of(folder)
    assert has_image(packed / names_of(folder)[0])


def test_the_directory_is_read_once(folder, pack, monkeypatch):
    opened = []
    kind = zipfile.ZipFile

    def count(path):
        opened.append(path)
        return kind(path)

    packed = pack()
    monkeypatch.setattr(zipfile, "ZipFile", count)
    list(read_canvases([packed / name for name in names_of(folder)], 8, 8, 1.0, threads=4))
    assert has_image(packed / names_of(folder)[0])
    assert len(opened) == 1


def test_the_folder_wins_and_the_log_tells(folder, pack, caplog):
    packed = pack()
    shutil.copytree(folder, packed)
    name = names_of(folder)[0]
    (packed / name).unlink()
    caplog.set_level(logging.INFO)
    assert find_source(packed) == packed
    with pytest.raises(FileNotFoundError, match=name):
        read_image(packed / name)
    assert f"{packed} is used, not the archive beside it" in caplog.text


def test_a_missing_member_is_named_with_its_archive(pack, tmp_path):
    packed = pack()
    assert not has_image(packed / "77.jpg")
    with pytest.raises(FileNotFoundError, match=r"images\.zip, member 77\.jpg"):
        read_image(packed / "77.jpg")


def test_a_truncated_archive_is_named(pack, tmp_path):
    packed = pack()
    whole = (tmp_path / "images.zip").read_bytes()
    (tmp_path / "images.zip").write_bytes(whole[: len(whole) // 2])
    message = r"images\.zip: found no whole ZIP archive .*expected one"
    assert "its end is missing" in source_problem(packed)
    for read in (read_image, has_image):
        with pytest.raises(ValueError, match=message):
            read(packed / "77.jpg")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_broken_member_is_named_and_the_others_are_read(folder, pack, tmp_path, method):
    packed = pack(method=method)
    names = names_of(folder)
    with zipfile.ZipFile(tmp_path / "images.zip") as archive:
        info = archive.getinfo(f"images/{names[3]}")
    with open(tmp_path / "images.zip", "r+b") as file:
        file.seek(info.header_offset + info.compress_size // 2)
        byte = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([byte[0] ^ 255]))
    expected = rf"images\.zip, member images/{names[3]}: found a broken member"
    with pytest.raises(ValueError, match=expected):
        read_image(packed / names[3])
    reasons = inspect_images(packed.parent, [f"images/{name}" for name in names], threads=2)
    assert [bool(reason) for reason in reasons] == [name == names[3] for name in names]
    assert reasons[3].startswith("unreadable image: ")


def test_a_member_that_is_no_image_is_named(pack, tmp_path):
    packed = pack()
    with zipfile.ZipFile(tmp_path / "images.zip", "a") as archive:
        archive.writestr("images/5.jpg", "no image")
    with pytest.raises(ValueError, match=r"images\.zip, member images/5\.jpg: found neither"):
        read_image(packed / "5.jpg")


def test_neither_folder_nor_archive(tmp_path):
    assert find_source(tmp_path / "images") is None
    message = source_problem(tmp_path / "images")
    assert message.endswith("images: found no such folder, nor its archive images.zip")
    assert list_images(tmp_path / "images") == []
    # It may come while a process runs.
    (tmp_path / "images").mkdir()
    (tmp_path / "images/1.jpg").touch()
    assert has_image(tmp_path / "images/1.jpg")


def test_a_fork_opens_the_archive_again(folder, pack, monkeypatch):
    """It would share the position in the file with its parent."""
    packed = pack()
    assert has_image(packed / names_of(folder)[0])
    first = image_files._look_up(packed)[0]
    monkeypatch.setattr(image_files.os, "getpid", lambda: -1)
    assert image_files._look_up(packed)[0] is not first


@pytest.mark.parametrize(
    "rename",
    [
        lambda name: f"images\\{name}",
        lambda name: f"./images/{name}",
        lambda name: f"a\\images\\{name.replace('.jpg', '.JPG')}",
    ],
)
def test_archives_of_other_systems(folder, tmp_path, rename):
    with zipfile.ZipFile(tmp_path / "images.zip", "w") as archive:
        for path in folder.iterdir():
            entry = zipfile.ZipInfo("x")
            # Python itself would write slashes.
            entry.filename = rename(path.name)
            archive.writestr(entry, path.read_bytes())
        archive.writestr("__MACOSX/images/._1000.jpg", "no image")
        archive.writestr("images/._1007.jpg", "no image")
    names = images_by_stem(tmp_path / "images")
    assert sorted(names) == sorted(path.stem for path in folder.iterdir())
    for stem, name in names.items():
        pixels = read_image(tmp_path / "images" / name)
        np.testing.assert_array_equal(pixels, read_image(folder / f"{stem}.jpg"))


def test_a_stray_image_at_the_top_hides_nothing(folder, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    image = next(folder.iterdir()).read_bytes()
    with zipfile.ZipFile(tmp_path / "images.zip", "w") as archive:
        archive.writestr("preview.jpg", image)
        for number in range(120):
            archive.writestr(f"set/images/{number}.jpg", image)
    assert len(list_images(tmp_path / "images")) == 120
    assert has_image(tmp_path / "images/7.jpg")
    assert has_image(tmp_path / "images/preview.jpg")
    assert "1 images are beside the folder of the others, set/images/" in caplog.text
    assert "the first is preview.jpg" in caplog.text


def test_images_in_two_folders_are_not_mixed(folder, tmp_path):
    image = next(folder.iterdir()).read_bytes()
    with zipfile.ZipFile(tmp_path / "images.zip", "w") as archive:
        for name in ("set/a/1.jpg", "set/b/1.jpg", "set/b/2.jpg"):
            archive.writestr(name, image)
    assert not has_image(tmp_path / "images/2.jpg")
    assert has_image(tmp_path / "images/b/2.jpg")
    message = "looked for '2.jpg' in .*images.zip, which holds 'set/a/1.jpg', 'set/b/1.jpg', 'se"
    assert re.search(message, explain_absence(tmp_path / "images/2.jpg"))
