"""All that speaks against a length, as the bits of one number beside the words of other columns."""

from enum import IntFlag

import numpy as np


class Doubt(IntFlag):
    """What the bits of ``flag_bits`` mean; those of `NOTES` are no doubt."""

    SIZE_MEASURED = 1
    NO_LENGTH = 2
    SETTING = 4
    OUTSIDE_CALIBRATION = 8
    NO_BAR = 16
    UNSURE = 32
    EDGE_ON = 64
    NOT_COVERED = 128
    FAINT = 256
    BRIGHT = 512
    SMOOTH = 1024
    NOISY = 2048
    OTHER_IMAGE = 4096
    JUDGED_BAD = 8192
    JUDGED_NO_BAR = 16384
    GREY = 32768
    BLUER = 65536
    REDDER = 131072
    BLURRED = 262144
    SHARP = 524288


BITS = ", ".join(f"{bit.value} {bit.name.lower().replace('_', ' ')}" for bit in Doubt)
"""All bits with their meaning in words."""

NOTES = Doubt.SIZE_MEASURED
"""Bits that are worth a note, and no reason not to trust a length."""

#: Smallest share of what the networks see that an image must cover.
LEAST_COVERED = 0.95
#: From this predicted share on a disc is seen from its edge: most would not be asked for a bar.
MOST_EDGE_ON = 0.5

_OF_IMAGES = {
    "faint": Doubt.FAINT,
    "bright": Doubt.BRIGHT,
    "smooth": Doubt.SMOOTH,
    "noisy": Doubt.NOISY,
    "grey": Doubt.GREY,
    "bluer": Doubt.BLUER,
    "redder": Doubt.REDDER,
    "blurred": Doubt.BLURRED,
    "sharp": Doubt.SHARP,
}


def flag_bits(table):
    """Return what speaks against each length of a table.

    Parameters
    ----------
    table : pandas.DataFrame, n rows
        length_px, flag and calibration_flag; of a user's own galaxies also petror90_from, covered,
        outside_training, bar, p_edge_on and perhaps verdict.

    Returns
    -------
    ndarray of int64, shape (n,), sums of `Doubt`
    """
    bits = np.zeros(len(table), dtype=np.int64)

    def mark(doubt, name, is_doubtful):
        if name in table:
            bits[is_doubtful(table[name]).to_numpy(dtype=bool)] |= doubt

    mark(Doubt.NO_LENGTH, "length_px", lambda length: length.isna())
    mark(Doubt.SETTING, "flag", lambda text: text != "ok")
    mark(Doubt.OUTSIDE_CALIBRATION, "calibration_flag", lambda text: text != "")
    mark(Doubt.SIZE_MEASURED, "petror90_from", lambda text: text == "image")
    mark(Doubt.NO_BAR, "bar", lambda text: text == "no")
    mark(Doubt.UNSURE, "bar", lambda text: text == "unsure")
    mark(Doubt.EDGE_ON, "p_edge_on", lambda share: share > MOST_EDGE_ON)
    mark(Doubt.NOT_COVERED, "covered", lambda share: share < LEAST_COVERED)
    mark(Doubt.JUDGED_BAD, "verdict", lambda text: text == "bad")
    mark(Doubt.JUDGED_NO_BAR, "verdict", lambda text: text == "no bar")
    if "outside_training" in table:
        for row, text in enumerate(table["outside_training"]):
            for word in filter(None, text.split("; ")):
                bits[row] |= _OF_IMAGES.get(word, Doubt.OTHER_IMAGE)
    return bits


def add_flag_bits(table):
    """Put flag_bits and recommended behind the calibration_flag of a table.

    A length is recommended where no bit but those of `NOTES` is set.
    """
    bits = flag_bits(table)
    result = table.copy()
    first = result.columns.get_loc("calibration_flag") + 1
    columns = {"flag_bits": bits, "recommended": (bits & ~int(NOTES)) == 0}
    for number, (name, values) in enumerate(columns.items()):
        result.insert(first + number, name, values)
    return result
