"""The same table in every format gives the same columns, and the same complaints."""

import re

import numpy as np
import pandas as pd
import pytest
from astropy import units
from astropy.table import MaskedColumn, Table

from galbar.io.csv_columns import Column
from galbar.io.galaxy_tables import count_galaxies, list_columns, read_galaxy_table

ID = Column(int, "an integer above 0", lambda v: v > 0)
TEXT = Column(str, "a text", lambda v: np.array([bool(text) for text in v], dtype=bool))
SIZE = Column(float, "a size of 0.01 to 100 arcsec, or nothing", lambda v: ~(v > 100))
COLUMNS = {"galaxy_id": ID, "image": TEXT, "size": SIZE}
# Above 2^53: a float would round it.
IDS = [587722981736120347, 587722981736120348, 12]
FILES = ["a.csv", "a.ecsv", "a.fits", "a.fits.gz", "a.vot", "a.xml", "a.parquet"]


def table_of(ids=IDS, images=("a.jpg", "b, c.jpg", "δ.jpg"), size=(2.5, np.nan, 0.1)):
    mask = np.isnan(size)
    return Table(
        {
            "other": np.arange(len(ids)),
            "galaxy_id": np.array(ids, dtype=np.int64),
            "image": list(images),
            "size": MaskedColumn(np.nan_to_num(size), mask=mask),
        }
    )


def write(path, table):
    if path.name.endswith(".csv"):
        table.to_pandas().to_csv(path, index=False)
    elif path.name.endswith(".parquet"):
        table.to_pandas().to_parquet(path)
    else:
        kinds = {".vot": "votable", ".xml": "votable", ".ecsv": "ascii.ecsv"}
        table.write(path, format=kinds.get(path.suffix, "fits"))
    return path


@pytest.mark.parametrize("name", FILES)
def test_all_formats_give_the_same_columns(tmp_path, name):
    # FITS has ASCII texts only.
    images = ("a.jpg", "b, c.jpg", "d.jpg") if "fits" in name else ("a.jpg", "b, c.jpg", "δ.jpg")
    path = write(tmp_path / name, table_of(images=images))
    frame, faults = read_galaxy_table(path, COLUMNS)
    assert faults.tolist() == ["", "", ""]
    assert frame["galaxy_id"].tolist() == IDS
    assert frame["galaxy_id"].dtype == np.int64
    assert frame["image"].tolist() == list(images)
    np.testing.assert_array_equal(frame["size"], [2.5, np.nan, 0.1])
    assert list(frame) == list(COLUMNS)
    assert count_galaxies(path) == 3
    assert list_columns(path) == ["other", "galaxy_id", "image", "size"]


@pytest.mark.parametrize("name", FILES)
def test_a_fault_is_that_of_its_row(tmp_path, name):
    path = write(tmp_path / name, table_of(images=("a", "", "c"), size=(500.0, np.nan, 0.1)))
    frame, faults = read_galaxy_table(path, COLUMNS)
    counted, first = ("line", 2) if name == "a.csv" else ("row", 1)
    assert faults.index.tolist() == [first, first + 1, first + 2]
    assert faults.tolist() == [
        f"{counted} {first}, column size: found 500.0, expected {SIZE.expected}",
        f"{counted} {first + 1}, column image: found nothing, expected a text",
        "",
    ]
    assert frame["size"].tolist()[::2] == [500.0, 0.1]
    with pytest.raises(ValueError, match="missing columns redshift; found other, galaxy_id, image"):
        read_galaxy_table(path, {**COLUMNS, "redshift": SIZE})


@pytest.mark.parametrize("name", FILES)
def test_columns_may_be_called_something_else(tmp_path, name):
    table = table_of(images="abc")
    table.rename_columns(["galaxy_id", "size"], ["ObjID", "R90"])
    path = write(tmp_path / name, table)
    frame, _ = read_galaxy_table(path, COLUMNS, names={"galaxy_id": "objid", "size": "r90"})
    assert frame["galaxy_id"].tolist() == IDS
    np.testing.assert_array_equal(frame["size"], [2.5, np.nan, 0.1])


@pytest.mark.parametrize("name", ["a.ecsv", "a.fits", "a.vot"])
def test_units_are_converted(tmp_path, name):
    table = table_of(images="abc", size=(2.5, np.nan, 0.1))
    table["size"].unit = units.arcmin
    path = write(tmp_path / name, table)
    columns = {**COLUMNS, "size": Column(float, "a size")}
    frame, _ = read_galaxy_table(path, columns, units={"size": ["arcsec"]})
    np.testing.assert_allclose(frame["size"], [150, np.nan, 6])
    table["size"].unit = units.kpc
    path = write(tmp_path / f"wrong{name}", table)
    with pytest.raises(
        ValueError, match="column size: found the unit kpc, expected one like arcsec"
    ):
        read_galaxy_table(path, COLUMNS, units={"size": ["arcsec"]})


@pytest.mark.parametrize("name", ["a.csv", "a.fits", "a.parquet"])
def test_numbers_that_are_none(tmp_path, name):
    """One text among the numbers is one row's fault, and costs the others no digit."""
    table = table_of(images="abc")
    table["size"] = ["0.1234567890123456", "two", ""]
    frame, faults = read_galaxy_table(write(tmp_path / name, table), COLUMNS)
    assert "column size: found two, expected a size of 0.01" in faults.iloc[1]
    assert faults.iloc[[0, 2]].tolist() == ["", ""]
    np.testing.assert_array_equal(frame["size"], [0.1234567890123456, np.nan, np.nan])


def test_columns_that_hold_something_else(tmp_path):
    table = table_of(images="abc")
    table["galaxy_id"] = [1.0, 2.0, 5.877e17]
    with pytest.raises(ValueError, match=r"b\.fits, column galaxy_id: found numbers with a fr"):
        read_galaxy_table(write(tmp_path / "b.fits", table), COLUMNS)
    table = table_of(images="abc")
    table["size"] = np.ones((3, 2))
    with pytest.raises(ValueError, match=r"c\.fits, column size: found an array of the shape \(2,"):
        read_galaxy_table(write(tmp_path / "c.fits", table), COLUMNS)


@pytest.mark.parametrize("name", FILES)
def test_empty_and_broken_tables_are_named(tmp_path, name):
    path = write(tmp_path / name, table_of(ids=[], images=(), size=np.array([])))
    with pytest.raises(ValueError, match=f"{re.escape(name)}.*(no rows|missing columns|readable)"):
        read_galaxy_table(path, COLUMNS)
    assert count_galaxies(path) == 0
    if name != "a.csv":
        path.write_bytes(b"<!DOCTYPE html><html>404</html>")
        with pytest.raises(ValueError, match=f"{re.escape(name)}: found no readable"):
            read_galaxy_table(path, COLUMNS)
        assert count_galaxies(path) == 0
    with pytest.raises(FileNotFoundError, match=f"x{re.escape(name)}"):
        read_galaxy_table(tmp_path / f"x{name}", COLUMNS)


def test_an_index_of_pandas_and_windows_lines(tmp_path):
    table = table_of(images="abc").to_pandas()
    table.to_parquet(tmp_path / "indexed.parquet", index=True)
    frame, _ = read_galaxy_table(tmp_path / "indexed.parquet", COLUMNS)
    assert frame["galaxy_id"].tolist() == IDS
    text = "﻿" + table.to_csv(index=True).replace("\n", "\r\n")
    (tmp_path / "windows.csv").write_bytes(text.encode())
    frame, _ = read_galaxy_table(tmp_path / "windows.csv", COLUMNS)
    assert frame["galaxy_id"].tolist() == IDS
    assert pd.notna(frame["size"]).tolist() == [True, False, True]


@pytest.mark.parametrize("tables", ["tabledata", "binary2"])
def test_votables_are_planned_by_their_heads(tmp_path, tables, monkeypatch):
    """Names and rows are the same as by reading all, which takes long of large ones."""
    path = tmp_path / "a.vot"
    table_of(images="abc").write(path, format="votable", tabledata_format=tables)
    names = ["other", "galaxy_id", "image", "size"]
    with monkeypatch.context() as patched:
        patched.setattr("galbar.io.galaxy_tables._read_astropy", None)
        assert list_columns(path) == names
    # Tags of rows lie across the ends of blocks.
    for block in (7, 64, 1 << 20):
        monkeypatch.setattr("galbar.io.galaxy_tables._BLOCK", block)
        assert count_galaxies(path) == 3
    # A head that cannot be read alone: within two resources.
    text = path.read_bytes().replace(b"<RESOURCE", b"<RESOURCE><RESOURCE")
    path.write_bytes(text.replace(b"</RESOURCE>", b"</RESOURCE></RESOURCE>"))
    assert list_columns(path) == names
