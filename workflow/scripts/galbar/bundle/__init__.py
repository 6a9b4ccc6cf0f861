"""Bundles: what a finished run knows, in one file, to measure other galaxies with.

In come the networks, the calibration and the scores of a run; out goes a ZIP archive with a
manifest and a model card, and from such an archive, of anyone's, the checked files and the
configuration that belongs to them.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "card": ["write_card"],
        "contents": [
            "OPTIONAL",
            "expected_parts",
            "has_plan",
            "parts_of",
            "unpacked_path",
            "without_bundle",
        ],
        "extend": ["extend_bundle"],
        "manifest": ["make_manifest"],
        "read": ["read_manifest", "unpack_bundle"],
        "sections": ["ACCOMPANYING", "FREE_KEYS", "sections_of"],
        "source": ["local_bundle"],
        "summary": ["summarise_measured"],
        "training": ["count_galaxies"],
        "write": ["write_bundle"],
    },
)
