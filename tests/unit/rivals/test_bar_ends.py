"""The two conventions, on profiles whose answer is read off."""

import numpy as np
import pytest

from galbar.rivals.bar_ends import (
    NO_ISOPHOTES,
    NO_MAXIMUM,
    NO_TRANSITION,
    OK,
    find_bar_ends,
)
from galbar.rivals.isophotes import Isophotes

SEMI_MAJOR = np.array([10.0, 20, 30, 40, 50, 60])
RISE_AND_FALL = np.array([0.2, 0.4, 0.6, 0.55, 0.3, 0.2])


def profile(ellipticity=RISE_AND_FALL, angle=30.0):
    return Isophotes(SEMI_MAJOR, np.asarray(ellipticity), np.broadcast_to(angle, 6).astype(float))


def test_a_bar_ends_at_the_maximum_or_at_the_drop_beyond_it():
    bar = find_bar_ends(profile())
    # At 40 the fall is 0.05 only.
    assert bar == (60, 100, 0.6, 30, OK)


def test_a_turn_ends_a_bar_as_a_fall_does():
    """Across 180 degrees, where the position angle begins anew."""
    bar = find_bar_ends(profile(angle=[175, 175, 175, 6, 30, 30]))
    assert (bar.length, bar.length_at_drop) == (60, 80)
    assert find_bar_ends(profile(angle=[175, 175, 175, 4, 30, 30])).length_at_drop == 100


def test_the_outer_disc_is_no_bar_however_flat_it_is():
    """Of an inclined galaxy: flatter and flatter to the last isophote."""
    bar = find_bar_ends(profile([0.2, 0.45, 0.5, 0.3, 0.6, 0.7]))
    assert (bar.length, bar.length_at_drop, bar.ellipticity) == (60, 80, 0.5)


def test_of_two_maxima_the_flatter_counts():
    bar = find_bar_ends(profile([0.2, 0.4, 0.25, 0.3, 0.5, 0.2]))
    assert (bar.length, bar.ellipticity) == (100, 0.5)


@pytest.mark.parametrize(
    ("isophotes", "flag"),
    [
        (Isophotes(np.zeros(0), np.zeros(0), np.zeros(0)), NO_ISOPHOTES),
        (Isophotes(*(np.array([10.0, 20.0]) for _ in range(3))), NO_ISOPHOTES),
        # Round; flatter to the end; turning along the bar.
        (profile([0.1, 0.15, 0.24, 0.2, 0.1, 0.1]), NO_MAXIMUM),
        (profile([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]), NO_MAXIMUM),
        (profile(angle=[0, 51, 30, 30, 30, 30]), NO_MAXIMUM),
        (profile([0.2, 0.4, 0.5, 0.45, 0.41, 0.45]), NO_TRANSITION),
    ],
)
def test_what_shows_no_bar_is_nan_and_says_why(isophotes, flag):
    bar = find_bar_ends(isophotes)
    assert bar.flag == flag
    assert np.isnan(bar[:4]).all()
