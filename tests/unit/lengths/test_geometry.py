import numpy as np
import pytest

from galbar.lengths.geometry import (
    axis_angle,
    axis_ratio_of,
    elongation_of,
    end_points,
    largest_distance,
    second_moments,
)
from tests.helpers import plain_loops


@pytest.mark.parametrize(("x", "y"), [([], []), ([3], [4])])
def test_fewer_than_two_pixels_have_no_length(x, y):
    assert np.isnan(largest_distance(np.array(x, dtype=int), np.array(y, dtype=int)))


@pytest.mark.parametrize(
    ("x", "y", "length"),
    [
        ([0, 3], [0, 4], 5),
        ([7, 7, 7], [9, 2, 5], 7),
        ([1, 2, 3], [5, 5, 5], 2),
        ([0, 9, 0, 9], [0, 0, 9, 9], np.sqrt(162)),
    ],
)
def test_known_lengths(x, y, length):
    assert largest_distance(np.array(x), np.array(y)) == length


@pytest.mark.parametrize("count", [2, 3, 10, 60, 400, 3000])
def test_length_equals_all_pairs(count):
    rng = np.random.default_rng([1, count])
    for side in (7, 60, 224):
        place = rng.choice(side * side, size=min(count, side * side), replace=False)
        y, x = np.divmod(place, side)
        assert largest_distance(x, y) == plain_loops.length_of(y, x)
        ends = end_points(x, y)
        assert np.hypot(*np.subtract(*ends)) == pytest.approx(largest_distance(x, y), rel=1e-15)
        assert set(ends) <= set(zip(x.tolist(), y.tolist(), strict=True))


@pytest.mark.parametrize("shape", ["disc", "ring", "diagonal band"])
def test_length_of_filled_shapes_equals_all_pairs(shape):
    y, x = np.indices((101, 120)) - 50
    radius = np.hypot(x - 4, y)
    inside = {
        "disc": radius < 45,
        "ring": np.abs(radius - 40) < 1,
        "diagonal band": np.abs(x - y) < 6,
    }[shape]
    rows, columns = np.nonzero(inside)
    assert largest_distance(columns, rows) == plain_loops.length_of(rows, columns)


@pytest.mark.parametrize("angle", [0, 1, 30, 45, 90, 135, 179])
def test_angle_of_a_long_band(angle):
    y, x = np.indices((201, 201)) - 100
    turn = np.deg2rad(angle)
    along, across = x * np.cos(turn) + y * np.sin(turn), -x * np.sin(turn) + y * np.cos(turn)
    rows, columns = np.nonzero((np.abs(along) <= 80.4) & (np.abs(across) <= 5.4))
    found = axis_angle(*second_moments(columns, rows))
    assert 0 <= found < 180
    assert abs((found - angle + 90) % 180 - 90) < 0.3


def test_angle_just_below_zero_is_not_180():
    assert axis_angle(10**18, 1, -1) < 180


@pytest.mark.parametrize("pixels", [([4], [4]), ([0, 1, 0, 1], [0, 0, 1, 1])])
def test_round_sets_have_no_angle(pixels):
    x, y = map(np.array, pixels)
    assert np.isnan(axis_angle(*second_moments(x, y)))


@pytest.mark.parametrize(("along", "across"), [(9, 3), (9, 1), (2, 1), (7, 7)])
def test_axis_ratio_of_rectangles_is_that_of_their_sides(along, across):
    y, x = np.indices((across, along)).reshape(2, -1)
    for moments in (second_moments(x, y), second_moments(y + 5, x)):
        assert axis_ratio_of(along * across, *moments) == pytest.approx(across / along, rel=1e-12)


@pytest.mark.parametrize("angle", [0, 20, 45, 80, 130])
@pytest.mark.parametrize("ratio", [0.2, 0.5, 0.9])
def test_axis_ratio_of_ellipses_at_any_angle(ratio, angle):
    y, x = np.indices((201, 201)) - 100
    turn = np.deg2rad(angle)
    along, across = x * np.cos(turn) + y * np.sin(turn), -x * np.sin(turn) + y * np.cos(turn)
    rows, columns = np.nonzero(np.hypot(along, across / ratio) < 80)
    found = axis_ratio_of(len(rows), *second_moments(columns, rows))
    assert found == pytest.approx(ratio, rel=0.02)


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_pixels_have_no_axis_ratio(count):
    pixels = np.full(count, 3)
    assert np.isnan(axis_ratio_of(count, *second_moments(pixels, pixels)))


def test_elongation_of_rectangles_and_lines():
    y, x = np.indices((3, 9))
    moments = second_moments(x.ravel(), y.ravel())
    # Variances of 9 and of 3 equally spaced pixels: 80 / 12 and 8 / 12.
    assert elongation_of(*moments) == pytest.approx(72 / 88, rel=1e-15)
    line = second_moments(np.arange(5), 2 * np.arange(5))
    assert elongation_of(*line) == 1
    assert np.isnan(elongation_of(*second_moments(np.array([2]), np.array([2]))))
