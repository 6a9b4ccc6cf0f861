"""Where a bar ends by its isophotes: two conventions of the literature.

Along a bar the ellipticity of the isophotes rises at a constant position angle; where the disc
takes over, it falls, or the position angle turns. Both conventions ask for this signature, with
the limits of Marinova & Jogee (2007, ApJ 659, 1176) and Menendez-Delmestre et al. (2007, ApJ 657,
790): a maximum of at least 0.25, a position angle constant to 20 degrees, and beyond it a fall by
0.1 or a turn by 10 degrees. They want the fall in any case; here either will do, as for Erwin.

- *Maximum:* the bar ends where the ellipticity is largest (Wozniak et al. 1995, A&AS 111, 115;
  a_epsilon of Erwin 2005, MNRAS 364, 283), which he takes for a lower limit.
- *Drop:* it ends at the fall or the turn, whichever comes first: an upper limit, as L_bar of
  Erwin (2005), who has the minimum of ellipticity in place of a fall by 0.1.

A bar is a maximum *within* the disc. Of an inclined one the outer isophotes may be flatter than the
bar, but nothing follows them: of all maxima with the signature that of the largest ellipticity is
taken.
"""

from typing import NamedTuple

import numpy as np

LEAST_ELLIPTICITY = 0.25
# Along the outer half of a bar [degree]: a bulge and the seeing turn the inner isophotes.
LARGEST_TURN_ALONG_BAR = 20.0
# Where the disc takes over: fall of the ellipticity, turn of the position angle [degree].
FALL, TURN = 0.1, 10.0

OK = "ok"
NO_ISOPHOTES = "no isophotes could be fitted"
NO_MAXIMUM = "no maximum of ellipticity at a constant position angle"
NO_TRANSITION = "no fall of ellipticity nor turn beyond the maximum"
# Fewer have no maximum between two others.
_FEWEST_ISOPHOTES = 3


class BarEnds(NamedTuple):
    """A bar by its isophotes; numbers are NaN unless ``flag`` is "ok".

    Tip to tip ``length`` and ``length_at_drop`` in the unit of the isophotes' axes, ``ellipticity``
    and position ``angle`` [degree] of the isophote at the maximum.
    """

    length: float
    length_at_drop: float
    ellipticity: float
    angle: float
    flag: str


def find_bar_ends(isophotes):
    """Find the ends of a bar.

    Parameters
    ----------
    isophotes : galbar.rivals.isophotes.Isophotes

    Returns
    -------
    BarEnds
    """
    semi_major, ellipticity, angle = isophotes
    if len(semi_major) < _FEWEST_ISOPHOTES:
        return _unmeasurable(NO_ISOPHOTES)
    maxima = [row for row in _list_maxima(ellipticity) if _is_straight(isophotes, row)]
    if not maxima:
        return _unmeasurable(NO_MAXIMUM)
    # The flattest first.
    for row in sorted(maxima, key=ellipticity.__getitem__, reverse=True):
        has_changed = ellipticity <= ellipticity[row] - FALL
        has_changed |= turn(angle, angle[row]) >= TURN
        beyond = row + 1 + np.flatnonzero(has_changed[row + 1 :])
        if len(beyond):
            return BarEnds(
                length=2 * float(semi_major[row]),
                length_at_drop=2 * float(semi_major[beyond[0]]),
                ellipticity=float(ellipticity[row]),
                angle=float(angle[row]),
                flag=OK,
            )
    return _unmeasurable(NO_TRANSITION)


def turn(first, second):
    """Return the angle between two directions [degree], 0 to 90, of angles modulo 180 degrees."""
    return np.abs((np.asarray(first) - second + 90) % 180 - 90)


def _list_maxima(ellipticity):
    """List the rows of local maxima that are flat enough, neither the first nor the last row."""
    inner = ellipticity[1:-1]
    is_maximum = (inner >= ellipticity[:-2]) & (inner >= ellipticity[2:])
    return 1 + np.flatnonzero(is_maximum & (inner >= LEAST_ELLIPTICITY))


def _is_straight(isophotes, row):
    """Return whether the position angle is constant along the outer half of a bar to this row."""
    semi_major = isophotes.semi_major[: row + 1]
    along = isophotes.angle[: row + 1][semi_major >= semi_major[-1] / 2]
    return turn(along, isophotes.angle[row]).max() <= LARGEST_TURN_ALONG_BAR


def _unmeasurable(flag):
    return BarEnds(np.nan, np.nan, np.nan, np.nan, flag)
