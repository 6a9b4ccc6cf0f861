"""A simulated survey of galaxies with bars of known length, in the published data layout.

In come the numbers of galaxies and a seed; out go images, votes of simulated volunteers, the
published tables, and the truth that only the validation reads.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "build": ["IMAGE_FOLDERS", "ROLES", "draw_image", "simulate_survey"],
        "components": ["band_fluxes", "render_components", "spiral_pattern"],
        "draw": ["draw_galaxy"],
        "imaging": ["Telescope", "asinh_colours", "compose_rgb", "draw_sky", "observe"],
        "population": [
            "BAR_END",
            "KINDS",
            "Arms",
            "Bar",
            "Bulge",
            "Companion",
            "Disc",
            "Galaxy",
            "Population",
            "Ring",
        ],
        "profiles": ["add_profile", "draw_profile"],
        "projection": ["plane_coordinates", "project_ellipse"],
        "scales": [
            "PETRO_R90_PX",
            "PIXELS_PER_LENGTH_SCALED",
            "PIXEL_SCALE",
            "SIDE",
            "physical_size",
            "pixels_to_kpc",
        ],
        "surroundings": ["add_bright_star", "add_field", "add_point"],
        "tables": [
            "CATALOGUE_COLUMNS",
            "TRUTH_COLUMNS",
            "filename_mapping",
            "hoyle_table",
            "metadata_table",
            "object_ids",
            "truth_table",
            "votes_table",
        ],
        "volunteers": ["answer_probabilities"],
        "vote_simulation": ["draw_volunteers", "simulate_votes"],
    },
)
