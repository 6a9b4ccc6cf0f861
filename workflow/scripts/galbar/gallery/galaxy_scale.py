"""The scale bar of a galaxy in the gallery."""

import numpy as np

from galbar.figures.style import nice_length
from galbar.lengths.units import PETROR90_PER_PIXEL

# Of the width of the picture at most.
_SHARE = 1 / 3


def scale_bars(petror90, width):
    """Return scale bars of round lengths, one per galaxy.

    Parameters
    ----------
    petror90 : array_like, shape (n,) [arcsec]; NaN where unknown
    width : float, of the picture [px of the 424 px image]

    Returns
    -------
    length_px : ndarray, shape (n,) [px of the 424 px image]
    text : list of str, length n
        In arcsec; where the size is unknown in units of petroR90, to which each image is scaled.
    """
    longest = _SHARE * width * PETROR90_PER_PIXEL
    lengths, texts = [], []
    for radius in np.asarray(petror90, dtype=float):
        if np.isfinite(radius) and radius > 0:
            arcsec = nice_length(longest * radius)
            lengths.append(arcsec / (PETROR90_PER_PIXEL * radius))
            texts.append(f"{arcsec:g}\N{DOUBLE PRIME}")
        else:
            share = nice_length(longest)
            lengths.append(share / PETROR90_PER_PIXEL)
            texts.append(f"{share:g} R90")
    return np.array(lengths), texts
