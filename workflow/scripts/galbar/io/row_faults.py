"""What is wrong with single rows of a table, where the others are to be used."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from galbar.io.csv_columns import Column, is_number, quote_value

if TYPE_CHECKING:
    import pandas as pd


def row_faults(
    frame: "pd.DataFrame",
    columns: Mapping[str, Column],
    unreadable: Mapping[str, Mapping[int, str]],
) -> "pd.Series":
    """Say of each row of a table which value is not as expected.

    Parameters
    ----------
    frame : DataFrame, n rows; its index counts what the index's name says, "line" or "row"
    columns : mapping of str to Column, of the frame
    unreadable : mapping of str to mapping
        Column -> index of a row -> the text of a cell that should be a number and is none.

    Returns
    -------
    Series of str, shape (n,)
        "line 3, column redshift: found 7523, expected ..." of a row's first fault; "" of none.
    """
    import pandas as pd

    faults = np.full(len(frame), "", dtype=object)
    for name, column in columns.items():
        texts = unreadable.get(name, {})
        values = frame[name].to_numpy()
        bad = ~column.valid(values) | frame.index.isin(list(texts))
        for row in np.flatnonzero(bad & (faults == "")):
            index = frame.index[row]
            faults[row] = (
                f"{frame.index.name} {index}, column {name}: found "
                f"{quote_value(texts.get(index, values[row]))}, expected {column.expected}"
            )
    return pd.Series(faults, index=frame.index)


def numbers_of_texts(texts: "pd.Series") -> tuple["pd.Series", dict[int, str]]:
    """Return texts as numbers, NaN where nothing is or no number, and the texts that are none."""
    import pandas as pd

    numbers = pd.to_numeric(texts, errors="coerce").astype("float64")
    unclear = texts[numbers.isna()]
    return numbers, {index: text for index, text in unclear.items() if not is_number(text)}
