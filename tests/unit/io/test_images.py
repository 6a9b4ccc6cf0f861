import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from galbar.io.images import (
    IMAGE_SIDE,
    canvas_shape,
    centre_crop,
    greyscale,
    load_canvas,
    map_ahead,
    pixel_scale,
    read_canvas,
    read_canvases,
    read_image,
)


def smooth_pixels(ny=IMAGE_SIDE, nx=IMAGE_SIDE):
    """Smooth colours, different along both axes and in all channels: JPEG keeps them well."""
    y, x = np.mgrid[0:ny, 0:nx]
    channels = [120 + 100 * np.sin(x / 60), 100 + 80 * np.cos(y / 90), 60 + 0.3 * x]
    return np.clip(np.stack(channels, axis=-1), 0, 255).astype(np.uint8)


def shrunk(image, folder, *shape):
    """Canvas of an image, from a file that keeps its pixels."""
    Image.fromarray(image).save(folder / "exact.png")
    return read_canvas(folder / "exact.png", *shape)


@pytest.fixture
def jpeg(tmp_path):
    path = tmp_path / "7.jpg"
    Image.fromarray(smooth_pixels()).save(path, quality=95)
    return path


def test_read_image_gives_the_pixels_with_y_first(jpeg):
    image = read_image(jpeg)
    assert image.shape == (424, 424, 3)
    assert image.dtype == np.uint8
    difference = image.astype(int) - smooth_pixels()
    assert np.abs(difference).max() <= 12
    assert np.abs(difference).mean() < 1.5


def test_read_image_of_a_png_is_exact(tmp_path):
    Image.fromarray(smooth_pixels()).save(tmp_path / "7.png")
    np.testing.assert_array_equal(read_image(tmp_path / "7.png"), smooth_pixels())


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_another_mode_is_refused(tmp_path, mode):
    path = tmp_path / "7.jpg"
    Image.fromarray(smooth_pixels()).convert(mode).save(path)
    with pytest.raises(ValueError, match=rf"7\.jpg: found an image of mode {mode}, expected RGB"):
        read_image(path)


def test_a_png_with_transparency_is_refused(tmp_path):
    Image.fromarray(smooth_pixels()).convert("RGBA").save(tmp_path / "7.png")
    with pytest.raises(ValueError, match="mode RGBA, expected RGB"):
        read_image(tmp_path / "7.png")


def test_another_size_is_refused(tmp_path):
    path = tmp_path / "7.jpg"
    Image.fromarray(smooth_pixels(424, 400)).save(path)
    with pytest.raises(ValueError, match=r"7\.jpg: found 400 x 424 px, expected 424 x 424 px"):
        read_image(path)


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9, 0.99])
def test_a_truncated_jpeg_is_refused(jpeg, share):
    content = jpeg.read_bytes()
    jpeg.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match=r"7\.jpg: found (a broken|neither)"):
        read_image(jpeg)


@pytest.mark.parametrize("content", [b"", b"<html>not found</html>", b"\xff\xd8\xff"])
def test_a_file_that_is_no_image_is_refused(tmp_path, content):
    path = tmp_path / "7.jpg"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"7\.jpg: found neither a JPEG nor a PNG"):
        read_image(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"7\.jpg"):
        read_image(tmp_path / "7.jpg")


@pytest.mark.parametrize(
    ("side", "crop", "canvas"),
    [(224, 1.0, 224), (96, 192 / 424, 212), (96, 0.45, 213), (224, 0.4, 560)],
)
def test_canvas_and_pixel_scale_belong_together(side, crop, canvas):
    assert canvas_shape(side, side, crop) == (canvas, canvas)
    assert pixel_scale(side, crop) * canvas == pytest.approx(IMAGE_SIDE)
    assert pixel_scale(side, crop) == pytest.approx(424 * crop / side, rel=2.5e-3)


def test_pixel_scale_of_the_published_setting():
    assert pixel_scale(224, 1.0) == 424 / 224


@pytest.mark.parametrize("crop", [0, -0.5, 1.01])
def test_a_crop_out_of_range_is_refused(crop):
    with pytest.raises(ValueError, match=r"image\.crop"):
        canvas_shape(224, 224, crop)


def test_load_canvas_is_the_bytes_of_read_canvas_over_255(jpeg):
    canvas = load_canvas(jpeg, 96, 64, 0.5)
    assert canvas.shape == (192, 128, 3)
    assert canvas.dtype == np.float32
    expected = read_canvas(jpeg, 96, 64, 0.5) / np.float32(255)
    np.testing.assert_array_equal(canvas, expected)
    assert 0 <= canvas.min() < canvas.max() <= 1


def test_shrinking_is_the_triangle_filter_of_antialiased_bilinear(tmp_path):
    """Compared with the plain definition: weights fall linearly with the distance."""
    rng = np.random.default_rng([1, 2])
    image = rng.integers(0, 256, (424, 424, 3), dtype=np.uint8)
    scale = 424 / 224
    centres = (np.arange(224) + 0.5) * scale
    weight = 1 - np.abs(np.arange(424) + 0.5 - centres[:, None]) / scale
    weight = np.clip(weight, 0, None)
    weight /= weight.sum(axis=1, keepdims=True)
    expected = np.einsum("yj,jkc,xk->yxc", weight, image.astype(float), weight, optimize=True)
    # Rounded to bytes after each axis.
    assert np.abs(shrunk(image, tmp_path, 224, 224, 1.0) - expected).max() <= 1.01


def test_shrinking_keeps_the_mean_brightness_and_the_centre(tmp_path):
    y, x = np.mgrid[0:424, 0:424]
    spot = 200 * np.exp(-((x - 211.5) ** 2 + (y - 211.5) ** 2) / (2 * 40**2))
    image = np.repeat(spot[:, :, None], 3, axis=2).astype(np.uint8)
    small = shrunk(image, tmp_path, 96, 96, 0.5)[:, :, 0].astype(float)
    assert small.mean() == pytest.approx(image.mean(), rel=0.01)
    assert (small * np.arange(192)).sum() / small.sum() == pytest.approx(95.5, abs=0.02)


def test_a_canvas_of_a_jpeg_is_made_from_all_its_pixels(jpeg, tmp_path):
    expected = shrunk(read_image(jpeg), tmp_path, 96, 96, 0.5)
    np.testing.assert_array_equal(read_canvas(jpeg, 96, 96, 0.5), expected)


def test_centre_crop_takes_the_central_pixels():
    canvas = np.arange(2 * 7 * 8 * 3).reshape(2, 7, 8, 3)
    np.testing.assert_array_equal(centre_crop(canvas, 3, 4), canvas[:, 2:5, 2:6])
    np.testing.assert_array_equal(centre_crop(canvas[0], 4, 3), canvas[0, 1:5, 2:5])
    np.testing.assert_array_equal(centre_crop(canvas, 7, 8), canvas)
    with pytest.raises(ValueError, match="cannot cut 8 x 8 px out of an image of 7 x 8 px"):
        centre_crop(canvas, 8, 8)


def test_greyscale_has_the_weights_of_tensorflow():
    assert greyscale(np.ones((2, 2, 3), np.uint8)).dtype == np.float32
    colours = np.eye(3)[None]
    np.testing.assert_allclose(greyscale(colours), [[0.2989, 0.5870, 0.1140]], rtol=1e-6)
    assert greyscale(np.zeros((4, 6, 5, 3))).shape == (4, 6, 5)
    with pytest.raises(ValueError, match=r"shape \(5, 6, 4\)"):
        greyscale(np.zeros((5, 6, 4)))


def test_an_image_of_one_colour_is_refused(tmp_path):
    """As servers of cutouts send it for a place that they have not observed."""
    Image.new("RGB", (424, 424), (0, 0, 40)).save(tmp_path / "7.png")
    with pytest.raises(ValueError, match=r"7\.png: found the same colour everywhere, expected"):
        read_image(tmp_path / "7.png")


def test_sixteen_bits_are_refused(tmp_path):
    """Pillow reads such files, with half of their bits."""
    rows = b"".join(b"\0" + bytes(424 * 6) for _ in range(424))
    header = struct.pack(">IIBBBBB", 424, 424, 16, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    content = b"\x89PNG\r\n\x1a\n"
    for name, data in chunks:
        checksum = struct.pack(">I", zlib.crc32(name + data))
        content += struct.pack(">I", len(data)) + name + data + checksum
    (tmp_path / "7.png").write_bytes(content)
    with pytest.raises(ValueError, match=r"7\.png: found 16 bits per colour, expected 8"):
        read_image(tmp_path / "7.png")


@pytest.mark.parametrize("threads", [1, 2])
def test_read_canvases_keeps_the_order(tmp_path, threads):
    paths = []
    for value in range(20):
        paths.append(tmp_path / f"{value}.jpg")
        pixels = np.full((424, 424, 3), 10 * value, np.uint8)
        pixels[:8, :8] = 255
        Image.fromarray(pixels).save(paths[-1])
    means = [round(canvas.mean() / 10) for canvas in read_canvases(paths, 16, 16, 1.0, threads)]
    assert means == list(range(20))


def test_read_canvases_fails_on_a_broken_image(jpeg, tmp_path):
    (tmp_path / "8.jpg").write_bytes(jpeg.read_bytes()[:2000])
    with pytest.raises(ValueError, match=r"8\.jpg"):
        list(read_canvases([jpeg, tmp_path / "8.jpg"], 16, 16, 1.0, threads=2))


def test_map_ahead_reads_only_little_ahead():
    started = []
    results = map_ahead(lambda item: started.append(item) or item, range(1000), threads=2)
    assert next(results) == 0
    assert len(started) <= 18
    results.close()


def test_all_real_images_can_be_read(real_data):
    paths = sorted((real_data / "kaggle_sample" / "images").glob("*.jpg"))
    assert len(paths) == 221
    canvases = np.stack(list(read_canvases(paths, 224, 224, 1.0, threads=2)))
    assert canvases.shape == (221, 224, 224, 3)
    # Background and centre of DATA.md: dark sky, bright and mostly red galaxies in the middle.
    centre = canvases[:, 107:117, 107:117].astype(float).mean(axis=(1, 2))
    assert np.median(np.median(canvases[:, :15], axis=(1, 2, 3))) < 7
    assert 120 < np.median(centre.mean(axis=1)) < 165
    assert 50 < np.median(centre[:, 0] - centre[:, 2]) < 100
