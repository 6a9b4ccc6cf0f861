"""Averages of the measurements of the same galaxies: over networks, or over independent runs."""

import numpy as np

from galbar.lengths.measure import Flag


def mean_length(lengths):
    """Average lengths, or axis ratios, over the parts that could measure a galaxy.

    Parameters
    ----------
    lengths : ndarray, shape (m, ...)
        By each of the m networks or runs, in any unit; NaN where unmeasurable.

    Returns
    -------
    ndarray, shape (...), float64, NaN where no part could measure
    """
    lengths = np.asarray(lengths, dtype=float)
    measured = np.isfinite(lengths)
    number, total = measured.sum(axis=0), np.where(measured, lengths, 0.0).sum(axis=0)
    return np.divide(total, number, out=np.full(total.shape, np.nan), where=number > 0)


def average_measurements(length, flag, angle, fewer):
    """Average measurements, shapes (m, ...), of the same galaxies by m models, or in m runs.

    Lengths, in any unit, are NaN where unmeasurable, the mean only where no part has one. The flag
    is `fewer`, ``FEWER_MODELS`` or ``FEWER_RUNS``, where some but not all parts have a length;
    where none has, the reason if all parts agree, else ``UNMEASURABLE``; otherwise the largest
    code. Angles [deg] give the mean direction of the axes in [0, 180): 178 and 4 average to 1; NaN
    where no part has one, or where they cancel out.
    """
    flag, angle = np.asarray(flag), np.asarray(angle)
    number = np.isfinite(length).sum(axis=0)

    agreed = np.where((flag == flag[0]).all(axis=0), flag[0], Flag.UNMEASURABLE)
    code = np.where(number == 0, agreed, np.where(number < len(length), fewer, flag.max(axis=0)))

    # An axis at 0 is the same as one at 180 deg: average the doubled angles.
    doubled = np.deg2rad(2 * angle.astype(float))
    is_finite = np.isfinite(doubled)
    east = np.where(is_finite, np.cos(doubled), 0).sum(axis=0)
    north = np.where(is_finite, np.sin(doubled), 0).sum(axis=0)
    axis = np.rad2deg(0.5 * np.arctan2(north, east)) % 180
    axis = np.where(axis < 180, axis, 0)
    return (
        mean_length(length),
        code.astype(np.uint8),
        np.where(np.hypot(east, north) > 1e-6, axis, np.nan),
    )


def average_errors(mc_error, length):
    """Return the Monte Carlo error of averaged lengths; both arrays are (m, ...), in any unit.

    A part whose length is NaN does not count. The mean of the errors is an upper limit, reached if
    all parts err alike: the networks see the same noise, so that their errors are not independent.
    NaN where one is unknown.
    """
    measured = np.isfinite(length)
    number = measured.sum(axis=0)
    total = np.where(measured, mc_error, 0.0).sum(axis=0)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)
