"""Names of the intervals that calibrated lengths have, in every table."""

LEVELS = (0.68, 0.95)
"""Probabilities that the intervals cover."""


def interval_columns(quantity):
    """Return the columns of the intervals of a length: dict, name -> (level, "low" or "high")."""
    return {
        f"{quantity}_{end}{100 * level:.0f}": (level, end)
        for level in LEVELS
        for end in ("low", "high")
    }
