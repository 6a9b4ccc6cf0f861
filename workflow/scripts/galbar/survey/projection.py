"""Projection of thin structures in the plane of an inclined disc.

Angles run from +x towards +y (the row axis) [deg]. The line of nodes is the disc's apparent major
axis; a thin disc of inclination i has the apparent axis ratio cos(i).
"""

import numpy as np


def project_ellipse(axis_ratio, azimuth, disc_axis_ratio, node):
    """Project an ellipse in the plane of a disc onto the sky; return stretch, angle and axis ratio.

    Axis ratios are minor over major (0 to 1]; ``disc_axis_ratio`` is the apparent one of a circle
    in the plane. ``azimuth`` [deg] is that of the major axis in the plane, from the line of nodes,
    whose direction on the sky is ``node`` [deg]. The stretch, at most 1, is the projected over the
    true semi-major axis; the projected tip is not the image of the true one. The angle [deg] is in
    [0, 180).
    """
    turn = np.deg2rad(azimuth)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    squash = np.diag([1.0, disc_axis_ratio])
    shape = squash @ rotation @ np.diag([1.0, axis_ratio])
    # The singular values of the map from the unit circle are the projected semi-axes.
    axes, lengths, _ = np.linalg.svd(shape)
    angle = node + np.degrees(np.arctan2(axes[1, 0], axes[0, 0]))
    return float(lengths[0]), float(angle % 180), float(lengths[1] / lengths[0])


def plane_coordinates(x, y, disc_axis_ratio, node):
    """Return radius and azimuth [rad] in the plane of an inclined disc.

    ``x`` and ``y`` are on the sky, relative to the centre, and the radius is in their unit; azimuth
    counts from the line of nodes. See `project_ellipse` for the others.
    """
    along, across = turned_coordinates(x, y, node)
    across = across / disc_axis_ratio
    return np.hypot(along, across), np.arctan2(across, along)


def turned_coordinates(x, y, angle):
    """Return coordinates along a direction, ``angle`` [deg] from +x towards +y, and across it.

    ``x`` and ``y`` are relative to the centre; the results have their unit and precision.
    """
    # Plain floats: those of numpy would make single precision double, at three times the time.
    turn = np.deg2rad(angle)
    cosine, sine = float(np.cos(turn)), float(np.sin(turn))
    return x * cosine + y * sine, y * cosine - x * sine
