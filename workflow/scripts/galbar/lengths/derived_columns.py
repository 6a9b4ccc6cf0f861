"""All columns of a table of bar lengths that follow from its others."""

from galbar.lengths.bar_shape import add_deprojected, add_image_ends, add_shape
from galbar.lengths.expected_bias import add_expected_bias
from galbar.lengths.flag_bits import add_flag_bits
from galbar.lengths.sky_ends import add_sky_ends


def add_derived(table, biases=None):
    """Add the bar's ends, mask's width, lengths in the plane of the disc, flag bits, expected bias.

    ``table`` is from `galbar.lengths.table.add_calibrated`, of a user's own galaxies with the votes
    of `galbar.lengths.table.add_votes`; what it takes and adds: `add_shape`,
    `add_image_ends`, `add_sky_ends`, `add_deprojected`, `add_flag_bits`, `add_expected_bias`, of
    which ``biases`` is.
    """
    with_ends = add_sky_ends(add_image_ends(add_shape(table)))
    with_bits = add_flag_bits(add_deprojected(with_ends))
    return add_expected_bias(with_bits, biases)
