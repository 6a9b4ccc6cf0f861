"""Ends, widths and deprojected lengths, against bars drawn where they are."""

import numpy as np
import pandas as pd
import pytest

from galbar.lengths.bar_shape import (
    EDGE_ON,
    add_deprojected,
    add_shape,
    deprojection_factor,
    frame_ends,
)
from galbar.lengths.sky_ends import sky_ends


def test_ends_are_half_a_length_from_the_middle_of_the_frame():
    x1, y1, x2, y2 = frame_ends([100, 100, 100, 100, np.nan], [0, 90, 30, 150, 10])
    # Columns 0 to 423: their middle is 211.5; rows grow downwards. The left or upper end is first.
    aside = 50 * np.sqrt(0.75)
    np.testing.assert_allclose(x1[:4], [161.5, 211.5, 211.5 - aside, 211.5 - aside])
    np.testing.assert_allclose(y1[:4], [211.5, 161.5, 186.5, 236.5])
    np.testing.assert_allclose(x1[:4] + x2[:4], 423)
    np.testing.assert_allclose(y1[:4] + y2[:4], 423)
    assert np.isnan([x1[4], y1[4], x2[4], y2[4]]).all()


@pytest.mark.parametrize("angle", [0.0, 20.0, 45.0, 90.0, 100.0, 150.0, 179.0])
def test_the_first_end_is_the_same_on_the_sky(angle):
    """Of an image with north up and east to the left."""
    length = 40.0
    x1, y1, x2, y2 = (value.item() for value in frame_ends(length, angle))
    ends = sky_ends([150.0], [0.0], [(90 - angle) % 180], [length])
    ra1, dec1, ra2, dec2 = (value.item() for value in ends)
    east, north = (ra1 - ra2) * 3600, (dec1 - dec2) * 3600
    assert (x2 - x1, y2 - y1) == pytest.approx((east, north), abs=1e-6)


def test_the_width_is_that_of_the_calibrated_length():
    table = pd.DataFrame({"length_px": [50.0, 50.0, np.nan], "angle": 0.0, "last": 1})
    table.insert(2, "mask_axis_ratio", [0.4, np.nan, 0.4])
    result = add_shape(table.assign(petror90_r=[10.0, 10.0, 10.0]))
    np.testing.assert_array_equal(result["mask_width_px"], [20, np.nan, np.nan])
    # A pixel is a fiftieth of the radius.
    np.testing.assert_allclose(result["mask_width_arcsec"], [4, np.nan, np.nan])
    assert list(result)[2:6] == ["mask_axis_ratio", "mask_width_px", "mask_width_arcsec", "x_end1"]
    assert list(result)[-2:] == ["last", "petror90_r"]


@pytest.mark.parametrize("disc_pa", [0, 35, 120, -70])
@pytest.mark.parametrize("inclination", [0, 30, 60, 70])
@pytest.mark.parametrize("in_plane", [0, 20, 90, 135])
def test_a_bar_that_is_projected_gets_its_length_back(disc_pa, inclination, in_plane):
    """Projected by a rotation in three dimensions, the bar in the plane of the disc."""
    turn, tilt, node = np.deg2rad([in_plane, inclination, disc_pa])
    # x along the line of nodes, which tilting leaves where it is.
    bar = np.array([np.cos(turn), np.sin(turn), 0.0])
    tilting = np.array(
        [[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]]
    )
    along, across, _ = tilting @ bar
    # North is up, east is left: through the node, from north through east.
    north = along * np.cos(node) - across * np.sin(node)
    east = along * np.sin(node) + across * np.cos(node)
    position_angle = np.rad2deg(np.arctan2(east, north)) % 180
    factor = deprojection_factor([position_angle], [disc_pa], [np.cos(tilt)])
    assert factor[0] * np.hypot(along, across) == pytest.approx(1, rel=1e-9)


def table(**columns):
    lengths = {"pa_sky": [30.0, 30.0, 120.0, np.nan, 30.0, 30.0]}
    for name in ("length_arcsec", "length_kpc_h", "length_kpc", "length_scaled"):
        lengths |= {name: 10.0, f"{name}_low68": 8.0, f"{name}_high68": 12.0}
    return pd.DataFrame(lengths).assign(last=1, **columns)


def test_what_cannot_be_deprojected_says_why():
    ratio = [0.5, np.nan, 0.5, 0.5, EDGE_ON - 0.01, 0.4]
    result = add_deprojected(table(disc_axis_ratio=ratio, disc_pa=30.0))
    assert result["deprojection_flag"].tolist() == [
        *("", "no disc parameters", "", "no position angle on the sky", "edge-on"),
        "inclined by more than 60 deg",
    ]
    nan = np.nan
    # Along the major axis as seen, across it twice as long.
    for name, length in (("", 10), ("_low68", 8), ("_high68", 12)):
        expected = np.array([length, nan, 2 * length, nan, nan, length])
        for unit in ("arcsec", "kpc_h", "kpc", "scaled"):
            np.testing.assert_allclose(result[f"length_deprojected_{unit}{name}"], expected)
    first = list(result).index("pa_sky") + 1
    assert list(result)[first] == "length_deprojected_arcsec"
    assert list(result)[first + 12] == "deprojection_flag"


def test_without_a_disc_or_the_sky_nothing_is_deprojected():
    result = add_deprojected(table())
    assert set(result["deprojection_flag"]) == {"no disc parameters"}
    assert result["length_deprojected_arcsec"].isna().all()
    plain = table().drop(columns="pa_sky")
    pd.testing.assert_frame_equal(add_deprojected(plain), plain)
