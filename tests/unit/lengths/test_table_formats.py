"""A table of lengths comes back from every format, with what is said of its columns."""

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits
from astropy.io.votable import parse
from astropy.io.votable.ucd import check_ucd
from astropy.table import Table
from astropy.units import Unit
from pyarrow.parquet import read_schema

from galbar import __version__
from galbar.io.galaxy_tables import list_columns
from galbar.lengths.table_formats import _COLUMNS, FORMATS, describe_column, write_table


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "galaxy_id": np.array([587722981736120347, 8], dtype=np.int64),
            "length_px": [51.25, np.nan],
            "length_px_low68": [45.0, np.nan],
            "length_kpc_h": [8.5, np.nan],
            "length_kpc": [12.1, np.nan],
            "flag_bits": np.array([0, 4098]),
            "recommended": [True, False],
            "expected_bias": [np.nan, np.nan],
            "mask_axis_ratio": [0.5, np.nan],
            "x_end1": [230.5, np.nan],
            "length_deprojected_kpc": [13.5, np.nan],
            "length_deprojected_kpc_high95": [14.5, np.nan],
            "deprojection_flag": ["", "edge-on"],
            "pa_sky": [30.0, np.nan],
            "flag": ["ok", "not found"],
            "bar": ["yes", "no"],
            "p_bar": [0.9, 0.1],
            "p_bar_sd": [0.01, 0.02],
            "length_px_run1": [50.0, np.nan],
            "id": ["NGC 1, ä/β", ""],
            "ra": [10.0, 20.0],
            "north_up": [True, False],
            "mine": [1.5, 2.5],
        }
    )


@pytest.mark.parametrize("kind", list(FORMATS))
def test_tables_come_back(frame, tmp_path, kind):
    path = tmp_path / f"a.{kind}"
    write_table(frame, path, kind)
    if kind == "parquet":
        table = Table.from_pandas(pd.read_parquet(path))
    else:
        table = Table.read(path, format=FORMATS[kind])
    assert list_columns(path) == list(frame)
    assert table["galaxy_id"].tolist() == frame["galaxy_id"].tolist()
    for name in frame.select_dtypes("number"):
        values = np.ma.filled(np.ma.asarray(table[name]).astype(float), np.nan)
        np.testing.assert_array_equal(values, frame[name])
    ids = [text.decode() if isinstance(text, bytes) else text for text in table["id"].tolist()]
    assert [text or "" for text in ids] == frame["id"].tolist()
    for name in ("north_up", "recommended"):
        assert np.asarray(table[name]).astype(bool).tolist() == [True, False]
    if kind != "parquet":
        assert str(table["ra"].unit) == "deg"
        assert str(table["length_px_low68"].unit) == "pix"
        assert table["length_kpc_h"].unit is None
        assert str(table["length_deprojected_kpc_high95"].unit) == "kpc"
    assert [path.name for path in tmp_path.iterdir()] == [f"a.{kind}"]


def test_what_is_said_of_columns(frame, tmp_path):
    write_table(frame, tmp_path / "a.votable", "votable")
    from astropy.io.votable import parse_single_table

    fields = {field.name: field for field in parse_single_table(tmp_path / "a.votable").fields}
    assert fields["pa_sky"].ucd == "pos.posAng"
    assert fields["length_px_low68"].ucd == "phys.angSize;stat.min"
    assert "lower end of the 68 % interval of: bar length" in fields["length_px_low68"].description
    write_table(frame, tmp_path / "a.parquet", "parquet")
    metadata = read_schema(tmp_path / "a.parquet").field("ra").metadata
    assert metadata[b"unit"] == b"deg"
    write_table(frame, tmp_path / "a.fits", "fits")
    header = fits.getheader(tmp_path / "a.fits", 1)
    number = list(frame).index("pa_sky") + 1
    assert header[f"TUCD{number}"] == "pos.posAng"
    assert header[f"TCOMM{number}"].startswith("position angle of the bar")
    assert header[f"TUNIT{number}"] == "deg"
    write_table(frame, tmp_path / "a.ecsv", "ecsv")
    table = Table.read(tmp_path / "a.ecsv")
    assert table["p_bar_sd"].description.startswith("standard deviation over the networks of: ")
    assert describe_column("length_px_run12").description.endswith("training 12")
    assert describe_column("mine") == (None, "", None)


def test_all_that_is_said_of_a_column_is_of_the_standards():
    for name in (*_COLUMNS, "length_deprojected_kpc_low68", "p_bar_sd"):
        about = describe_column(name)
        assert about.description
        assert about.ucd is None or check_ucd(about.ucd, check_controlled_vocabulary=True), name
        assert about.unit is None or str(Unit(about.unit)) == about.unit


def test_tables_name_the_version_that_wrote_them(frame, tmp_path):
    paths = {kind: tmp_path / f"a.{kind}" for kind in FORMATS}
    for kind, path in paths.items():
        write_table(frame, path, kind)
    assert fits.getheader(paths["fits"], 1)["GALBAR"] == __version__
    assert Table.read(paths["ecsv"]).meta["galbar"] == __version__
    infos = parse(paths["votable"]).get_first_table().infos
    assert [(info.name, info.value) for info in infos] == [("galbar", __version__)]
    assert read_schema(paths["parquet"]).metadata[b"galbar"].decode() == __version__
