"""Deletion and insertion: whether a network needs the pixels that its map shows.

As in RISE (Petsiuk, Das & Saenko 2018, arXiv:1806.07421), with the blurred image as what is left
where pixels are deleted: pixels go in the order of the map, a few per step, and the vote is looked
at after each step.
"""

import numpy as np

from galbar.attribution.baseline import blurred

STEPS = 16
"""Steps from the image to the blurred one."""

BLUR = 1 / 12
"""Standard deviation of the Gaussian that blurs, over the side of what the network sees."""


def without_bar(window):
    """Blur an image (ny, nx, 3) so that a bar cannot be told from its disc."""
    return blurred(window[np.newaxis], BLUR * window.shape[0])[0]


def removal_order(heatmap):
    """Return the step, 1 to `STEPS`, in which each pixel (ny, nx) goes: the highest first.

    Pixels of equal value go by their distance from the centre, the farthest first: a map that is
    flat where there is a bar is not helped by the order in which an image is stored.
    """
    ny, nx = heatmap.shape
    y, x = (np.arange(side) - (side - 1) / 2 for side in (ny, nx))
    distance = np.hypot(y[:, np.newaxis], x)
    order = np.lexsort((-distance.ravel(), -heatmap.ravel()))
    rank = np.empty(ny * nx, dtype=int)
    rank[order] = np.arange(ny * nx)
    return (rank * STEPS // (ny * nx) + 1).reshape(ny, nx)


def altered_images(window, heatmap):
    """Make the images of both curves.

    Parameters
    ----------
    window : ndarray, shape (ny, nx, 3), float32, what the network sees
    heatmap : ndarray, shape (ny, nx), float, finite

    Returns
    -------
    deleted, inserted : ndarray, shape (STEPS + 1, ny, nx, 3), float32
        From the image to the blurred one, and from the blurred one to the image.
    """
    base = without_bar(window)
    step = removal_order(heatmap)[np.newaxis, ..., np.newaxis]
    gone = step <= np.arange(STEPS + 1).reshape(-1, 1, 1, 1)
    return np.where(gone, base, window), np.where(gone, window, base)


def areas_under_curves(window, heatmap, predict):
    """Return the areas under the curves of deletion and insertion.

    Parameters
    ----------
    window, heatmap : see `altered_images`
    predict : callable, of images (m, ny, nx, 3), float32; gives the vote (m,)

    Returns
    -------
    deletion, insertion : float
        Mean vote along each curve, by the trapezoidal rule over the share of the pixels. NaN where
        the map is not finite. A good map has a low deletion and a high insertion.
    """
    if not np.isfinite(heatmap).all():
        return np.nan, np.nan
    votes = predict(np.concatenate(altered_images(window, heatmap))).reshape(2, STEPS + 1)
    deletion, insertion = np.trapezoid(votes, dx=1 / STEPS, axis=1)
    return float(deletion), float(insertion)
