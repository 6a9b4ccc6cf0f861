import numpy as np
import pytest

from galbar.survey.projection import plane_coordinates, project_ellipse


def projected_outline(axis_ratio, azimuth, disc_axis_ratio, node):
    """Outline of the ellipse on the sky, point by point."""
    t = np.linspace(0, 2 * np.pi, 20001)
    a, n = np.deg2rad(azimuth), np.deg2rad(node)
    along = np.cos(t) * np.cos(a) - axis_ratio * np.sin(t) * np.sin(a)
    across = (np.cos(t) * np.sin(a) + axis_ratio * np.sin(t) * np.cos(a)) * disc_axis_ratio
    return along * np.cos(n) - across * np.sin(n), along * np.sin(n) + across * np.cos(n)


@pytest.mark.parametrize("azimuth", [0, 25, 60, 90, 155])
@pytest.mark.parametrize("node", [0, 40, 130])
@pytest.mark.parametrize("disc_axis_ratio", [1.0, 0.7, 0.4])
def test_ellipse_equals_its_outline(azimuth, node, disc_axis_ratio):
    x, y = projected_outline(0.25, azimuth, disc_axis_ratio, node)
    radius = np.hypot(x, y)
    stretch, angle, ratio = project_ellipse(0.25, azimuth, disc_axis_ratio, node)
    tip = np.argmax(radius)
    assert stretch == pytest.approx(radius[tip], abs=1e-6)
    assert ratio == pytest.approx(radius.min() / radius.max(), abs=1e-6)
    turn = angle - np.degrees(np.arctan2(y[tip], x[tip]))
    assert (turn + 90) % 180 - 90 == pytest.approx(0, abs=0.1)


def test_face_on_changes_nothing():
    stretch, angle, ratio = project_ellipse(0.3, 20, 1.0, 50)
    assert (stretch, angle, ratio) == (pytest.approx(1), pytest.approx(70), pytest.approx(0.3))


def test_thin_bar_on_the_minor_axis_is_foreshortened():
    assert project_ellipse(0.01, 90, 0.5, 0)[0] == pytest.approx(0.5, abs=1e-3)


def test_plane_coordinates_undo_the_projection():
    radius, azimuth, node, q = 7.0, 1.1, 35.0, 0.6
    along, across = radius * np.cos(azimuth), radius * np.sin(azimuth) * q
    n = np.deg2rad(node)
    x, y = along * np.cos(n) - across * np.sin(n), along * np.sin(n) + across * np.cos(n)
    got = plane_coordinates(x, y, q, node)
    assert got == (pytest.approx(radius), pytest.approx(azimuth))
