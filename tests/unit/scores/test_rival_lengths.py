"""Errors of lengths by another method: given, missing, or none at all."""

import numpy as np
import pandas as pd
import pytest

from galbar.scores.rival_lengths import external_lengths

AS_GIVEN = "lengths by another method, as given: masks"


def external(error_kpc_h, error_scaled):
    """Return a table of four galaxies, of which the last has no length."""
    table = {"length_kpc_h": [4.0, 6.0, 8.0, np.nan], "length_scaled": [0.2, 0.3, 0.4, np.nan]}
    return pd.DataFrame(table | {"error_kpc_h": error_kpc_h, "error_scaled": error_scaled})


def test_a_missing_error_is_the_median_of_those_given():
    """As 0 it would weigh more than any other."""
    lengths = external_lengths("masks", external([0.2, np.nan, 0.6, np.nan], [np.nan] * 4))
    np.testing.assert_allclose(lengths.sigma["length_kpc_h"][:3], [0.2, 0.4, 0.6])
    # Nothing is known of any: the catalogue's error alone weighs.
    assert lengths.sigma["length_scaled"].tolist() == [0] * 4
    expected = f"{AS_GIVEN}; errors that are missing are the median of those given"
    assert lengths.description == expected


@pytest.mark.parametrize("errors", [[np.nan] * 4, [0.2, 0.3, 0.4, np.nan]])
def test_nothing_is_said_where_no_error_is_filled_in(errors):
    lengths = external_lengths("masks", external(errors, errors))
    assert lengths.description == AS_GIVEN
    np.testing.assert_allclose(lengths.sigma["length_kpc_h"][:3], np.nan_to_num(errors[:3]))
