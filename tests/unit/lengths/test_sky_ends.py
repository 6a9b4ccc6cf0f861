"""Ends of bars on the sky."""

import numpy as np
import pandas as pd
import pytest
from astropy.coordinates import SkyCoord

from galbar.lengths.sky_ends import COLUMNS, add_sky_ends, sky_ends, write_regions


def test_ends_are_half_a_length_from_the_centre_in_the_direction():
    ra, dec = np.array([10.0, 359.9999, 120.0]), np.array([0.0, 60.0, -80.0])
    angle, length = np.array([0.0, 90.0, 37.0]), np.array([20.0, 40.0, 60.0])
    ra1, dec1, ra2, dec2 = sky_ends(ra, dec, angle, length)
    centre = SkyCoord(ra, dec, unit="deg")
    first, second = SkyCoord(ra1, dec1, unit="deg"), SkyCoord(ra2, dec2, unit="deg")
    np.testing.assert_allclose(first.separation(second).arcsec, length, rtol=1e-6)
    np.testing.assert_allclose(centre.separation(first).arcsec, length / 2, rtol=1e-6)
    np.testing.assert_allclose(centre.position_angle(first).deg % 360, angle, atol=1e-3)
    # To the north: the declination grows, and east is where the right ascension does.
    assert dec1[0] == pytest.approx(10 / 3600)
    assert 0 < ra1[1] < 0.02
    missing = sky_ends([1.0, np.nan], [2.0, 3.0], [np.nan, 4.0], [5.0, 6.0])
    assert np.isnan(missing).all()


def table():
    frame = pd.DataFrame({"galaxy_id": [1, 2, 3], "length_arcsec": [20.0, np.nan, 30.0]})
    frame["pa_sky"] = [45.0, 10.0, 90.0]
    frame["id"] = ["NGC {1}", "b", "c"]
    frame["bar"] = ["yes", "yes", "no"]
    return frame.assign(ra=[10.0, 20.0, 30.0], dec=[1.0, 2.0, 3.0])


def test_columns_stand_behind_the_angle():
    result = add_sky_ends(table())
    first = list(result).index("pa_sky") + 1
    assert tuple(result.columns[first : first + 4]) == COLUMNS
    assert result["ra_end1"].isna().tolist() == [False, True, False]
    plain = table().drop(columns="ra")
    pd.testing.assert_frame_equal(add_sky_ends(plain), plain)


def test_regions_are_lines_of_ds9(tmp_path):
    write_regions(add_sky_ends(table()), tmp_path / "a.reg")
    head, _, frame, *lines = (tmp_path / "a.reg").read_text().splitlines()
    assert (head, frame) == ("# Region file format: DS9", "icrs")
    assert len(lines) == 2
    ends = [float(text) for text in lines[0].partition(")")[0].removeprefix("line(").split(",")]
    first, second = SkyCoord(*ends[:2], unit="deg"), SkyCoord(*ends[2:], unit="deg")
    assert first.separation(second).arcsec == pytest.approx(20, abs=1e-3)
    assert lines[0].endswith("# line=0 0 text={NGC (1)}")
    assert lines[1].endswith("dash=1 text={c}")
