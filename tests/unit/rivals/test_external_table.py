"""Tables of lengths by other methods: units, ids, and everything that is wrong with one."""

import numpy as np
import pandas as pd
import pytest
from astropy import units
from astropy.cosmology import FlatLambdaCDM
from astropy.table import Table

import read_external as read_external_script
from galbar.rivals.external_columns import external_columns, external_problems
from galbar.rivals.external_table import NO_LENGTH, NOT_THERE, OK, read_external

COSMOLOGY = {"omega_m": 0.3, "hubble_constant": 70}
IDS = [587722981736120347, 587722981736120349, 587722981736120350, 587722981736120351]
RADIUS, REDSHIFT = 10.0, 0.04
# Lengths of one bar in all units: 50 px of 0.02 petroR90.
ARCSEC = 50 * 0.02 * RADIUS
KPC = ARCSEC * (
    FlatLambdaCDM(H0=70, Om0=0.3).kpc_proper_per_arcmin(REDSHIFT).to_value(units.kpc / units.arcsec)
)
LENGTHS = {
    "length_px": 50.0,
    "length_arcsec": ARCSEC,
    "length_kpc": KPC,
    "length_kpc_h": 0.7 * KPC,
}


@pytest.fixture
def catalogue():
    """Four galaxies, the last without a redshift."""
    redshift = [REDSHIFT, REDSHIFT, REDSHIFT, np.nan]
    return pd.DataFrame({"galaxy_id": IDS, "petror90_r": RADIUS, "redshift": redshift})


@pytest.fixture
def write(tmp_path):
    """Write a table and return its path."""

    def written(name="other.csv", **columns):
        path = tmp_path / name
        table = pd.DataFrame(columns)
        if name.endswith(".csv"):
            table.to_csv(path, index=False)
        else:
            Table.from_pandas(table).write(path)
        return path

    return written


@pytest.mark.parametrize("column", LENGTHS)
def test_a_length_is_the_same_in_every_unit(write, catalogue, column):
    value = LENGTHS[column]
    path = write(objid=IDS[:1], **{column: [value], "length_error": [value / 10]})
    row = read_external(path, catalogue, COSMOLOGY).iloc[0]
    assert row["length_kpc_h"] == pytest.approx(0.7 * KPC, rel=1e-6)
    # petroR90 times 2 in the scaling of Hoyle et al.: 50 px are half of that.
    scaled = read_external(write(objid=IDS[:1], length_px=[50.0]), catalogue, COSMOLOGY)
    assert row["length_scaled"] == pytest.approx(scaled["length_scaled"][0], rel=1e-6)
    for unit in ("kpc_h", "scaled"):
        assert row[f"error_{unit}"] == pytest.approx(row[f"length_{unit}"] / 10)


def test_scaled_lengths_stay_and_the_first_length_counts(write, catalogue):
    path = write(galaxy_id=IDS[:1], length_kpc=[99.0], length_scaled=[0.4])
    row = read_external(path, catalogue, COSMOLOGY).iloc[0]
    assert row["length_scaled"] == 0.4
    of_pixels = read_external(write(objid=IDS[:1], length_px=[50.0]), catalogue, COSMOLOGY).iloc[0]
    factor = 0.4 / of_pixels["length_scaled"]
    assert row["length_kpc_h"] == pytest.approx(factor * of_pixels["length_kpc_h"])
    assert np.isnan(row["error_scaled"])


@pytest.mark.parametrize("name", ["other.csv", "other.fits", "other.ecsv", "other.parquet"])
def test_galaxies_are_joined_by_id_in_every_format(write, catalogue, name, caplog):
    """Unknown ones are counted, those that are lacking have a flag, and no row is dropped."""
    caplog.set_level("INFO")
    path = write(name, objid=[IDS[3], 77, IDS[1], IDS[0]], length_kpc_h=[8.0, 5.0, np.nan, 4.0])
    table = read_external(path, catalogue, COSMOLOGY)
    assert table["galaxy_id"].tolist() == IDS
    assert table["flag"].tolist() == [OK, NO_LENGTH, NOT_THERE, OK]
    # As given, without a redshift as well; but then nothing tells its share of the galaxy.
    np.testing.assert_array_equal(table["length_kpc_h"], [4, np.nan, np.nan, 8])
    assert np.isfinite(table["length_scaled"]).tolist() == [True, False, False, False]
    assert "3 of 4 rows are galaxies of the bar catalogue, which has 4" in caplog.text


def test_units_that_a_table_names_are_converted(write, catalogue):
    path = write(**{"OBJID": IDS[:1], "length_arcsec [arcmin]": [ARCSEC / 60]})
    row = read_external(path, catalogue, COSMOLOGY).iloc[0]
    assert row["length_kpc_h"] == pytest.approx(0.7 * KPC, rel=1e-6)


def test_columns_may_have_other_names(write, catalogue):
    path = write(dr7=IDS[:2], bar=[LENGTHS["length_kpc"], 2.0], length_px=[1.0, 1.0])
    names = {"objid": "dr7", "length_kpc": "bar"}
    table = read_external(path, catalogue, COSMOLOGY, names)
    assert table["length_kpc_h"][0] == pytest.approx(0.7 * KPC, rel=1e-6)


@pytest.mark.parametrize(
    ("columns", "names", "message"),
    [
        ({"objid": IDS[:1], "bar": [1.0]}, {}, "one of length_px, length_scaled, .*; found objid"),
        ({"iau": IDS[:1], "length_px": [1.0]}, {}, "expected galaxy_id or objid; found iau"),
        ({"objid": IDS[:1], "length_px": [1.0]}, {"length": "x"}, "names 'length', expected one"),
        ({"objid": IDS[:1], "length_px": [1.0]}, {"length_px": "x"}, "missing the column x of"),
    ],
)
def test_tables_without_what_is_needed_are_refused(write, columns, names, message):
    path = write(**columns)
    with pytest.raises(ValueError, match=message):
        external_columns(path, names)
    (problem,) = external_problems([{"table": str(path), "columns": names}])
    assert str(path) in problem
    assert "scores.external" in problem


def test_a_table_that_is_not_there_is_a_problem(tmp_path):
    path = str(tmp_path / "none.csv")
    (problem,) = external_problems([{"table": path, "columns": {}}])
    assert problem == f"{path}: No such file or directory (scores.external)"


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            {"objid": [IDS[0], IDS[1], IDS[0]], "length_px": [1.0, 2.0, 3.0]},
            rf"lines 2, 4: found the id {IDS[0]} 2 times, expected each galaxy once",
        ),
        (
            {"objid": IDS[:2], "length_px": [3.0, -99.0]},
            r"line 3, column length_px: found -99.0, expected a length above 0, or nothing",
        ),
        (
            {"objid": IDS[:2], "length_px": [3.0, 9.0], "length_error": [1.0, -1.0]},
            "line 3, column length_error: found -1.0, expected an error of 0 or more",
        ),
        (
            {"objid": [1, 2], "length_px": [3.0, 9.0]},
            rf"such as 1, expected some, such as {IDS[0]}",
        ),
        ({"objid": ["5.8e17"], "length_px": [3.0]}, "line 2, column objid: found '5.8e17'"),
    ],
)
def test_what_is_wrong_with_a_row_is_said_of_it(write, catalogue, columns, message):
    path = write(**columns)
    with pytest.raises(ValueError, match=message) as error:
        read_external(path, catalogue, COSMOLOGY)
    assert str(path) in str(error.value)


def test_the_rule_writes_a_row_for_every_galaxy(write, catalogue, tmp_path, capsys):
    path, lengths = write(objid=IDS[:2], length_px=[3.0, 9.0]), tmp_path / "lengths.csv"
    catalogue.to_csv(tmp_path / "hoyle.csv", index=False)
    read_external_script.main(path, tmp_path / "hoyle.csv", lengths, names={}, cosmology=COSMOLOGY)
    assert pd.read_csv(lengths)["galaxy_id"].tolist() == IDS
    assert "galaxy is not in the table    2" in capsys.readouterr().out
