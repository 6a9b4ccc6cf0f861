"""The outline of a mask as a path of SVG."""

import numpy as np
from contourpy import contour_generator


def outline_path(mask, view):
    """Return the outline of a mask, "" where it is empty.

    Parameters
    ----------
    mask : ndarray, shape (ny, nx), bool, on the map of a network
    view : galbar.gallery.view.View

    Returns
    -------
    str
        Closed paths ("M1 2L3 4...Z") half-way between the pixels of the mask and the others, in
        pixels of the 424 px image from the left and the upper edge of what is shown.
    """
    # With a rim, so that what reaches the edge of the map is closed.
    padded = np.pad(np.asarray(mask, dtype=float), 1)
    offset = np.array(view.offset)
    paths = []
    for line in contour_generator(z=padded).lines(0.5):
        # Pixel centres are at whole numbers; edges of what is shown half a pixel before the first.
        corners = (_corners(line[:-1]) - 1 + 0.5 - offset) * view.scale
        paths.append("L".join(f"{x:.4g} {y:.4g}" for x, y in corners))
    return "".join(f"M{path}Z" for path in paths)


def _corners(points):
    """Leave out the points (k, 2) of a closed line at which it goes straight on."""
    before, after = points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points
    turns = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    return points[np.abs(turns) > 1e-9]
