"""Published files: fetched into the data directory, checked, and the same from then on.

In come descriptions of files (config/datasets.yaml) with the addresses that have them; out go the
files where the workflow expects them, and a lock file with the checksums of what was fetched.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "dataset": ["CHECKSUM", "Dataset", "Download"],
        "fetch": ["fetch_datasets"],
    },
)
