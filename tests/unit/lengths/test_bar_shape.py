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


def test_ends_are_half_a_length_from_the_middle_of_the_frame():
    x1, y1, x2, y2 = frame_ends([100, 100, 100, np.nan], [0, 90, 30, 10])
    # Columns 0 to 423: their middle is 211.5; rows grow downwards.
    np.testing.assert_allclose(x1[:3], [261.5, 211.5, 211.5 + 50 * np.sqrt(0.75)])
    np.testing.assert_allclose(y1[:3], [211.5, 261.5, 236.5])
    np.testing.assert_allclose(x1[:3] + x2[:3], 423)
    np.testing.assert_allclose(y1[:3] + y2[:3], 423)
    assert np.isnan([x1[3], y1[3], x2[3], y2[3]]).all()


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
