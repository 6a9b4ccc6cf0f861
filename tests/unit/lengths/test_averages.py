import numpy as np
import pytest

from galbar.lengths.averages import average_errors, average_measurements, mean_length
from galbar.lengths.measure import Flag


def test_mean_length_leaves_out_what_could_not_be_measured():
    runs = np.array([[1.0, 5, 7, 2, np.nan], [4.0, 5, np.nan, 0, np.nan]])
    np.testing.assert_array_equal(mean_length(runs), [2.5, 5, 7, 1, np.nan])


def test_averages_over_models_and_their_flags():
    nan = np.nan
    length = [[10, 20, nan, nan, 5], [14, nan, nan, nan, 7]]
    flag = [
        [Flag.OK, Flag.NO_STOP, Flag.FLAT_MAP, Flag.FLAT_MAP, Flag.NO_STOP],
        [Flag.OK, Flag.EMPTY_MASK, Flag.FLAT_MAP, Flag.SINGLE_PIXEL, Flag.OK],
    ]
    angle = [[178, 30, nan, nan, 0], [4, nan, nan, nan, 90]]
    mean, code, axis = average_measurements(length, flag, angle, Flag.FEWER_MODELS)
    assert np.array_equal(mean, [12, 20, nan, nan, 6], equal_nan=True)
    expected = [Flag.OK, Flag.FEWER_MODELS, Flag.FLAT_MAP, Flag.UNMEASURABLE, Flag.NO_STOP]
    assert code.tolist() == expected
    assert code.dtype == np.uint8
    assert axis[:2] == pytest.approx([1, 30])
    assert np.isnan(axis[2:]).all()  # 0 and 90 deg cancel out


def test_errors_of_averages_are_the_mean_of_those_that_count():
    nan = np.nan
    length = [[10, 20, nan, 5], [14, nan, nan, 7]]
    found = average_errors([[1, 2, 3, nan], [2, 9, 9, 1]], length)
    assert np.array_equal(found, [1.5, 2, nan, nan], equal_nan=True)
