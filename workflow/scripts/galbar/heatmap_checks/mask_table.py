"""The table of masks of bars: which images it names. Read each time that the workflow is parsed."""

import csv
from pathlib import Path

from galbar.io.csv_columns import find_columns

COLUMNS = ("galaxy_id", "mask")
"""Columns of a table of masks."""


def list_masks(path):
    """List the images that a table of masks names, each once, in its order.

    Parameters
    ----------
    path : str or Path, see `galbar.heatmap_checks.bar_masks`

    Returns
    -------
    list of str

    Raises
    ------
    OSError, ValueError : if the table cannot be read, or a column is missing
    """
    column = find_columns(path, COLUMNS)["mask"]
    with open(path, newline="", encoding="utf-8-sig") as file:
        rows = csv.reader(file)
        next(rows)
        names = [row[column].strip() for row in rows if len(row) > column]
    masks = [str(Path(path).parent / name) for name in names if name]
    return list(dict.fromkeys(masks))
