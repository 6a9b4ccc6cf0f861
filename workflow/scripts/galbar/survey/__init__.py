"""A simulated survey of galaxies with bars of known length, in the published data layout.

In come the numbers of galaxies and a seed; out go images, votes of simulated volunteers, the
published tables, and the truth that only the validation reads.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "build": ["simulate_survey"],
        "completeness": ["simulate_completeness"],
        "cutouts": ["draw_cutout"],
        "example": ["write_example"],
        "imaging": ["Telescope"],
        "same_sky": ["photograph"],
        "scales": ["PIXEL_SCALE"],
    },
)
