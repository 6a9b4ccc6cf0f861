"""Verdicts as they are read back."""

import re

import pandas as pd
import pytest

from galbar.lengths.verdicts import Judged, add_verdicts, read_verdicts

BIG = 587722981736120347


@pytest.fixture
def table():
    ids = [BIG, BIG + 1, BIG + 2]
    return pd.DataFrame({"galaxy_id": ids, "length_px": 1.0, "flag": "ok", "image": "a"})


def write(path, *lines, header="galaxy_id,id,verdict,note"):
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8-sig")
    return path


def test_they_stand_behind_the_flag(table, tmp_path):
    path = write(tmp_path / "v.csv", f'{BIG + 1},x,no bar,"a ""ring"", 2\nlines"', f"{BIG},x,,")
    result = add_verdicts(table, [path])
    assert result.columns.tolist() == [*table.columns[:3], "verdict", "note", "image"]
    assert result["verdict"].tolist() == ["", "no bar", ""]
    assert result["note"].tolist() == ["", 'a "ring", 2\nlines', ""]
    assert result["length_px"].equals(table["length_px"])


def test_without_files_the_table_stays(table):
    assert add_verdicts(table, []) is table


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("'=1+1", "=1+1"),
        ("'-2 px", "-2 px"),
        ("'tis", "'tis"),
        ("'", "'"),
        ("=1", "=1"),
        ("''=1", "'=1"),
        ("'''+", "''+"),
        ("''", "''"),
    ],
)
def test_the_apostrophe_of_formulas_goes(written, meant, tmp_path):
    path = write(tmp_path / "v.csv", f'{BIG},x,good,"{written}"')
    assert read_verdicts(path) == {BIG: Judged("good", meant, "x")}


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([f"{BIG},x,fine,"], r"v\.csv, line 2, column verdict: found 'fine', expected good, bad"),
        ([f"{BIG},x,good,", "5.8E+17,x,,"], r"line 3, column galaxy_id: found '5\.8E\+17'"),
        ([f"{BIG},x,good,", f"{BIG},x,bad,"], rf"line 3: found galaxy {BIG} again"),
        (["7,x,good,", "8,x,good,"], "found verdicts of 2 galaxies, none of them in this"),
    ],
)
def test_what_cannot_be_meant_is_refused(table, lines, message, tmp_path):
    path = write(tmp_path / "v.csv", *lines)
    with pytest.raises(ValueError, match=message):
        add_verdicts(table, [path])


def test_another_table_is_refused(tmp_path):
    path = write(tmp_path / "v.csv", "1", header="galaxy_id")
    with pytest.raises(ValueError, match="missing columns verdict, note; found galaxy_id"):
        read_verdicts(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (f"galaxy_id,verdict,note\n{BIG},bad,Stra\u00dfe\n".encode("latin-1"), "'utf-8' codec"),
        (b"galaxy_id,verdict,note\n1,bad," + b"x" * 200_000 + b"\n", "field larger than"),
    ],
)
def test_what_is_no_csv_in_utf8_is_refused_by_its_name(content, reason, tmp_path):
    path = tmp_path / "v.csv"
    path.write_bytes(content)
    message = rf"^{re.escape(str(path))}: found no CSV in UTF-8 \({reason}"
    with pytest.raises(ValueError, match=message):
        read_verdicts(path)


def test_galaxies_are_known_by_their_ids_where_their_numbers_changed(table, tmp_path):
    """As soon as an id of a table is a text, numbers are digests."""
    table["id"] = ["7", "=8", "NGC 9"]
    path = write(tmp_path / "v.csv", "7,7,good,a", "8,'=8,no bar,", f"{BIG + 2},7,bad,")
    result = add_verdicts(table, [path])
    # A number that is there says more than an id.
    assert result["verdict"].tolist() == ["good", "no bar", "bad"]
    assert result["note"].tolist() == ["a", "", ""]


def test_a_galaxy_twice_by_number_and_id_is_refused(table, tmp_path):
    table["id"] = ["7", "8", "9"]
    path = write(tmp_path / "v.csv", f"{BIG},7,good,", "7,7,bad,")
    with pytest.raises(ValueError, match=rf"v\.csv: found galaxy {BIG} again, by its id '7'"):
        add_verdicts(table, [path])


def test_galaxies_that_are_gone_are_counted_in_the_log(table, tmp_path, caplog):
    path = write(tmp_path / "v.csv", f"{BIG},x,good,", "7,x,bad,")
    assert add_verdicts(table, [path])["verdict"].tolist() == ["good", "", ""]
    assert "1 of its galaxies are not in the catalogue" in caplog.text
