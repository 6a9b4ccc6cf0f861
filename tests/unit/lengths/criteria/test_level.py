import numpy as np
import pytest

from galbar.lengths.criteria.level import LEVEL, central_pieces


def test_level_takes_the_piece_at_the_centre_across_corners():
    values = np.zeros((11, 11))
    for i in range(3, 8):
        values[i, i] = 0.6  # diagonal: connected by corners only
    values[0, 5:11] = 1.0  # brighter, but at the edge
    ((x, y),) = central_pieces(values, [0.5])
    assert x.tolist() == y.tolist() == [3, 4, 5, 6, 7]


def test_level_counts_pixels_at_the_level_itself():
    values = np.zeros((5, 5))
    values[2, 1:4] = 0.5, 1.0, 0.5
    assert [len(x) for x, _ in central_pieces(values, [0.5, 0.51])] == [3, 1]
    (parameter,) = LEVEL.parameters
    assert "at or above this share" in parameter.description


def test_level_prefers_the_brighter_of_equally_near_pieces():
    values = np.zeros((5, 9))
    values[2, 1], values[2, 7] = 0.8, 1.0
    ((x, _),) = central_pieces(values, [0.5])
    assert x.tolist() == [7]


def test_pieces_of_several_levels_are_those_of_each_level_alone():
    # Two discs that touch above the low levels only: the levels must not be joined to each other.
    y, x = np.indices((40, 50))
    values = np.maximum(
        np.exp(-np.hypot(x - 20, y - 19) / 8), np.exp(-np.hypot(x - 34, y - 25) / 6)
    )
    fractions = [0.7, 0.2, 0.5, 1.0, 0.5]
    together = list(central_pieces(values, fractions))
    for fraction, piece in zip(fractions, together, strict=True):
        ((x, y),) = central_pieces(values, [fraction])
        assert np.array_equal(piece, (x, y))
        assert (values[y, x] >= fraction * values.max()).all()
    counts = [len(x) for x, _ in together]
    assert counts[1] > counts[2] == counts[4] > counts[0] > counts[3] == 1


@pytest.mark.parametrize("fraction", [0, -0.1, 1.1, np.nan])
def test_level_outside_0_to_1_is_refused(fraction):
    with pytest.raises(ValueError, match="level_fraction"):
        list(central_pieces(np.eye(3), [0.5, fraction]))
