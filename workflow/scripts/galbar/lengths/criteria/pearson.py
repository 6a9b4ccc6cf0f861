"""The published criterion: pixels on a line, by the correlation of their rows and columns.

The threshold rises over `galbar.lengths.criteria.threshold_scan.THRESHOLDS`; it stops at the first
one at which ``|Pearson r of (row, column)|`` of the pixels above it exceeds ``corr_threshold``, or
fewer than ``len_threshold`` pixels are left (Bhambra, Joachimi & Lahav 2022, released code). The
released code normalises the map and then, with ``xinput``, multiplies it by the grey-scale image,
without normalising again (``renormalise=False``).
"""

from galbar.lengths.criteria.record import Criterion, Parameter
from galbar.lengths.criteria.threshold_scan import LEN_THRESHOLD


def isolate(prepared, settings):
    """Return the mask at which the scan of each setting stops."""
    return prepared.stop_scan(
        "correlation",
        [setting["corr_threshold"] for setting in settings],
        [setting["len_threshold"] for setting in settings],
    )


PEARSON = Criterion(
    name="pearson",
    description="published; correlation of rows and columns",
    parameters=(
        Parameter(
            name="corr_threshold",
            description="pearson stops above this correlation of rows and columns",
            grid=(0.7, 0.75, 0.8, 0.85, 0.9),
            above=0,
            at_most=1,
        ),
        LEN_THRESHOLD,
    ),
    isolate=isolate,
    renormalise=False,
)
