"""The gallery: a page of a catalogue's galaxies, to be opened from disk and sent around.

In come the table of bar lengths, images and heat maps; out go sheets of small pictures, the numbers
in chunks that the page loads when it needs them, and the page itself.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "folder": ["write_gallery"],
        "page_files": ["PAGE_FILES"],
        "pictures": ["MaskedMaps", "draw_pictures"],
        "sheets": ["write_sheets"],
        "shown_setting": ["pick_heatmaps", "setting_in_words"],
        "view": ["view_of"],
    },
)
