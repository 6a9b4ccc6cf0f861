"""Mask criteria: which pixels of a prepared heat map belong to the bar.

In come a prepared map and settings; out goes one mask per setting. Each criterion is one record
(`Criterion`) in a module of its own and one line in `registry.CRITERIA`; grids, the configuration,
columns of tables and documentation follow from the record. A user's own criterion is the same
record in a file that ``lengths.criteria`` names.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "contract": ["check_contract"],
        "prepared_map": ["PreparedMap"],
        "record": ["Criterion", "Mask", "Parameter"],
        "registry": ["CRITERIA", "load_criteria", "parameters_of"],
    },
)
