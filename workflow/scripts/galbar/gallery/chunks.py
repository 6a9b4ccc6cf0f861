"""Numbers and texts of galaxies as scripts that the page loads one after another.

A page that is opened from disk may load scripts and pictures, and nothing else: each chunk is a
call of a function of the page, with columns as JSON.
"""

import json
import math

import pandas as pd

from galbar.gallery.columns import describe, is_number

#: Galaxies of one chunk.
ROWS_PER_CHUNK = 5000

_WHOLE_DIGITS = 15


def as_script(function, *arguments):
    """Return a script that calls a function of the page with values.

    Texts are data, wherever the script stands: in a page of HTML "</script>" would end it, and some
    line ends of Unicode would break it.
    """
    values = [json.dumps(value, allow_nan=False, separators=(",", ":")) for value in arguments]
    text = ",".join(values).replace("<", "\\u003c").replace(">", "\\u003e")
    return f"{function}({text});\n"


def describe_columns(frame):
    """Return name, label, unit, and whether there are numbers and a slider, of each column."""
    return [
        {
            "name": name,
            "label": describe(name).label,
            "unit": describe(name).unit,
            "number": is_number(frame[name]),
            "slider": describe(name).slider and _has_numbers(frame[name]),
        }
        for name in frame
    ]


def list_chunks(frame, rows=ROWS_PER_CHUNK):
    """Yield the rows of a table from `galbar.gallery.columns.gallery_columns` in chunks.

    Yields a dict of column to list; what is not finite is None.
    """
    for start in range(0, len(frame), rows):
        part = frame.iloc[start : start + rows]
        yield {name: _plain(part[name], describe(name).digits) for name in frame}


def _has_numbers(column):
    """Return whether there is any number in a column, which may be all empty."""
    return is_number(column) and bool(column.notna().any())


def _plain(column, digits):
    """Return the values of a column for JSON, numbers with some significant digits.

    Whole numbers have all that JavaScript's numbers hold.
    """
    if is_number(column):
        digits = _WHOLE_DIGITS if pd.api.types.is_integer_dtype(column) else digits
        return [_rounded(value, digits) for value in column.to_numpy(dtype=float)]
    return ["" if value is None or value != value else str(value) for value in column]


def _rounded(value, digits):
    if not math.isfinite(value):
        return None
    rounded = float(f"{value:.{digits}g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e15 else rounded
