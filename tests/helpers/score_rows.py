"""Rows of tables of scores."""


def row_of(table, estimator, sample="common", quantity="length_kpc_h"):
    """Pick the one row of an estimator, sample and quantity."""
    rows = table[
        (table["estimator"] == estimator)
        & (table["sample"] == sample)
        & (table["quantity"] == quantity)
    ]
    assert len(rows) == 1
    return rows.iloc[0]
