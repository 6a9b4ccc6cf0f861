"""Ids and columns of a user's own table."""

import numpy as np
import pytest

from galbar.catalogues.own_table import number_ids, own_columns, read_own
from galbar.io.result_tables import read_result_table


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "mine.csv"

    def write(text):
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_whole_numbers_stay_and_texts_get_digests():
    assert number_ids(["0", "7", "587722981736120347"]).tolist() == [0, 7, 587722981736120347]
    texts = ["NGC 1", "ä/β", "../x", "x" * 200, "7"]
    numbers = number_ids(texts)
    assert numbers.dtype == np.int64
    assert (numbers > 0).all()
    assert len(set(numbers.tolist())) == 5
    # A galaxy's own, whatever the others are.
    assert number_ids(texts[:1])[0] == numbers[0]
    with pytest.raises(ValueError, match="found the id '007' again, in another spelling"):
        number_ids(["7", "007"])


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
    with pytest.raises(ValueError, match=r"mine\.csv: found the id '01' again"):
        read_own(table("id,image\n1,a\n01,b\n"))


def test_images_are_not_read_where_they_are_downloaded(table):
    frame = read_own(table("id,image,image_g,ra,dec\n1,a.fits,g.fits,10,20\n"), by_position=True)
    assert frame.columns.tolist() == ["galaxy_id", "id", "ra", "dec", "redshift", "petror90_r"]
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
