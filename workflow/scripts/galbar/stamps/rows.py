"""Galaxies of a user's table as `galbar.stamps` takes them, and the size of their stamps."""

from galbar.io.images import canvas_shape
from galbar.io.result_tables import read_result_table


def read_rows(path):
    """Read a table of the rule read_own_table, see `as_rows`, without the rows with a fault."""
    frame = read_result_table(path)
    return as_rows(frame[frame["fault"] == ""])


def as_rows(frame):
    """Return the rows of a table as dicts, name of a column -> value."""
    return frame.to_dict("records")


def stamp_side(image):
    """Return the side of stamps [px] for the section ``image``: height, width and crop."""
    return canvas_shape(**image)[0]
