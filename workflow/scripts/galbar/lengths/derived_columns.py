"""All columns of a table of bar lengths that follow from its others."""

from galbar.lengths.bar_shape import add_deprojected, add_image_ends, add_shape
from galbar.lengths.flag_bits import add_flag_bits
from galbar.lengths.sky_ends import add_sky_ends


def add_derived(table):
    """Add the bar's ends, the mask's width, lengths in the plane of the disc and the flag bits.

    ``table`` is from `galbar.lengths.table.add_calibrated`, of a user's own galaxies with the votes
    of `galbar.lengths.table.add_votes`; what it takes and adds: `add_shape`,
    `add_image_ends`, `add_sky_ends`, `add_deprojected`, `add_flag_bits`.
    """
    with_ends = add_sky_ends(add_image_ends(add_shape(table)))
    return add_flag_bits(add_deprojected(with_ends))
