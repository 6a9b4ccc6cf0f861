"""Pixels on a line, by the elongation of their second moments.

The same scan as the published one, stopped by the elongation (l1 - l2) / (l1 + l2) of the second
moments of *all* pixels above the threshold, connected or not. It does not depend on the position
angle, and equals ``|r|`` for a bar at 45 degrees.
"""

from galbar.lengths.criteria.record import Criterion, Parameter
from galbar.lengths.criteria.threshold_scan import LEN_THRESHOLD


def isolate(prepared, settings):
    """Return the mask at which the scan of each setting stops."""
    return prepared.stop_scan(
        "elongation",
        [setting["elongation_threshold"] for setting in settings],
        [setting["len_threshold"] for setting in settings],
    )


ELONGATION = Criterion(
    name="elongation",
    description="second moments",
    parameters=(
        Parameter(
            name="elongation_threshold",
            description="elongation stops above this (l1 - l2) / (l1 + l2)",
            grid=(0.6, 0.7, 0.8, 0.9),
            above=0,
            below=1,
        ),
        LEN_THRESHOLD,
    ),
    isolate=isolate,
)
