"""Every kind of image file, whole and broken."""

import gzip
import io
import re
import struct
import zipfile
import zlib

import numpy as np
import pytest
from astropy.io import fits
from PIL import Image

from galbar.stamps.image_files import read_survey_image

RNG = np.random.default_rng(7)
PLANE = RNG.normal(100, 10, (30, 40)).astype(np.float32)


def write_fits(path, data, **header):
    unit = fits.PrimaryHDU(data)
    unit.header.update(header)
    unit.writeto(path)
    return path


@pytest.mark.parametrize("kind", [">i2", ">i4", ">f4", ">f8", "<f4", "u2"])
def test_planes_of_fits_are_its_numbers(tmp_path, kind):
    data = PLANE.astype(kind)
    image = read_survey_image(write_fits(tmp_path / "a.fits", data))
    assert image.planes.shape == (1, 30, 40)
    np.testing.assert_allclose(image.planes[0], data.astype(float), rtol=1e-6)
    assert image.linear
    assert image.wcs is None


def test_cubes_scales_and_blanks(tmp_path):
    cube = np.stack([PLANE, 2 * PLANE, 3 * PLANE])
    image = read_survey_image(write_fits(tmp_path / "cube.fits", cube))
    np.testing.assert_array_equal(image.planes, cube)
    # A radio image has axes of one pixel.
    image = read_survey_image(write_fits(tmp_path / "radio.fits", cube[np.newaxis, :1]))
    np.testing.assert_array_equal(image.planes, cube[:1])
    whole = np.int16(PLANE)
    whole[3, 4] = -32768
    path = write_fits(tmp_path / "blank.fits", whole, BLANK=-32768, BSCALE=0.5, BZERO=10.0)
    with fits.open(path, do_not_scale_image_data=True, mode="update") as units:
        units[0].data[:] = whole
    plane = read_survey_image(path).planes[0]
    assert np.isnan(plane[3, 4])
    assert np.isfinite(plane).sum() == plane.size - 1


def test_extensions_by_number_name_and_several(tmp_path):
    units = [fits.PrimaryHDU(), fits.BinTableHDU.from_columns([])]
    units += [fits.ImageHDU(PLANE * k, name=name) for k, name in ((1, "SCI_G"), (2, "SCI_R"))]
    fits.HDUList(units).writeto(tmp_path / "a.fits")
    np.testing.assert_array_equal(read_survey_image(tmp_path / "a.fits").planes[0], PLANE)
    for key in (3, "SCI_R", "sci_r"):
        image = read_survey_image(tmp_path / "a.fits", key)
        np.testing.assert_array_equal(image.planes[0], 2 * PLANE)
    both = read_survey_image(tmp_path / "a.fits", ["SCI_R", "SCI_G"])
    np.testing.assert_array_equal(both.planes, [2 * PLANE, PLANE])
    with pytest.raises(ValueError, match=r"a\.fits: found no extension 'SCI_I', expected one of 0"):
        read_survey_image(tmp_path / "a.fits", "SCI_I")
    with pytest.raises(ValueError, match="found no image in extension 1"):
        read_survey_image(tmp_path / "a.fits", 1)


def test_compressed_fits(tmp_path):
    unit = fits.CompImageHDU(PLANE, compression_type="GZIP_2", quantize_level=0)
    fits.HDUList([fits.PrimaryHDU(), unit]).writeto(tmp_path / "a.fits.fz")
    np.testing.assert_array_equal(read_survey_image(tmp_path / "a.fits.fz").planes[0], PLANE)
    write_fits(tmp_path / "b.fits", PLANE)
    (tmp_path / "b.fits.gz").write_bytes(gzip.compress((tmp_path / "b.fits").read_bytes()))
    np.testing.assert_array_equal(read_survey_image(tmp_path / "b.fits.gz").planes[0], PLANE)


def test_world_coordinates_are_read(tmp_path):
    header = {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": 10.0, "CRVAL2": 20.0}
    header |= {"CRPIX1": 1.0, "CRPIX2": 1.0, "CDELT1": -1e-4, "CDELT2": 1e-4}
    image = read_survey_image(write_fits(tmp_path / "a.fits", PLANE, **header))
    assert image.wcs.pixel_to_world(0, 0).ra.deg == pytest.approx(10)
    del header["CDELT1"]
    with pytest.raises(ValueError, match=r"b\.fits: found world coordinates without a pixel scale"):
        read_survey_image(write_fits(tmp_path / "b.fits", PLANE, **header))


def pictures():
    bytes_ = RNG.integers(0, 256, (30, 40), dtype=np.uint8)
    colours = RNG.integers(0, 256, (30, 40, 3), dtype=np.uint8)
    return {
        "grey.png": (bytes_, 1, False),
        "colours.png": (colours, 3, False),
        "16bit.png": (RNG.integers(0, 65535, (30, 40)).astype(np.uint16), 1, True),
        "float.tiff": (PLANE, 1, True),
        "colours.tif": (colours, 3, False),
    }


@pytest.mark.parametrize("name", list(pictures()))
def test_planes_of_pictures_are_their_pixels(tmp_path, name):
    pixels, bands, linear = pictures()[name]
    Image.fromarray(pixels).save(tmp_path / name)
    image = read_survey_image(tmp_path / name)
    assert (image.planes.shape, image.linear) == ((bands, 30, 40), linear)
    np.testing.assert_array_equal(np.moveaxis(image.planes, 0, -1).squeeze(), pixels)


def test_what_is_transparent_was_not_measured(tmp_path):
    colours = RNG.integers(0, 256, (30, 40, 4), dtype=np.uint8)
    Image.fromarray(colours).save(tmp_path / "a.png")
    planes = read_survey_image(tmp_path / "a.png").planes
    np.testing.assert_array_equal(
        np.isnan(planes), np.broadcast_to(colours[..., 3] == 0, (3, 30, 40))
    )
    palette = Image.fromarray(colours[..., :3]).quantize(8)
    palette.save(tmp_path / "palette.png")
    np.testing.assert_array_equal(
        np.moveaxis(read_survey_image(tmp_path / "palette.png").planes, 0, -1),
        np.asarray(palette.convert("RGB")),
    )


def test_images_of_an_archive(tmp_path):
    stored = io.BytesIO()
    fits.PrimaryHDU(PLANE).writeto(stored)
    with zipfile.ZipFile(tmp_path / "images.zip", "w") as archive:
        archive.writestr("a.fits", stored.getvalue())
    image = read_survey_image(tmp_path / "images" / "a.fits")
    np.testing.assert_array_equal(image.planes[0], PLANE)


def test_fits_below_a_folder_of_an_archive(tmp_path):
    stored = io.BytesIO()
    fits.PrimaryHDU(PLANE).writeto(stored)
    with zipfile.ZipFile(tmp_path / "mine.zip", "w") as archive:
        for name in ("a", "b", "c"):
            archive.writestr(f"mine/{name}.fits", stored.getvalue())
    image = read_survey_image(tmp_path / "mine" / "b.fits")
    np.testing.assert_array_equal(image.planes[0], PLANE)


def broken_files(folder):
    whole = write_fits(folder / "whole.fits", PLANE).read_bytes()
    picture = io.BytesIO()
    Image.fromarray(np.uint8(PLANE)).save(picture, "PNG")
    return {
        "empty.fits": (b"", "found an empty file"),
        "page.fits": (b"<!DOCTYPE html><html>404</html>", "found a web page"),
        "cut.fits": (whole[: len(whole) - 2880], "found a broken FITS file"),
        "cut.fits.gz": (gzip.compress(whole)[:500], "found a broken gzip file"),
        "header.fits": (whole[:1000], "broken FITS file|no image"),
        "cut.png": (picture.getvalue()[:300], "found no readable FITS, JPEG, PNG or TIFF"),
        "text.jpg": (b"no galaxy", "found no readable FITS, JPEG, PNG or TIFF"),
    }


@pytest.mark.parametrize(
    "name",
    "empty.fits page.fits cut.fits cut.fits.gz header.fits cut.png text.jpg".split(),
)
def test_broken_files_are_named(tmp_path, name):
    content, message = broken_files(tmp_path)[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=f"{re.escape(name)}: .*({message})"):
        read_survey_image(tmp_path / name)


def test_colours_of_sixteen_bits_are_refused(tmp_path):
    """Pillow reads such files, with half of their bits."""
    rows = b"".join(b"\0" + bytes(30 * 6) for _ in range(30))
    header = struct.pack(">IIBBBBB", 30, 30, 16, 2, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n"
    for name, data in ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")):
        checksum = struct.pack(">I", zlib.crc32(name + data))
        content += struct.pack(">I", len(data)) + name + data + checksum
    (tmp_path / "7.png").write_bytes(content)
    with pytest.raises(ValueError, match=r"7\.png: found 16 bits per colour, expected 8"):
        read_survey_image(tmp_path / "7.png")


def test_images_without_a_galaxy_are_named(tmp_path):
    path = write_fits(tmp_path / "nan.fits", np.full((30, 40), np.nan))
    with pytest.raises(ValueError, match=r"nan\.fits: found no pixel with a number"):
        read_survey_image(path)
    path = write_fits(tmp_path / "spectrum.fits", np.ones(50))
    with pytest.raises(ValueError, match="found no image in the FITS file"):
        read_survey_image(path)
    path = write_fits(tmp_path / "four.fits", np.ones((2, 3, 4, 5)))
    with pytest.raises(ValueError, match=r"shape \(2, 3, 4, 5\), expected 2 axes, or 3 for planes"):
        read_survey_image(path)
    Image.fromarray(np.uint8(PLANE)).save(tmp_path / "a.jpg")
    with pytest.raises(ValueError, match="expected a FITS file with the extension 'SCI'"):
        read_survey_image(tmp_path / "a.jpg", "SCI")
    with pytest.raises(FileNotFoundError, match=r"none\.fits"):
        read_survey_image(tmp_path / "none.fits")


REAL = {
    "decals_example_a.fits": ((3, 424, 424), True, True),
    "decals_temp_small.fits": ((3, 225, 225), True, True),
    "sparcfire_1237651752944205838_r.fits": ((3, 256, 256), False, False),
    "sparcfire_1237662305650999364.fits": ((1, 598, 598), True, True),
}


@pytest.mark.parametrize("name", list(REAL))
def test_real_cutouts(real_data, name):
    shape, has_wcs, linear = REAL[name]
    image = read_survey_image(real_data / "fits_samples" / name)
    assert image.planes.shape == shape
    assert (image.wcs is not None, image.linear) == (has_wcs, linear)


def test_a_real_truncated_cutout_is_named(real_data):
    with pytest.raises(ValueError, match=r"incomplete\.fits: found a broken FITS file"):
        read_survey_image(real_data / "fits_samples/decals_example_incomplete.fits")
