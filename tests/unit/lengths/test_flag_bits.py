"""Bits that say what speaks against a length."""

import numpy as np
import pandas as pd
import pytest

from galbar.lengths.flag_bits import BITS, Doubt, add_flag_bits, flag_bits


def galaxy(**values):
    trusted = {"length_px": 50.0, "flag": "ok", "calibration_flag": "", "petror90_from": "table"}
    trusted |= {"covered": 1.0, "outside_training": "", "bar": "yes", "p_edge_on": 0.1}
    trusted |= {"verdict": ""}
    return trusted | values


@pytest.mark.parametrize(
    ("values", "bits"),
    [
        ({}, 0),
        ({"petror90_from": "image"}, 1),
        ({"length_px": np.nan, "flag": "flat map"}, 2 + 4),
        ({"flag": "no stop"}, 4),
        ({"calibration_flag": "outside the calibration"}, 8),
        ({"bar": "no"}, 16),
        ({"bar": "unsure"}, 32),
        ({"p_edge_on": 0.51}, 64),
        ({"p_edge_on": np.nan}, 0),
        ({"covered": 0.9}, 128),
        ({"outside_training": "faint; noisy"}, 256 + 2048),
        ({"outside_training": "bright; smooth"}, 512 + 1024),
        ({"outside_training": "grey"}, 32768),
        ({"outside_training": "faint; bluer; blurred"}, 256 + 65536 + 262144),
        ({"outside_training": "redder; sharp"}, 131072 + 524288),
        ({"outside_training": "of another kind"}, 4096),
        ({"verdict": "bad"}, 8192),
        ({"verdict": "no bar"}, 16384),
        ({"verdict": "good"}, 0),
    ],
)
def test_each_doubt_has_its_bit(values, bits):
    table = pd.DataFrame([galaxy(), galaxy(**values)])
    assert flag_bits(table).tolist() == [0, bits]
    result = add_flag_bits(table)
    # A measured size and a single band are notes, and no doubts.
    assert result["recommended"].tolist() == [True, bits in (0, 1)]
    assert list(result)[2:5] == ["calibration_flag", "flag_bits", "recommended"]


def test_catalogues_without_images_of_any_survey_have_fewer_doubts():
    table = pd.DataFrame([galaxy()])[["length_px", "flag", "calibration_flag"]]
    assert flag_bits(table).tolist() == [0]


def test_bits_keep_their_values():
    """Other programs have them in their selections."""
    assert [int(bit) for bit in Doubt] == [2**power for power in range(20)]
    assert BITS.startswith("1 size measured, 2 no length, 4 setting, 8 outside calibration, 16 no")
