"""Tables of galaxies: the published ones, those of a user, and their splits.

In come the published tables and folders of images; out go one table per catalogue with the
galaxies that can be used, the reason for each that cannot, and seeded splits.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "bar_votes": ["bar_shares", "choose_thresholds", "has_bar", "measure_detection"],
        "build": [
            "build_hoyle",
            "build_own",
            "build_test",
            "build_training",
            "collect_galaxies",
            "read_stamped",
            "split_hoyle",
        ],
        "decision_tree": ["ANSWER_LABELS", "BAR", "QUESTIONS", "SUMS", "VOTE_COLUMNS"],
        "gz2_sets": ["build_gz2_test", "build_gz2_training"],
        "own_table": ["check_own_catalogues", "first_image", "image_folder", "is_downloaded"],
        "published_tables": ["HOYLE", "check_headers"],
        "splits": ["control_rows", "is_calibrating", "split_problems", "will_calibrate"],
    },
)
