"""Ids and columns of a user's own table."""

import re

import numpy as np
import pandas as pd
import pytest
from astropy.table import Table

from galbar.catalogues.own_table import NO_ID, number_ids, own_columns, read_own
from galbar.io.result_tables import read_result_table


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "mine.csv"

    def write(text):
        path.write_text(text, encoding="utf-8")
        return path

    return write


def write_as(made, path):
    """Write a table of astropy in the format of a file's ending; return its path."""
    if path.suffix == ".csv":
        made.write(path, format="ascii.csv")
    elif path.suffix == ".parquet":
        made.to_pandas().to_parquet(path)
    else:
        made.write(path, format="votable" if path.suffix == ".vot" else None)
    return path


def test_whole_numbers_stay_and_texts_get_digests():
    assert number_ids(["0", "7", "587722981736120347"]).tolist() == [0, 7, 587722981736120347]
    texts = ["NGC 1", "ä/β", "../x", "x" * 200, "7"]
    numbers = number_ids(texts)
    assert numbers.dtype == np.int64
    assert (numbers > 0).all()
    assert len(set(numbers.tolist())) == 5
    # A galaxy's own, whatever the others are.
    assert number_ids(texts[:1])[0] == numbers[0]
    # What has no id does not make texts of the others.
    assert number_ids(["8", "", "9"]).tolist() == [8, NO_ID, 9]


def test_ids_and_bands_are_read_as_they_are_written(table, tmp_path):
    path = table("name,Image_g,image_r,z\na,001,\nb,1e5,x.fits,0.1\n".replace("001,", "001,,"))
    frame = read_own(path, {"id": "NAME", "redshift": "z"})
    assert frame["id"].tolist() == ["a", "b"]
    assert frame["image_g"].tolist() == ["001", "1e5"]
    assert frame["image_r"].tolist() == ["", "x.fits"]
    frame.to_csv(tmp_path / "read.csv", index=False)
    again = read_result_table(tmp_path / "read.csv")
    assert again["image_g"].tolist() == ["001", "1e5"]
    assert again["image_r"].tolist() == ["", "x.fits"]
    assert again["galaxy_id"].tolist() == frame["galaxy_id"].tolist()


def test_what_the_configuration_names_comes_first(table):
    path = table("galaxy_id,name,image,R90\n1,a,a.fits,5\n2,b,b.fits,6\n")
    frame = read_own(path, {"ID": "name", "PetroR90_r": "r90"})
    assert frame["id"].tolist() == ["a", "b"]
    assert frame["petror90_r"].tolist() == [5, 6]
    assert read_own(path)["id"].tolist() == ["1", "2"]


def test_images_are_not_read_where_they_are_downloaded(table):
    frame = read_own(table("id,image,image_g,ra,dec\n1,a.fits,g.fits,10,20\n"), by_position=True)
    assert frame.columns.tolist() == [
        "galaxy_id",
        "id",
        "ra",
        "dec",
        "redshift",
        "petror90_r",
        "fault",
    ]
    with pytest.raises(ValueError, match="missing columns ra; found id, dec"):
        read_own(table("id,dec\n1,20\n"), by_position=True)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"petro90_r": "R90"}, "names 'petro90_r', expected one of galaxy_id, id, image, image_"),
        (
            {"redshift": "zspec"},
            "missing the columns of the key columns, redshift: zspec; found id",
        ),
    ],
)
def test_columns_that_are_not_there_are_refused(table, names, message):
    with pytest.raises(ValueError, match=message):
        own_columns(table("id,image,R90\n1,a,2\n"), names)


def test_of_rows_that_share_an_id_none_is_taken(table):
    """In another spelling, too; nobody knows which is meant."""
    rows = "7,a\n8,b\n007,c\n9,d\n9,e\n9,f\n9,g\n"
    faults = read_own(table("Nr,image\n" + rows), {"id": "Nr"})["fault"].tolist()
    twice = "column Nr: found an id that is there 2 times as 7 and 007 (lines 2, 4), exp"
    assert faults[0].startswith(f"line 2, {twice}")
    assert faults[1] == ""
    assert faults[2].startswith(f"line 4, {twice}")
    assert all("is there 4 times (lines 5, 6, 7, ...)" in fault for fault in faults[3:])


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("id", "", "found nothing, expected a text"),
        ("ra", "400", "found 400.0, expected a number from 0 to 360 deg"),
        ("dec", "-91", "found -91.0, expected a number from -90 to 90 deg"),
        ("redshift", "7523", r"found 7523.0, expected a redshift below 20 \(not a velocity\)"),
        ("redshift", "z=0.1", "found z=0.1, expected a redshift"),
        ("petror90_r", "0.0008", "found 0.0008, expected a radius of 0.01 to 3600 arcsec"),
        ("pixel_scale", "-0.4", "found -0.4, expected a number above 0 to 60 arcsec"),
        ("centre_x", "1e9", "found 1000000000.0, expected a number from -1e"),
        ("disc_axis_ratio", "3", "found 3.0, expected a number above 0 to 1"),
        ("disc_pa", "361", "found 361.0, expected a number from -360 to 360 deg"),
    ],
)
def test_an_impossible_value_is_the_fault_of_its_row(table, column, value, expected):
    columns = list(dict.fromkeys(["id", "image", column]))
    rows = [["1", "a", ""], ["2", "b", value], ["3", "c", ""]]
    if column == "id":
        rows = [["1", "a"], [value, "b"], ["3", "c"]]
    text = "\n".join(",".join(row) for row in [columns, *rows])
    frame = read_own(table(text + "\n"))
    assert frame["fault"].tolist()[::2] == ["", ""]
    assert re.match(rf"line 3, column {column}: {expected}", frame["fault"].iloc[1])
    assert frame["id"].tolist()[::2] == ["1", "3"]


@pytest.mark.parametrize("name", ["a.csv", "a.ecsv", "a.fits", "a.vot", "a.parquet"])
def test_masked_values_are_missing_ones(tmp_path, name):
    """A masked id is a fault, a masked size or image is none; units are those of the header."""
    values = {"id": ["a", "b", "c"], "image": ["a.fits", "b.fits", "c.fits"]}
    masked = Table(values | {"petror90_r": [0.1, 0.2, 0.3]}, masked=True)
    masked["petror90_r"].unit = None if name in ("a.csv", "a.parquet") else "arcmin"
    for column, row in (("id", 2), ("image", 1), ("petror90_r", 1)):
        masked[column].mask[row] = True
    frame = read_own(write_as(masked, tmp_path / name))
    factor = 60 if masked["petror90_r"].unit else 1
    np.testing.assert_allclose(frame["petror90_r"], [0.1 * factor, np.nan, 0.3 * factor])
    assert frame["image"].tolist() == ["a.fits", "", "c.fits"]
    assert frame["fault"].str.contains("column id: found nothing").tolist() == [False, False, True]
    assert frame["galaxy_id"].iloc[2] == NO_ID


def test_ids_of_every_kind_are_kept(table, tmp_path):
    ids = ["x" * 200, "a/b", "../../etc/passwd", "a, b", "ä β 星", "<b>", "-1", "7.0", '"quoted"']
    pd.DataFrame({"id": ids, "image": "a.fits"}).to_csv(tmp_path / "ids.csv", index=False)
    frame = read_own(tmp_path / "ids.csv")
    assert frame["id"].tolist() == ids
    assert frame["galaxy_id"].is_unique
    assert (frame["galaxy_id"] > 0).all()
    assert set(frame["fault"]) == {""}


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffid,image,redshift\n1,a.fits,0.1\n2,b.fits,\n",
        "id,image,redshift\r\n1,a.fits,0.1\r\n2,b.fits,\r\n",
        "\ufeff,id,image,redshift\r\n0,1,a.fits,0.1\r\n1,2,b.fits,\r\n",
        "Unnamed: 0,ID, Image ,REDSHIFT\n0,1,a.fits,0.1\n1,2,b.fits,NA\n",
    ],
    ids=["BOM", "CRLF", "BOM, CRLF, index", "index, case, spaces"],
)
def test_what_other_programs_write(tmp_path, content):
    (tmp_path / "mine.csv").write_bytes(content.encode())
    frame = read_own(tmp_path / "mine.csv")
    assert frame["id"].tolist() == ["1", "2"]
    assert frame["image"].tolist() == ["a.fits", "b.fits"]
    np.testing.assert_array_equal(frame["redshift"], [0.1, np.nan])
    assert set(frame["fault"]) == {""}


def test_units_in_the_header_of_a_csv_file_are_converted(table):
    frame = read_own(
        table("id,image,RA [deg],dec(deg),petror90_r [arcmin],R,centre_x [px]\n1,a,3,4,0.1,9,7\n")
    )
    assert frame[["ra", "dec", "centre_x"]].values.tolist() == [[3, 4, 7]]
    assert frame["petror90_r"].tolist() == [pytest.approx(6)]
    path = table("id,image,R90 (mas)\n1,a,6000\n2,b,6\n")
    frame = read_own(path, {"petror90_r": "r90 (mas)"})
    assert frame["petror90_r"].tolist() == pytest.approx([6, 0.006])
    assert "found 0.006, expected a radius of 0.01" in frame["fault"].iloc[1]
    # A plain column is preferred, and what is no unit is refused.
    assert read_own(table("id,image,dec,dec [rad]\n1,a,5,1\n"))["dec"].tolist() == [5]
    for unit, found in (
        ("kpc", "the unit kpc, expected one like arcsec"),
        ("galaxies", "'galaxies'"),
    ):
        with pytest.raises(ValueError, match=rf"column petror90_r \[{unit}\]: found {found}"):
            read_own(table(f"id,image,petror90_r [{unit}]\n1,a,2\n"))
    # Unless it is said which column it is.
    frame = read_own(table("id,image,ra (J2000)\n1,a,2\n"), {"ra": "ra (J2000)"})
    assert frame["ra"].tolist() == [2]


@pytest.mark.parametrize("name", ["a.csv", "a.ecsv", "a.fits", "a.parquet"])
@pytest.mark.parametrize(
    ("column", "value", "arcsec"),
    [
        ("petror90_r [arcmin]", 0.5, 30.0),
        ("petror90_r (Arcsec)", 0.5, 0.5),
        ("pixel_scale [arcsec/px]", 0.25, 0.25),
        ("pixel_scale [arcmin / pixel]", 0.01, 0.6),
        ("pixel_scale [mas]", 60.0, 0.06),
    ],
)
def test_units_in_names_are_converted_in_every_format(tmp_path, name, column, value, arcsec):
    made = Table({"id": ["a"], "image": ["a.fits"], column: [value]})
    path = write_as(made, tmp_path / name)
    assert read_own(path)[column.split()[0]].tolist() == [pytest.approx(arcsec)]
