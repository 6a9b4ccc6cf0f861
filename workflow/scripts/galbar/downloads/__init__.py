"""Cutouts of a user's galaxies from public services, by position: fetched once, politely.

In come rows of a user's table with ra and dec, and a service that the configuration names; out go
image files that have been checked, and the table with their paths, or with why there is none.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "catalogue": ["download_catalogue"],
        "client": ["Client", "Pace"],
        "cutouts": ["Source"],
        "services": ["ENDPOINT_FIELDS"],
        "templates": ["SIZES", "TEMPLATE_FIELDS", "fields_of", "template_problem"],
    },
)
