"""What is shown of an image, and where it lies on a sheet."""

import io
import json
import zipfile

import h5py
import numpy as np
import pytest
from PIL import Image

import draw_sheets
from galbar.attribution.heatmap_files import ATTRIBUTES, create_heatmaps
from galbar.gallery.outline import outline_path
from galbar.gallery.pictures import Picture, colour_map, draw_pictures
from galbar.gallery.sheets import read_about, read_sheet, write_sheets
from galbar.gallery.shown_setting import setting_in_words
from galbar.gallery.view import view_of
from galbar.io.decoded_images import write_stamps
from tests.helpers.drawn_maps import drawn_map

IMAGE = {"height": 32, "width": 32, "crop": 0.3019}


class TestView:
    @pytest.mark.parametrize(
        ("height", "width", "crop", "side", "shown"),
        [
            # The networks of the demo see less than half of the image: all of it is shown.
            (48, 48, 0.3019, 48, 128),
            # The published ones see all of it: half of it is shown.
            (224, 224, 1.0, 112, 212),
            (64, 96, 1.0, 48, 212),
        ],
    )
    def test_at_most_half_of_the_image_is_shown(self, height, width, crop, side, shown):
        view = view_of(height, width, crop)
        assert view.side == side
        assert view.side * view.scale == pytest.approx(shown, abs=0.1)

    @pytest.mark.parametrize("height", [32, 47, 48, 224, 225])
    @pytest.mark.parametrize("crop", [0.3019, 0.5, 1.0])
    def test_the_centre_is_that_of_the_canvas(self, height, crop):
        """A canvas that is 0 but for its middle, cut as everything is."""
        view = view_of(height, height, crop)
        canvas = round(height / crop)
        columns = np.broadcast_to(np.arange(canvas) + 0.5, (canvas, canvas))[..., np.newaxis]
        left = (canvas - height) // 2
        shown = view.cut(columns[left : left + height, left : left + height])
        # Column k of what is shown begins at k, where the canvas has shown[0, k] - 0.5.
        middle = (canvas / 2 - (shown[0, 0, 0] - 0.5)) * view.scale
        assert view.centre == pytest.approx(middle)

    @pytest.mark.parametrize("height", [32, 48, 111, 224, 500, 1400])
    def test_no_block_of_jpeg_belongs_to_two_pictures(self, height):
        view = view_of(height, height, 1.0)
        assert view.cell % 8 == 0
        assert view.pad >= 4
        assert view.cell - view.side - view.pad >= 4
        assert view.across == 1 or view.across * view.cell <= 1300


class TestOutline:
    view = view_of(32, 32, 0.3019)

    def points(self, path):
        return np.array([[float(x) for x in point.split()] for point in path[1:-1].split("L")])

    def test_a_rectangle_is_outlined_along_its_edges(self):
        mask = np.zeros((32, 32), dtype=bool)
        mask[10:14, 5:25] = True
        points = self.points(outline_path(mask, self.view)) / self.view.scale
        assert points.min(axis=0) == pytest.approx([5, 10], abs=0.01)
        assert points.max(axis=0) == pytest.approx([25, 14], abs=0.01)
        # Corners are cut half a pixel, edges have no points between.
        assert len(points) == 8

    def test_what_reaches_the_edge_is_closed(self):
        path = outline_path(np.ones((32, 32), dtype=bool), self.view)
        points = self.points(path) / self.view.scale
        assert points.min() == pytest.approx(0, abs=0.01)
        assert points.max() == pytest.approx(32, abs=0.02)

    def test_holes_and_parts_are_paths_of_their_own(self):
        mask = np.zeros((32, 32), dtype=bool)
        mask[2:12, 2:12], mask[5:8, 5:8], mask[20:24, 20:30] = True, False, True
        assert outline_path(mask, self.view).count("Z") == 3

    def test_nothing_has_no_outline(self):
        assert outline_path(np.zeros((32, 32), dtype=bool), self.view) == ""

    def test_what_is_left_out_moves_it(self):
        view = view_of(100, 100, 1.0)
        mask = np.zeros((100, 100), dtype=bool)
        mask[40:60, 45:55] = True
        points = self.points(outline_path(mask, view)) / view.scale
        assert view.offset == (25, 25)
        assert points.min(axis=0) == pytest.approx([20, 15], abs=0.01)


def test_unknown_pixels_of_a_map_are_grey():
    colours = colour_map(np.array([[0.0, 1.0, np.nan]])[..., np.newaxis])
    assert colours.shape == (1, 3, 3)
    assert colours[0, 2].tolist() == [153] * 3
    assert colours[0, 0].sum() < 10
    assert colours[0, 1].sum() > 500


class TestSheets:
    def write(self, path, n):
        """Write flat pictures, the brightness of each from its number."""
        view = view_of(**IMAGE)
        flat = [np.full((view.side, view.side, 3), 40 + number % 200) for number in range(n)]
        pictures = (
            Picture(picture.astype(np.uint8), 255 - picture.astype(np.uint8), f"M{number} 0Z")
            for number, picture in enumerate(flat)
        )
        write_sheets(path, np.arange(n) + 10**18, pictures, view, maps=True)
        return view

    def test_each_cell_is_its_galaxy(self, tmp_path):
        path = tmp_path / "sheets.zip"
        view = self.write(path, 130)
        about = read_about(path)
        assert about.galaxy_id.tolist() == [10**18 + number for number in range(130)]
        assert about.view == view
        assert about.count == 2
        for galaxy in (0, 99, 100, 129):
            number, cell = divmod(galaxy, view.per_sheet)
            image, heatmap, outlines = read_sheet(path, number, maps=True)
            assert outlines[cell] == f"M{galaxy} 0Z"
            row, column = divmod(cell, view.across)
            for data, expected in ((image, 40 + galaxy), (heatmap, 215 - galaxy)):
                pixels = np.asarray(Image.open(io.BytesIO(data))).astype(int)
                assert pixels.shape == (view.across * view.cell,) * 2 + (3,)
                # The whole cell: what is beside the picture repeats its edge.
                part = pixels[row * view.cell :, column * view.cell :][: view.cell, : view.cell]
                assert np.abs(part - expected).max() <= 2

    def test_another_file_is_refused(self, tmp_path):
        path = tmp_path / "sheets.zip"
        path.write_bytes(b"no archive")
        with pytest.raises(ValueError, match=r"sheets\.zip: found no archive of sheets"):
            read_about(path)
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("else.txt", "")
        with pytest.raises(ValueError, match="found no archive of sheets"):
            read_about(path)

    def test_too_few_pictures_leave_nothing(self, tmp_path):
        path = tmp_path / "sheets.zip"

        def broken():
            raise ValueError("no heat map")
            yield

        with pytest.raises(ValueError, match="no heat map"):
            write_sheets(path, [1], broken(), view_of(**IMAGE), maps=False)
        assert list(tmp_path.iterdir()) == []


SETTING = {"criterion": "level", "kind": "absolute", "xinput": False, "smoothing": 1.0}
CHOICE = {
    **{"model": "second", "attribution": "smoothgrad", "smooth_noise": 0.1},
    "setting": {**SETTING, "level_fraction": 0.5, "corr_threshold": None},
}


class TestRule:
    """The script of the rule, on stamps and heat maps of both networks."""

    @pytest.fixture
    def inputs(self, tmp_path):
        ids = np.arange(5) + 587722981736120347
        side = round(32 / 0.3019)
        stamps = (
            (np.full((side, side, 3), 30 * number, dtype=np.uint8), {"galaxy_id": galaxy})
            for number, galaxy in enumerate(ids)
        )
        write_stamps(tmp_path / "stamps.h5", stamps, **IMAGE)
        rows = [f"{galaxy},{number}.fits" for number, galaxy in enumerate(ids)]
        (tmp_path / "galaxies.csv").write_text("\n".join(["galaxy_id,image", *rows]))
        (tmp_path / "chosen.json").write_text(json.dumps({"within_calibration": CHOICE}))
        for name, angle in (("first", 0.0), ("second", 90.0)):
            attributes = dict.fromkeys(ATTRIBUTES, "")
            attributes |= {"model": name, "attribution": "smoothgrad", "smooth_noise": 0.1}
            attributes |= {"crop": 0.3019, "image_height": 32, "image_width": 32}
            path = tmp_path / f"{name}.h5"
            with create_heatmaps(path, ids, ["absolute"], (32, 32), attributes) as writer:
                for row in range(len(ids)):
                    writer.write(row, {"absolute": drawn_map(32, 14, angle, width=4)})
        return tmp_path

    def draw(self, folder, heatmaps, shard="1-of-1"):
        draw_sheets.main(
            folder / "galaxies.csv",
            heatmaps,
            folder / "chosen.json",
            folder / "sheets.zip",
            decoded=folder / "stamps.h5",
            directory=folder,
            shard=shard,
            image=IMAGE,
            criteria=[],
        )
        return read_about(folder / "sheets.zip")

    def test_the_bar_of_the_chosen_network_is_outlined(self, inputs):
        about = self.draw(inputs, [inputs / "first.h5", inputs / "second.h5"])
        assert about.maps
        _, _, outlines = read_sheet(inputs / "sheets.zip", 0, maps=True)
        points = TestOutline().points(outlines[3])
        width, height = np.ptp(points, axis=0)
        # At 90 degrees it stands upright.
        assert height > 1.5 * width

    def test_without_heat_maps_images_are_shown(self, inputs):
        about = self.draw(inputs, [])
        assert not about.maps
        image, heatmaps, outlines = read_sheet(inputs / "sheets.zip", 0, maps=False)
        assert heatmaps is None
        assert outlines == [""] * 5
        pixels = np.asarray(Image.open(io.BytesIO(image))).astype(int)
        cell = about.view.cell
        assert [round(pixels[20, 20 + cell * k].mean(), -1) for k in range(5)] == [
            *(0, 30, 60, 90, 120)
        ]

    def test_a_shard_is_its_part(self, inputs):
        about = self.draw(inputs, [], shard="2-of-2")
        assert about.galaxy_id.tolist() == [587722981736120347 + k for k in (2, 3, 4)]

    def test_a_missing_network_is_named(self, inputs):
        with pytest.raises(ValueError, match=r"no heat maps of second.*found first"):
            self.draw(inputs, [inputs / "first.h5"])

    def test_a_missing_galaxy_is_named(self, inputs):
        with h5py.File(inputs / "second.h5", "a") as store:
            store["galaxy_id"][2] = 7
        with pytest.raises(ValueError, match=r"second\.h5: no heat map of galaxy .*349"):
            self.draw(inputs, [inputs / "second.h5"])

    def test_the_setting_in_words(self):
        words = setting_in_words(CHOICE)
        assert words.startswith("second, ")
        assert words.endswith("absolute, level, smoothing 1, level_fraction 0.5")


def test_images_without_stamps_are_read(tmp_path):
    rng = np.random.default_rng(2)
    paths = [tmp_path / f"{name}.png" for name in "ab"]
    for path in paths:
        Image.fromarray(rng.integers(0, 255, (424, 424, 3), dtype=np.uint8)).save(path)
    view = view_of(**IMAGE)
    pictures = list(draw_pictures(None, [1, 2], paths, IMAGE, view))
    assert [picture.image.shape for picture in pictures] == [(32, 32, 3)] * 2
    assert pictures[0].heatmap is None
