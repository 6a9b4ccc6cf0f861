"""Rivals: bar lengths of the same galaxies by other people's methods, without a network.

In come the catalogue and its images; out goes a table with the lengths of each method as they are,
calibrated on nothing, to be scored beside those of the heat maps.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={"ellipse_table": ["measure_ellipses"]},
)
