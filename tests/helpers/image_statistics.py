"""Statistics of light and grain, in which simulated images have to agree with real ones."""

import numpy as np
import pandas as pd

_BORDER = 30
_CENTRE = 10
_LIGHT_RADIUS = 150

STATISTICS = (
    "background",
    "noise",
    "brightest",
    "half_light_radius",
    "centre",
    "red_minus_blue",
    "grain",
)
"""Names of the columns of `image_statistics`."""


def image_statistics(images):
    """Measure light and grain of RGB images.

    Parameters
    ----------
    images : iterable of ndarray, shape (ny, nx, 3), uint8
        At least 61 px on a side.

    Returns
    -------
    pandas.DataFrame
        One row per image, of the mean over RGB in 0 to 255 unless noted:

        - ``background``: median of a border 30 px wide;
        - ``noise``: 1.48 x the median absolute deviation there;
        - ``brightest``: maximum over all pixels and channels;
        - ``half_light_radius``: radius around the image's centre that holds half of the light
          above the background within 150 px [px]; NaN if there is none;
        - ``centre``: mean of the central 20 x 20 px;
        - ``red_minus_blue``: red minus blue there;
        - ``grain``: correlation of border pixels 4 px apart along a row, without the brightest
          5 % of them.
    """
    rows = [_one_image(np.asarray(image)) for image in images]
    return pd.DataFrame(rows, columns=list(STATISTICS))


def _one_image(image):
    mean = image.mean(axis=2)
    frame = np.ones(mean.shape, dtype=bool)
    frame[_BORDER:-_BORDER, _BORDER:-_BORDER] = False
    border = mean[frame]
    background = float(np.median(border))
    noise = 1.48 * float(np.median(np.abs(border - background)))
    ny, nx = mean.shape
    centre = image[
        ny // 2 - _CENTRE : ny // 2 + _CENTRE, nx // 2 - _CENTRE : nx // 2 + _CENTRE
    ].astype(float)
    return (
        background,
        noise,
        float(image.max()),
        _half_light_radius(np.maximum(mean - background, 0)),
        float(centre.mean()),
        float((centre[..., 0] - centre[..., 2]).mean()),
        _grain(mean),
    )


def _half_light_radius(light):
    ny, nx = light.shape
    y, x = np.indices(light.shape)
    radius = np.hypot(y - (ny - 1) / 2, x - (nx - 1) / 2)
    near = radius <= _LIGHT_RADIUS
    order = np.argsort(radius[near], kind="stable")
    growth = np.cumsum(light[near][order])
    if growth[-1] <= 0:
        return float("nan")
    place = int(np.searchsorted(growth, growth[-1] / 2))
    return float(radius[near][order][min(place, len(order) - 1)])


def _grain(mean, lag=4):
    """Correlation of pairs of border pixels, sources left out."""
    strips = np.concatenate([mean[:_BORDER], mean[-_BORDER:]])
    first, second = strips[:, :-lag].ravel(), strips[:, lag:].ravel()
    limit = np.percentile(strips, 95)
    faint = (first <= limit) & (second <= limit)
    if np.ptp(first[faint]) == 0 or np.ptp(second[faint]) == 0:
        return float("nan")
    return float(np.corrcoef(first[faint], second[faint])[0, 1])
