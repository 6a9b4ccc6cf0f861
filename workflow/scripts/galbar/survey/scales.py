"""Scales of the simulated images, on top of those of the measurements (`galbar.lengths.units`)."""

from galbar.io.images import IMAGE_SIDE
from galbar.lengths.units import (
    PETROR90_PER_PIXEL,
    arcsec_from_pixels,
    kpc_h_from_arcsec,
    scaled_from_pixels,
)

SIDE = IMAGE_SIDE
"""Side of the images [px]."""

PIXEL_SCALE = 0.396
"""Side of a pixel of the SDSS camera [arcsec]."""

PETRO_R90_PX = 1 / PETROR90_PER_PIXEL
"""petroR90 in every image [px] (Willett et al. 2013)."""

PIXELS_PER_LENGTH_SCALED = 1 / float(scaled_from_pixels(1))
"""Pixels of the 424 px image per unit of the catalogue's ``length_scaled``."""

# The universe that the survey is drawn in; measuring it may assume another one.
_OMEGA_M = 0.3


def pixels_to_kpc(length, petror90, redshift):
    """Convert lengths in the 424 px image [px], with ``petror90`` [arcsec], to [kpc/h]."""
    return kpc_h_from_arcsec(arcsec_from_pixels(length, petror90), redshift, _OMEGA_M)


def physical_size(petror90, redshift):
    """Return the length of a bar with ``length_scaled`` = 1 [kpc/h]; see `pixels_to_kpc`."""
    return pixels_to_kpc(PIXELS_PER_LENGTH_SCALED, petror90, redshift)
