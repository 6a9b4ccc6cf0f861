"""The image without what is looked for: what integrated gradients and occlusion compare with."""

import numpy as np
from scipy import ndimage


def blurred(windows, sigma):
    """Blur windows (n, ny, nx, nc), edges continued; float32.

    ``sigma`` is the standard deviation of the Gaussian [px]. The light and the colours of the
    galaxy stay, and so does what they say of it; its bar, arms and rings are gone.
    """
    return ndimage.gaussian_filter(
        np.asarray(windows, np.float32), (0, sigma, sigma, 0), mode="nearest"
    )
