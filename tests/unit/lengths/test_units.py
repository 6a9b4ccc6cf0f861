import numpy as np
import pandas as pd
import pytest

from galbar.lengths.units import (
    add_physical_lengths,
    arcsec_from_pixels,
    kpc_h_from_arcsec,
    kpc_h_per_arcsec,
    scaled_from_pixels,
)


def test_a_pixel_is_a_fiftieth_of_the_radius():
    assert arcsec_from_pixels(50, 7.5) == pytest.approx(7.5)
    assert np.isnan(arcsec_from_pixels([np.nan, 5, 5, 5], [3, np.nan, 0, -2])).all()


def test_median_bar_of_the_catalogue_in_units_of_the_galaxy():
    # DATA.md of the catalogue: about 126 px of 424 per unit.
    assert scaled_from_pixels(126.26) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("omega_m", [0.3, 1.0, 0.05])
def test_size_of_an_arcsec_equals_the_integral_of_the_distance(omega_m):
    for redshift in (0.01, 0.05, 1.0):
        z = np.linspace(0, redshift, 200_001)
        expansion = np.sqrt(omega_m * (1 + z) ** 3 + 1 - omega_m)
        comoving = 299792.458 / 100 * np.trapezoid(1 / expansion, z)
        expected = comoving / (1 + redshift) * 1000 / 206264.80625
        assert kpc_h_per_arcsec(redshift, omega_m) == pytest.approx(expected, rel=1e-8)


def test_unknown_redshifts_give_nan_and_arrays_keep_their_shape():
    size = kpc_h_per_arcsec([[np.nan, 0, -0.1], [0.1, np.inf, 0.02]], 0.3)
    assert np.isfinite(size).tolist() == [[False] * 3, [True, False, True]]
    assert np.isnan(kpc_h_per_arcsec([np.nan], 0.3)).all()
    assert kpc_h_from_arcsec(10, 0.02, 0.3) == pytest.approx(10 * size[1, 2])


@pytest.mark.parametrize("omega_m", [0, -0.3, 1.5, np.nan])
def test_impossible_densities_are_refused(omega_m):
    with pytest.raises(ValueError, match=r"cosmology\.omega_m"):
        kpc_h_per_arcsec(0.1, omega_m)


def test_lengths_of_a_table_in_all_units():
    table = pd.DataFrame({"length_px": [50, np.nan, 50, 50]})
    petror90, redshift = [10, 10, np.nan, 10], [0.03, 0.03, 0.03, np.nan]
    full = add_physical_lengths(table, petror90, redshift, omega_m=0.3, hubble_constant=70)
    nan = np.nan
    assert np.array_equal(full["length_arcsec"], [10, nan, nan, 10], equal_nan=True)
    assert np.isnan(full["length_kpc_h"]).tolist() == [False, True, True, True]
    # A nearby galaxy's size on the sky times c z / H0, to a few per cent.
    assert full["length_kpc"][0] == pytest.approx(10 / 206265 * 299792 * 0.03 / 70 * 1e3, rel=0.05)
    np.testing.assert_allclose(full["length_kpc"], full["length_kpc_h"] / 0.7)
    assert full["length_scaled"].round(9).tolist()[0] == 0.396
    assert np.isnan(full["length_scaled"]).tolist() == [False, True, False, False]
    assert list(table) == ["length_px"]


def test_the_real_catalogue_implies_radii_of_its_galaxies(real_data):
    ours = pd.read_csv(real_data / "hoyle" / "hoyle_barlengths.csv")
    names = ["objid", "sma_kpc", "error", "mass", "g", "i", "z"]
    path = real_data / "hoyle" / "GalaxyZoo2_barlengths_alldata.txt"
    erwin = pd.read_csv(path, sep=r"\s+", comment="#", names=names)
    joined = ours.merge(erwin, on="objid", validate="one_to_one")
    assert len(joined) == len(ours) == 3150
    arcsec = joined["length_avg"] / kpc_h_per_arcsec(joined["z"], 0.3)
    # length_scaled / 0.396 is the length in units of petroR90: GZ2 holds galaxies brighter than
    # r = 17, with petroR90 of 5 to 50 arcsec.
    radius = arcsec / (joined["length_scaled"] / 0.396)
    assert 10 < radius.median() < 20
    assert ((radius > 5) & (radius < 50)).mean() > 0.98
