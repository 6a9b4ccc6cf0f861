import csv
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from galbar.catalogues import own_table
from galbar.catalogues import published_tables as tables
from galbar.catalogues.decision_tree import VOTE_COLUMNS

OBJID = 587722981736120347


@pytest.fixture
def write(tmp_path):
    def write_text(text, name="table.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write_text


def vote_row(**changes):
    """Return votes that add up: half smooth, some unbarred spirals."""
    row = dict.fromkeys(VOTE_COLUMNS, 0.0)
    row |= {"Class1.1": 0.5, "Class1.2": 0.4, "Class1.3": 0.1, "Class2.1": 0.1, "Class2.2": 0.3}
    row |= {"Class3.2": 0.3, "Class4.1": 0.2, "Class4.2": 0.1, "Class5.2": 0.3, "Class6.2": 1.0}
    row |= {"Class7.1": 0.5, "Class9.3": 0.1, "Class10.1": 0.2, "Class11.2": 0.2}
    return row | {name.replace("_", "."): value for name, value in changes.items()}


def vote_text(*rows, columns=VOTE_COLUMNS):
    lines = [",".join(["GalaxyID", *columns])]
    lines += [
        ",".join([str(100 + i), *(str(row[name]) for name in columns)])
        for i, row in enumerate(rows)
    ]
    return "\n".join(lines) + "\n"


MAPPING = "objid,sample,asset_id\n"


def test_mapping_row_of_the_published_table(write):
    frame = tables.read_mapping(write(MAPPING + f"{OBJID},original,1\n"))
    assert frame.to_dict("records") == [{"objid": OBJID, "sample": "original", "asset_id": 1}]
    assert frame.dtypes["objid"] == np.int64
    # As a float this id would be another one.
    assert int(float(OBJID)) != OBJID


def test_an_objid_may_have_several_assets(write):
    path = write(MAPPING + f"{OBJID},original,1\n{OBJID},stripe82,2\n")
    assert len(tables.read_mapping(path)) == 2


@pytest.mark.parametrize(
    "bad",
    [f"{OBJID}.0", "5.877e17", "", "nan", "abc", "-5", "0", "99999999999999999999", "1_000", "٣"],
)
def test_an_id_that_is_no_integer_is_refused(write, bad):
    path = write(MAPPING + f"{OBJID},original,1\n{bad},original,2\n")
    expected = r"table\.csv, line 3, column objid: found .*, expected an integer"
    with pytest.raises(ValueError, match=expected):
        tables.read_mapping(path)


def test_columns_are_found_by_name_in_either_case_and_others_ignored(write):
    path = write(f"X,redshift,PetroR90_r,objid,Y\ntext,0.03,8.5,{OBJID},\n")
    assert tables.read_metadata(path).to_dict("records") == [
        {"objid": OBJID, "redshift": 0.03, "petror90_r": 8.5}
    ]


def test_a_byte_order_mark_and_spaces_do_no_harm(write):
    path = write(f"\ufeffobjid, sample ,asset_id\n {OBJID}, original , 7\n")
    assert tables.read_mapping(path).to_dict("records") == [
        {"objid": OBJID, "sample": "original", "asset_id": 7}
    ]


@pytest.mark.parametrize("value", ["", "nan", "-9999", "0", "inf", "NULL"])
def test_missing_redshifts_and_sizes_are_nan(write, value):
    path = write(f"OBJID,PETROR90_R,REDSHIFT\n{OBJID},{value},{value}\n")
    frame = tables.read_metadata(path)
    assert frame[["redshift", "petror90_r"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("OBJID,REDSHIFT\n1,0.1\n", r"missing columns PETROR90_R; found OBJID, REDSHIFT"),
        ("", r"missing columns OBJID, PETROR90_R, REDSHIFT; found none"),
        ("OBJID,objid,PETROR90_R,REDSHIFT\n1,1,1,1\n", "more than one column is named OBJID"),
        ("OBJID,PETROR90_R,REDSHIFT\n", "no rows"),
        ("OBJID,PETROR90_R,REDSHIFT\n1,1,1\n2,x1,1\n", "line 3, column PETROR90_R: found 'x1'"),
        ("OBJID,PETROR90_R,REDSHIFT\n7,1,1\n8,1,1\n7,1,1\n", "line 4, column OBJID: found 7 again"),
        ("OBJID,PETROR90_R,REDSHIFT\n1,1,1\n2\n", "line 3: found 1 values, expected 3"),
        ("OBJID,PETROR90_R,REDSHIFT\n1,1,1\n2,1,1,1\n", "line 3: found 4 values, expected 3"),
    ],
)
def test_a_table_that_is_not_as_expected_is_refused(write, text, match):
    with pytest.raises(ValueError, match=match) as error:
        tables.read_metadata(write(text))
    assert "table.csv" in str(error.value)


def test_a_missing_table_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nothing\.csv"):
        tables.read_votes(tmp_path / "nothing.csv")


def test_a_wide_table_is_summed_up_in_the_message(write):
    header = ",".join(f"C{i}" for i in range(233))
    with pytest.raises(ValueError, match=r"C11, \.\.\. \(233 columns\)$"):
        tables.read_metadata(write(header + "\n"))


def test_votes_are_read_exactly_in_any_order_of_columns(write):
    row = vote_row(Class3_1=0.038452149, Class3_2=0.261547851)
    path = write(vote_text(row, columns=VOTE_COLUMNS[::-1]))
    frame = tables.read_votes(path)
    assert list(frame.columns) == ["galaxy_id", *VOTE_COLUMNS]
    assert frame.loc[2].to_dict() == {"galaxy_id": 100, **row}
    assert tables.wrong_sums(frame) == [""]


@pytest.mark.parametrize("value", [-0.001, 1.001, float("nan"), float("inf")])
def test_votes_outside_0_to_1_are_refused(write, value):
    path = write(vote_text(vote_row(), vote_row(Class8_5=value), vote_row(Class8_5=value)))
    match = r"line 3, column Class8\.5: .*expected a number from 0 to 1 \(2 such lines\)"
    with pytest.raises(ValueError, match=match):
        tables.read_votes(path)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"Class1_3": 0.2}, "Class1.1 + Class1.2 + Class1.3 is 1.1, expected 1"),
        ({"Class2_1": 0.0}, "Class2.1 + Class2.2 is 0.3, expected Class1.2 = 0.4"),
        ({"Class3_1": 0.1}, "Class3.1 + Class3.2 is 0.4, expected Class2.2 = 0.3"),
        ({"Class4_2": 0.2}, "Class4.1 + Class4.2 is 0.4, expected Class2.2 = 0.3"),
        ({"Class5_1": 0.1}, "Class5.1 + Class5.2 + Class5.3 + Class5.4 is 0.4"),
        ({"Class6_2": 0.9}, "Class6.1 + Class6.2 is 0.9, expected 1"),
        ({"Class7_3": 0.1}, "Class7.1 + Class7.2 + Class7.3 is 0.6, expected Class1.1 = 0.5"),
        ({"Class8_7": 0.1}, "expected Class6.1 = 0"),
        ({"Class9_1": 0.1}, "expected Class2.1 = 0.1"),
        ({"Class10_3": 0.1}, "expected Class4.1 = 0.2"),
        ({"Class11_6": 0.1}, "expected Class4.1 = 0.2"),
    ],
)
def test_each_sum_of_the_decision_tree_is_checked(write, changes, reason):
    frame = tables.read_votes(write(vote_text(vote_row(), vote_row(**changes))))
    good, bad = tables.wrong_sums(frame)
    assert good == ""
    assert reason in bad


@pytest.mark.parametrize(("off", "wrong"), [(1e-5, False), (-1e-5, False), (1.2e-5, True)])
def test_tolerance_of_the_sums(write, off, wrong):
    frame = tables.read_votes(write(vote_text(vote_row(Class5_2=0.3 + off))))
    assert bool(tables.wrong_sums(frame)[0]) is wrong


HOYLE = "objid,ra,dec,length_avg,length_stdev,width_avg,width_stdev,length_scaled,bar_meas\n"


def test_hoyle_row(write):
    text = HOYLE + "587722981747982465,198.05,-1.09,5.841887,0.3203,2.3284,0.951,0.46110882,3\n"
    frame = tables.read_hoyle(write(text))
    assert frame.to_dict("records") == [
        {
            "objid": 587722981747982465,
            "length_avg": 5.841887,
            "length_stdev": 0.3203,
            "length_scaled": 0.46110882,
            "bar_meas": 3,
        }
    ]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("1,0,0,0,0.3,1,1,0.4,3", "length_avg"),
        ("1,0,0,5,-0.3,1,1,0.4,3", "length_stdev"),
        ("1,0,0,5,0.3,1,1,,3", "length_scaled"),
        ("1,0,0,5,0.3,1,1,inf,3", "length_scaled"),
        ("1,0,0,5,0.3,1,1,0.4,0", "bar_meas"),
        ("1,0,0,5,0.3,1,1,0.4,3.5", "bar_meas"),
    ],
)
def test_impossible_bars_are_refused(write, row, column):
    with pytest.raises(ValueError, match=f"line 2, column {column}: found .*, expected"):
        tables.read_hoyle(write(HOYLE + row + "\n"))


def test_own_galaxies(write):
    path = write('redshift,ID,image\n0.02,5,"a,b.jpg"\n,6,/c.jpg\n')
    frame = own_table.read_own(path)
    assert frame[["galaxy_id", "image"]].values.tolist() == [[5, "a,b.jpg"], [6, "/c.jpg"]]
    np.testing.assert_array_equal(frame["redshift"], [0.02, np.nan])
    assert frame["petror90_r"].isna().all()
    assert frame["petror90_r"].dtype == float
    # What has no image is dropped, and does not stop the others.
    frame = own_table.read_own(write("galaxy_id,image\n5,a.jpg\n6,\n"))
    assert frame["image"].tolist() == ["a.jpg", ""]
    with pytest.raises(ValueError, match="missing columns galaxy_id"):
        own_table.read_own(write("name,image\n5,a.jpg\n"))


def make_headers(directory):
    """Make a data directory of nothing but column names and one JPEG per folder."""
    columns = {
        tables.VOTES: ["GalaxyID", *VOTE_COLUMNS],
        tables.HOYLE: HOYLE.strip().split(","),
        tables.METADATA: ["OBJID", "RA", "PETROR90_R", "REDSHIFT"],
        tables.MAPPING: ["objid", "sample", "asset_id"],
    }
    for name, names in columns.items():
        (directory / name).write_text(",".join(names) + "\n")
    for name in (tables.TRAINING_IMAGES, tables.TEST_IMAGES + "/images", tables.GZ2_IMAGES):
        (directory / name).mkdir(parents=True)
        (directory / name / "1.jpg").touch()


def test_check_headers_accepts_both_layouts_of_the_test_images(tmp_path):
    make_headers(tmp_path)
    tables.check_headers(tmp_path)
    assert tables.find_test_images(tmp_path) == tmp_path / "images_test_rev1/images"
    (tmp_path / "images_test_rev1/images/1.jpg").rename(tmp_path / "images_test_rev1/1.jpg")
    tables.check_headers(tmp_path)
    assert tables.find_test_images(tmp_path) == tmp_path / "images_test_rev1"
    (tmp_path / "images_test_rev1/images/2.jpg").touch()
    with pytest.raises(ValueError, match="both there and in its folder images"):
        tables.check_headers(tmp_path)


def test_check_headers_lists_every_problem(tmp_path):
    make_headers(tmp_path)
    (tmp_path / tables.HOYLE).unlink()
    (tmp_path / tables.METADATA).write_text("OBJID,RA,PETROR90_R\n")
    (tmp_path / tables.GZ2_IMAGES / "1.jpg").unlink()
    (tmp_path / tables.TEST_IMAGES / "images/1.jpg").unlink()
    own = {"name": "mine", "table": str(tmp_path / "own.csv"), "images": str(tmp_path / "none")}
    (tmp_path / "own.csv").write_text("galaxy_id,picture\n")
    with pytest.raises(ValueError, match="not complete") as error:
        tables.check_headers(tmp_path, [own])
    found = str(error.value).splitlines()[1:]
    assert len(found) == 6
    assert found[0].endswith("hoyle_barlengths.csv: No such file or directory")
    assert found[1].endswith("gz2sample.csv: missing columns REDSHIFT; found OBJID, RA, PETROR90_R")
    assert "images_test_rev1: found no image there or in its folder images: looked" in found[2]
    assert "images_gz2/images: looked for '1.jpg' in" in found[3]
    assert found[4].endswith(
        "own.csv: missing columns image (or image_g, image_r, ...); found galaxy_id, picture"
    )
    assert found[5].startswith(
        f"{tmp_path / 'none'}: found no such folder, nor its archive none.zip"
    )


def test_check_headers_names_the_key_of_a_missing_directory(tmp_path):
    with pytest.raises(ValueError, match=r"data\.directory: found no folder .*survey"):
        tables.check_headers(tmp_path / "survey")


def test_own_catalogues_can_be_checked_alone(tmp_path):
    (tmp_path / "own.csv").write_text("galaxy_id,image\n")
    own_table.check_own_catalogues([{"table": tmp_path / "own.csv", "images": tmp_path}])
    with pytest.raises(ValueError, match=r"other\.csv: No such file"):
        own_table.check_own_catalogues([{"table": tmp_path / "other.csv", "images": tmp_path}])


def test_a_table_whose_images_are_downloaded_has_positions(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("name,RA,Dec,image\n")
    own = {"table": path, "columns": {"id": "name"}, "images": {"survey": "sdss"}}
    own_table.check_own_catalogues([own], thorough=True)
    path.write_text("name,RA,image\n")
    with pytest.raises(ValueError, match=r"own\.csv: missing columns dec; found name, RA, image"):
        own_table.check_own_catalogues([own])


def pack(path, *names):
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "image")


def test_a_start_looks_for_the_images_of_own_tables(tmp_path):
    table = tmp_path / "own.csv"
    table.write_text("galaxy_id,image\n1,a.jpg\n2,b.jpg\n")
    own = [{"table": str(table), "images": str(tmp_path / "pics.zip")}]
    pack(tmp_path / "pics.zip", "x/A.jpg", "x/c.jpg", "x/d.jpg", "x/e.jpg")
    own_table.check_own_catalogues(own)
    message = (
        r"own\.csv: found none of the images of its first 2 rows: looked for 'a\.jpg' in "
        r".*pics\.zip, which holds 'x/A\.jpg', 'x/c\.jpg', 'x/d\.jpg' and 1 more files"
    )
    with pytest.raises(ValueError, match=message):
        own_table.check_own_catalogues(own, thorough=True)
    pack(tmp_path / "one.zip", "x/b.jpg")
    own_table.check_own_catalogues([own[0] | {"images": tmp_path / "one.zip"}], thorough=True)
    with pytest.raises(ValueError, match=r"looked for 'a\.jpg' in .*, which holds .*'own\.csv'"):
        own_table.check_own_catalogues([own[0] | {"images": tmp_path}], thorough=True)


def test_a_start_looks_into_archives(tmp_path):
    make_headers(tmp_path)
    folder = tmp_path / tables.GZ2_IMAGES
    (folder / "1.jpg").unlink()
    folder.rmdir()
    pack(folder.with_suffix(".zip"), "inner.zip")
    tables.check_headers(tmp_path)
    message = (
        r"images_gz2/images: looked for '1\.jpg' in .*images\.zip, which holds 'inner\.zip'; u"
    )
    with pytest.raises(ValueError, match=message):
        tables.check_headers(tmp_path, thorough=True)


def test_a_file_that_is_no_table_is_named(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text('"' + "x" * 140_000)
    with pytest.raises(ValueError, match=r"own\.csv, line 1: found no line of a CSV file \(field"):
        own_table.check_own_catalogues([{"table": path, "images": tmp_path}])


@pytest.mark.parametrize("column", ["redshift", "petror90_r"])
def test_what_is_no_size_and_no_redshift_is_missing(tmp_path, column):
    path = tmp_path / "own.csv"
    path.write_text(f"galaxy_id,image,{column}\n1,a.jpg,5\n2,b.jpg,inf\n3,c.jpg,-9999\n")
    frame = own_table.read_own(path)
    np.testing.assert_array_equal(frame[column], [5, np.nan, np.nan])
    assert set(frame["fault"]) == {""}


def test_checking_headers_imports_neither_pandas_nor_tensorflow(root):
    code = (
        "import sys; from galbar.catalogues.published_tables import check_headers; "
        "sys.exit(bool({'pandas', 'tensorflow'} & set(sys.modules)))"
    )
    folder = root / "workflow" / "scripts"
    assert subprocess.run([sys.executable, "-c", code], cwd=folder, check=False).returncode == 0


def test_real_hoyle_table(real_data):
    path = real_data / "hoyle" / "hoyle_barlengths.csv"
    frame = tables.read_hoyle(path)
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(frame) == 3150
    assert frame["objid"].tolist() == [int(row["objid"]) for row in rows]
    assert frame["length_scaled"].tolist() == [float(row["length_scaled"]) for row in rows]
    assert frame["bar_meas"].agg(["min", "max"]).tolist() == [3, 11]
    # The second table, in another format, has the same galaxies.
    with open(real_data / "hoyle" / "GalaxyZoo2_barlengths_alldata.txt") as file:
        others = [int(line.split()[0]) for line in file if line[0].isdigit()]
    assert set(others) == set(frame["objid"])


def test_real_votes(real_data):
    path = real_data / "kaggle_sample" / "training_solutions_rev1.csv"
    frame = tables.read_votes(path)
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(frame) == 221
    assert frame["galaxy_id"].tolist() == [int(row["GalaxyID"]) for row in rows]
    for name in VOTE_COLUMNS:
        assert frame[name].tolist() == [float(row[name]) for row in rows]
    assert set(tables.wrong_sums(frame)) == {""}
    assert (frame["Class3.1"] > 0.5).sum() == 11
