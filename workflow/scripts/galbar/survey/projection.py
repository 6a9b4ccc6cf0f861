"""Projection of thin structures in the plane of an inclined disc.

Angles run from +x towards +y (the row axis) [deg]. The line of nodes is the disc's apparent major
axis; a thin disc of inclination i has the apparent axis ratio cos(i).
"""

import numpy as np


def project_ellipse(axis_ratio, azimuth, disc_axis_ratio, node):
    """Project an ellipse in the plane of a disc onto the sky.

    Parameters
    ----------
    axis_ratio : float
        Minor over major axis of the ellipse in the plane (0 to 1].
    azimuth : float
        Angle from the line of nodes to the ellipse's major axis, in the plane [deg].
    disc_axis_ratio : float
        Apparent axis ratio of a circle in the plane (0 to 1].
    node : float
        Direction of the line of nodes on the sky [deg].

    Returns
    -------
    stretch : float
        Projected over true semi-major axis, at most 1 for a thin ellipse. The tip of the projected
        ellipse is its own end, not the image of the true end.
    angle : float
        Direction of the projected major axis, in [0, 180) [deg].
    projected_axis_ratio : float
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
    """Return polar coordinates in the plane of an inclined disc.

    Parameters
    ----------
    x, y : array_like
        Position on the sky relative to the centre.
    disc_axis_ratio, node
        As in `project_ellipse`.

    Returns
    -------
    radius : ndarray
        In the unit of ``x``.
    azimuth : ndarray
        From the line of nodes [rad].
    """
    turn = np.deg2rad(node)
    along = x * np.cos(turn) + y * np.sin(turn)
    across = (y * np.cos(turn) - x * np.sin(turn)) / disc_axis_ratio
    return np.hypot(along, across), np.arctan2(across, along)
