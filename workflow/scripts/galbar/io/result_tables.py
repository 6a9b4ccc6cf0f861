"""Tables that the workflow has written, read back as what they were written from.

A column means, and so is, the same in every table: ids are integers of 64 bits and names are texts,
even if all of them look like numbers or like what pandas takes for a missing value (an image
called 000123 or NA).
"""

from galbar.io.csv_columns import find_columns, read_header

_INTEGERS = ("galaxy_id", "asset_id")
_TEXTS = (
    "altered",
    "attribution",
    "bar",
    "calibration",
    "calibration_flag",
    "candidate",
    "check",
    "control_split",
    "criterion",
    "deprojection_flag",
    "description",
    "direction",
    "estimator",
    "expected_bias_flag",
    "fault",
    "flag",
    "id",
    "image",
    "kind",
    "map",
    "mask",
    "measure",
    "model",
    "not_downloaded",
    "note",
    "other",
    "outside_training",
    "petror90_from",
    "property",
    "quantity",
    "reason",
    "sample",
    "set",
    "setting",
    "split",
    "statistic",
    "verdict",
)


def read_result_table(path, columns=None, rows=None):
    """Read a table that a rule of the workflow has written.

    Parameters
    ----------
    path : str or Path, CSV file
    columns : sequence of str, optional, those to be read; None: all
    rows : int, optional, how many to read from the top; None: all

    Returns
    -------
    pandas.DataFrame
        Ids are int64, texts are str ("" where there is none), other columns as pandas finds them,
        NaN where a cell is empty.

    Raises
    ------
    FileNotFoundError : if there is no such file
    ValueError : if a column is missing, or a cell is not of its type; names the file
    """
    # Imported here: this package is imported each time that the workflow is parsed.
    import pandas as pd

    if columns is not None:
        find_columns(path, columns)
    # A user's table names an image of each band.
    texts = [*_TEXTS, *(name for name in read_header(path) if name.startswith("image_"))]
    types = {**dict.fromkeys(_INTEGERS, "int64"), **dict.fromkeys(texts, "str")}
    try:
        # Only an empty cell is a missing value: that is how they are written.
        table = pd.read_csv(
            path, usecols=columns, nrows=rows, dtype=types, keep_default_na=False, na_values=[""]
        )
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{path}: {error}") from error
    return table.fillna(dict.fromkeys((name for name in texts if name in table), ""))
