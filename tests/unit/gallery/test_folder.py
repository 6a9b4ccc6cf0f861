"""The folder of a gallery: texts that stay texts, numbers, pictures that belong to their rows."""

import json
import re

import numpy as np
import pandas as pd
import pytest

import make_gallery as script
from galbar.gallery.cards import length_text
from galbar.gallery.chunks import as_script, describe_columns, list_chunks
from galbar.gallery.columns import describe, gallery_columns
from galbar.gallery.galaxy_scale import scale_bars
from galbar.gallery.identity import digest_rows
from galbar.gallery.page_files import PAGE_FILES
from galbar.gallery.pictures import Picture
from galbar.gallery.rows import gallery_rows
from galbar.gallery.sheets import read_about, write_sheets
from galbar.gallery.view import view_of
from galbar.lengths.table_formats import _COLUMNS, describe_column
from tests.helpers.galleries import BIG, IMAGE, make_gallery, make_table


def arguments_of(text):
    """Return the arguments of the call that a script is."""
    return json.loads("[" + re.fullmatch(r"[\w.]+\((.*)\);\n", text, re.DOTALL)[1] + "]")


class TestScripts:
    @pytest.mark.parametrize(
        "text", ["</script>", "<!--", "\u2028\u2029", '"\\', "\x00\x1f", "\U0001f30c", "é"]
    )
    def test_texts_come_back_and_are_no_markup(self, text):
        made = as_script("Gallery.chunk", 1, {"id": [text]})
        assert arguments_of(made) == [1, {"id": [text]}]
        assert made.isascii()
        assert "<" not in made

    def test_numbers_that_json_does_not_know_are_refused(self):
        with pytest.raises(ValueError, match="JSON"):
            as_script("Gallery.chunk", float("nan"))

    def test_chunks_are_all_rows(self):
        frame = gallery_columns(make_table(23))
        parts = list(list_chunks(frame, rows=10))
        assert [len(part["id"]) for part in parts] == [10, 10, 3]
        ids = [galaxy for part in parts for galaxy in part["galaxy_id"]]
        assert ids == [str(BIG + 7 * number) for number in range(23)]
        read = [value for part in parts for value in part["length_px"]]
        assert read == pytest.approx(frame["length_px"].tolist(), rel=1e-4)
        # Positions to a ten-millionth of a degree.
        read = [value for part in parts for value in part["ra"]]
        assert read == pytest.approx(frame["ra"].tolist(), abs=1e-7)

    def test_unknown_numbers_and_texts(self):
        frame = pd.DataFrame({"redshift": [np.nan, np.inf, 3.0], "bar": ["yes", None, np.nan]})
        (part,) = list_chunks(frame)
        assert part == {"redshift": [None, None, 3], "bar": ["yes", "", ""]}


class TestColumns:
    def test_ids_come_first_as_texts(self):
        frame = gallery_columns(make_table(2))
        assert frame.columns[:2].tolist() == ["galaxy_id", "id"]
        assert frame["galaxy_id"][0] == str(BIG)
        assert frame["id"][0] == "galaxy 0"

    def test_without_ids_of_their_own_the_number_stands_in(self):
        frame = gallery_columns(make_table(2).drop(columns="id"))
        assert frame["id"].tolist() == frame["galaxy_id"].tolist()

    def test_what_is_told_elsewhere_is_left_out(self):
        table = make_table(2).assign(
            image_g="x", length_px_run2=1.0, verdict="bad", note="", of_the_future=1.0
        )
        names = set(gallery_columns(table))
        axes = ("x", "y", "x_image", "y_image", "ra", "dec")
        ends = {f"{axis}_end{number}" for axis in axes for number in (1, 2)}
        assert ends <= set(table)
        intervals = {"length_arcsec_low68", "length_deprojected_kpc_high95"}
        assert names == set(table) - ends - {
            *("image", "image_g", "calibration", "north_up", "length_px_run1", "length_px_run2"),
            "expected_bias_flag",
            *(name for name in table if name.endswith(("68", "95")) and "_px_" not in name),
        } | {"width68"}
        assert not intervals & names
        # What nobody knows yet is shown by its name.
        assert "of_the_future" in names

    def test_all_that_is_said_of_columns_is_known_here(self):
        """Of each that the tables describe there is a label, or it is left out on purpose."""
        table = make_table(2).assign(verdict="", note="")
        # The rest is of catalogues without stamps.
        assert set(table) >= set(_COLUMNS)
        assert [name for name in table if not describe_column(name).description] == []
        labels = {name: describe(name).label for name in gallery_columns(table)}
        unlabelled = {name for name, label in labels.items() if label == name}
        assert unlabelled == {"id", "bar", "flag", "redshift", "recommended", "verdict", "note"}
        for name in labels:
            unit = describe_column(name).unit
            if unit:
                assert describe(name).unit == {"pix": "px"}.get(unit, unit), name

    def test_sliders(self):
        columns = describe_columns(gallery_columns(make_table(9)))
        sliders = {column["name"] for column in columns if column["slider"]}
        assert {"length_kpc", "length_deprojected_kpc", "mask_axis_ratio", "p_bar"} <= sliders
        # All of it is empty yet.
        assert "expected_bias" not in sliders
        assert sliders <= set(gallery_columns(make_table(9)).select_dtypes("number"))
        later = gallery_columns(make_table(9).assign(expected_bias=0.1))
        assert {column["name"]: column for column in describe_columns(later)}["expected_bias"][
            "slider"
        ]

    def test_whole_numbers_are_in_full(self):
        frame = pd.DataFrame({"flag_bits": [1234567, 16385], "redshift": [0.123456789, 1234567.0]})
        (part,) = list_chunks(frame)
        assert part == {"flag_bits": [1234567, 16385], "redshift": [0.123457, 1234570]}

    def test_width_of_the_interval(self):
        frame = gallery_columns(make_table(5))
        assert frame["width68"].to_numpy() == pytest.approx(1.18 - 0.85)


class TestIdentity:
    def test_it_is_of_the_galaxy_alone(self):
        table = make_table(5)
        digests = digest_rows(table)
        assert len(set(digests)) == 5
        assert all(re.fullmatch("[0-9a-f]{8}", digest) for digest in digests)
        assert digest_rows(table[::-1][2:]) == digests[2::-1]
        # Whatever is measured, and however its number and the type of a column follow from others.
        again = table.assign(length_px=1.0, galaxy_id=np.arange(5), flag="no stop")
        assert digest_rows(again) == digests
        whole = table.assign(ra=10.0)
        assert digest_rows(whole) == digest_rows(whole.assign(ra=10))

    @pytest.mark.parametrize("name", ["id", "ra", "dec", "image"])
    def test_another_galaxy_has_another(self, name):
        table = make_table(2)
        others = table.assign(**{name: "x" if name in ("id", "image") else 1.0})
        assert not set(digest_rows(table)) & set(digest_rows(others))

    def test_of_nothing_it_is_equal(self):
        assert len(set(digest_rows(make_table(3)[["galaxy_id"]]))) == 1


class TestScaleBars:
    def test_round_arcsec_below_a_third(self):
        length, text = scale_bars([4.0, 13.2, 30.0], 128.0)
        arcsec = np.array([float(part.removesuffix("\u2033")) for part in text])
        assert length * 0.02 * np.array([4.0, 13.2, 30.0]) == pytest.approx(arcsec)
        assert (length <= 128 / 3 + 1e-9).all()
        assert (length > 128 / 3 / 2.6).all()
        assert arcsec.tolist() == [2, 10, 20]

    def test_unknown_sizes_are_in_units_of_themselves(self):
        length, text = scale_bars([np.nan, 0.0], 128.0)
        assert text == ["0.5 R90"] * 2
        assert length == pytest.approx(25.0)


ROW = {"length_px": 50.0, "length_px_low68": 40.0, "length_px_high68": 60.0}


class TestLengthText:
    def test_the_best_unit_with_its_interval(self):
        row = {**ROW, "length_arcsec": 10.0, "length_kpc_h": 5.0}
        assert length_text(row) == "5.00 kpc/h (4.00 \u2013 6.00)"
        assert length_text({**row, "length_kpc_h": np.nan}) == "10.0\u2033 (8.00 \u2013 12.0)"
        assert length_text(ROW) == "50.0 px (40.0 \u2013 60.0)"

    def test_without_an_interval_and_without_a_length(self):
        assert length_text({"length_px": 150.0}) == "150 px"
        assert length_text({"length_px": np.nan}) == "not measurable"


class TestRows:
    def sheets(self, tmp_path, parts):
        view = view_of(**IMAGE)
        flat = Picture(np.zeros((view.side, view.side, 3), dtype=np.uint8))
        paths = []
        for number, ids in enumerate(parts):
            paths.append(tmp_path / f"{number}.zip")
            write_sheets(paths[-1], ids, [flat] * len(ids), view, maps=False)
        return [read_about(path) for path in paths]

    def test_pictures_are_found_over_shards(self, tmp_path):
        table = make_table(130)
        ids = table["galaxy_id"].to_numpy()
        rows = gallery_rows(table, self.sheets(tmp_path, [ids[:105], ids[105:][::-1]]))
        places = list(zip(rows["_sheet"], rows["_cell"], strict=True))
        assert places[0] == (0, 0)
        assert places[99:101] == [(0, 99), (1, 0)]
        # The second shard begins a sheet of its own, in the other order.
        assert places[105] == (2, 24)
        assert places[129] == (2, 0)

    def test_a_galaxy_without_a_picture_is_named(self, tmp_path):
        table = make_table(5)
        with pytest.raises(
            ValueError, match=rf"galaxy {BIG + 28} has a length, but is on no sheet"
        ):
            gallery_rows(table, self.sheets(tmp_path, [table["galaxy_id"][:4]]))


def test_the_folder_is_replaced_as_a_whole(tmp_path):
    make_gallery(tmp_path, make_table(150))
    folder = tmp_path / "made_up"
    assert (folder / "sheets/1.jpg").is_file()
    make_gallery(tmp_path, make_table(20))
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    sheets = {"sheets/0.jpg", "sheets/0_map.jpg", "sheets/0.js"}
    assert files == {*PAGE_FILES, "data/about.js", "data/0.js", *sheets}
    # Nothing is left beside it.
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"made_up", "made_up.html", "made_up.zip"}


def test_a_gallery_that_fails_leaves_the_one_before(tmp_path):
    make_gallery(tmp_path, make_table(20))
    before = (tmp_path / "made_up/data/0.js").read_bytes()
    chosen = {
        **{"model": "a", "attribution": "smoothgrad", "smooth_noise": 0.1},
        "setting": {"kind": "absolute", "criterion": "level", "xinput": True},
    }
    (tmp_path / "chosen.json").write_text(json.dumps({"within_calibration": chosen}))
    make_table(21).to_csv(tmp_path / "lengths.csv", index=False)
    with pytest.raises(ValueError, match="is on no sheet"):
        script.main(
            tmp_path / "lengths.csv",
            [tmp_path / "made_up.zip"],
            tmp_path / "chosen.json",
            tmp_path / "made_up",
            tmp_path / "made_up.html",
            catalogue="made_up",
        )
    assert (tmp_path / "made_up/data/0.js").read_bytes() == before
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_the_page_asks_for_nothing_from_elsewhere(root):
    """But for links, which people follow."""
    folder = root / "workflow/scripts/galbar/gallery/page"
    assert {path.name for path in folder.iterdir()} == set(PAGE_FILES)
    for path in folder.iterdir():
        addresses = set(re.findall(r"https?://[\w.]+", path.read_text()))
        links = {"https://aladin.cds.unistra.fr", "https://www.legacysurvey.org"}
        assert addresses <= {"http://www.w3.org", *(links if path.name == "large.js" else ())}
        for word in ("innerHTML", "outerHTML", "document.write", "eval(", "fetch("):
            assert word not in path.read_text(), path.name
