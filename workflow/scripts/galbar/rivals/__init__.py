"""Rivals: bar lengths of the same galaxies by other people's methods, without our networks.

In come the catalogue with its images, and tables of lengths by other methods; out go tables and
files with the lengths of each method as they are, calibrated on nothing, to be scored beside those
of the heat maps.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "ellipse_table": ["measure_ellipses"],
        "external_columns": ["external_problems"],
        "external_table": ["read_external"],
        "image_lengths": ["measure_images"],
    },
)
