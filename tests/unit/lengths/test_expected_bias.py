"""The bias that is expected of a length: looked up, never applied, never guessed."""

import numpy as np
import pandas as pd
import pytest

from galbar.lengths.expected_bias import add_expected_bias, read_biases


def write_biases(path, **changes):
    rows = {
        "sample": ["catalogue", "catalogue", "training", "catalogue"],
        "property": ["measured_length_over_psf"] * 3 + ["inclination"],
        "bin_low": [6.0, 2.0, 0.0, 0.0],
        "bin_high": [12.0, 6.0, 99.0, 99.0],
        "bias": [-0.05, 0.2, 0.9, 0.9],
        "scatter": [0.1, 0.3, 0.9, 0.9],
    }
    pd.DataFrame(rows | changes).to_csv(path, index=False)
    return path


@pytest.fixture
def biases(tmp_path):
    return read_biases(write_biases(tmp_path / "length_bias.csv"))


def test_biases_are_those_of_the_bin(biases):
    """Of galaxies whose PSF is 2 arcsec wide."""
    over_psf = np.array([1.9, 2.0, 5.9, 6.0, 11.0, 12.0, 12.1])
    table = pd.DataFrame({"recommended": True, "length_arcsec": 2 * over_psf, "psf_fwhm": 2.0})
    result = add_expected_bias(table, biases)
    expected = [np.nan, 0.2, 0.2, -0.05, -0.05, -0.05, np.nan]
    np.testing.assert_array_equal(result["expected_bias"], expected)
    spread = [np.nan, 0.3, 0.3, 0.1, 0.1, 0.1, np.nan]
    np.testing.assert_array_equal(result["expected_bias_spread"], spread)
    outside = "outside the simulated lengths over PSF width"
    assert result["expected_bias_flag"].tolist() == [outside, "", "", "", "", "", outside]
    # Nothing is applied.
    np.testing.assert_array_equal(result["length_arcsec"], table["length_arcsec"])


@pytest.mark.parametrize(
    ("changes", "flag"),
    [
        ({"psf_fwhm": np.nan}, "no psf_fwhm"),
        ({"length_arcsec": np.nan}, "no length"),
        ({"length_arcsec": np.nan, "psf_fwhm": np.nan}, "no length"),
    ],
)
def test_why_there_is_none(biases, changes, flag):
    table = pd.DataFrame([{"recommended": True, "length_arcsec": 8.0, "psf_fwhm": 2.0} | changes])
    result = add_expected_bias(table, biases)
    assert result["expected_bias"].isna().all()
    assert result["expected_bias_spread"].isna().all()
    assert result["expected_bias_flag"].tolist() == [flag]


@pytest.mark.parametrize("column", ["bias", "scatter"])
def test_a_bin_without_measured_galaxies_has_a_flag_of_its_own(tmp_path, column):
    path = tmp_path / "length_bias.csv"
    biases = read_biases(write_biases(path, **{column: [np.nan, 0.2, 0.9, 0.9]}))
    table = pd.DataFrame({"recommended": True, "length_arcsec": [8.0, 20.0], "psf_fwhm": 2.0})
    result = add_expected_bias(table, biases)
    assert result["expected_bias"].tolist()[0] == 0.2
    assert result.loc[1, ["expected_bias", "expected_bias_spread"]].isna().all()
    empty = "no measured galaxy in the bin of its length over PSF width"
    assert result["expected_bias_flag"].tolist() == ["", empty]


@pytest.mark.parametrize("changes", [{"property": "inclination"}, {"sample": "training"}])
def test_a_run_in_which_nothing_was_measured_has_no_biases(tmp_path, changes):
    """Nor has one without galaxies that are barred as those of the catalogue."""
    biases = read_biases(write_biases(tmp_path / "length_bias.csv", **changes))
    assert biases.shape == (0, 4)
    table = pd.DataFrame({"recommended": [True], "length_arcsec": 8.0, "psf_fwhm": 2.0})
    result = add_expected_bias(table, biases)
    assert result[["expected_bias", "expected_bias_spread"]].isna().all(axis=None)
    assert result["expected_bias_flag"].tolist() == ["no table of biases"]


def test_tables_without_a_psf_or_without_biases(biases):
    table = pd.DataFrame({"recommended": [True], "length_arcsec": [8.0]})
    assert add_expected_bias(table, biases)["expected_bias_flag"].tolist() == ["no psf_fwhm"]
    result = add_expected_bias(table)
    assert result["expected_bias_flag"].tolist() == ["no table of biases"]
    names = ["recommended", "expected_bias", "expected_bias_spread", "expected_bias_flag"]
    assert list(result)[:4] == names


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"bias": ["x", "y", "1", "2"]}, "column bias: found no number in a bin, expected one"),
        ({"scatter": [0.1, np.inf, 0.1, 0.1]}, "column scatter: found no number in a bin"),
        ({"bin_low": [6.0, np.nan, 0.0, 0.0]}, "column bin_low: found no number in a bin"),
        ({"bin_high": [12.0, 5.0, 9.0, 9.0]}, "expected each to begin where the one before ends"),
        ({"bin_low": [6.0, 6.0, 9.0, 9.0]}, "expected each to begin where the one before ends"),
    ],
)
def test_tables_of_anyone_are_checked(tmp_path, changes, message):
    path = write_biases(tmp_path / "length_bias.csv", **changes)
    with pytest.raises(ValueError, match=message) as fault:
        read_biases(path)
    assert str(path) in str(fault.value)


def test_a_missing_column_is_named(tmp_path):
    path = tmp_path / "length_bias.csv"
    pd.DataFrame({"sample": ["catalogue"], "property": ["inclination"]}).to_csv(path, index=False)
    with pytest.raises(ValueError, match="bin_low"):
        read_biases(path)
