"""Groups of settings whose importance is measured, see `galbar.calibration.importance`.

Apart from the estimator, so that the figure of them needs none of its packages.
"""

import json

import numpy as np

GROUPINGS = ("model", "criterion", "kind", "maps", "xinput", "smoothing")
"""What settings are grouped by: keys of their names, see `galbar.calibration.features`."""
EVERYTHING = "all"
"""The group of all settings: what lengths that say nothing of their galaxy would cost."""


def list_groups(names):
    """List grouping, group and its columns; first all settings together.

    `names` are the columns' JSON texts. A grouping with one group only is left out.
    """
    settings = [json.loads(name) for name in names]
    groups = [(EVERYTHING, EVERYTHING, np.arange(len(names)))]
    for grouping in GROUPINGS:
        values = [json.dumps(setting[grouping]).strip('"') for setting in settings]
        distinct = list(dict.fromkeys(values))
        if len(distinct) > 1:
            groups += [
                (grouping, value, np.flatnonzero(np.array(values) == value)) for value in distinct
            ]
    return groups
