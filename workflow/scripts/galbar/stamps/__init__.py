"""Stamps: images of any survey as a network's input, in its geometry and its colours.

In come rows of a user's table and image files in any format, scale, orientation and unit; out go
images as those that the networks were trained on, and what was measured on the way.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "colours": [
            "SOFTENING",
            "STRETCH",
            "asinh_colours",
            "colours_as_numbers",
            "light_of_colours",
            "measure_light",
            "read_colours",
        ],
        "image_files": ["read_survey_image"],
        "make": ["calibrate_catalogue", "make_stamps", "tabulate_stamps"],
        "observe": ["Recipe", "STAMP_IN_PETROR90"],
        "rows": ["as_rows", "read_rows", "stamp_side"],
        "training_light": [
            "measure_training_light",
            "read_ranges",
            "read_training_light",
            "showing_discs",
        ],
    },
)
