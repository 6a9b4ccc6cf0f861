# What a bundle takes from a run, and what of a run it takes the place of: as in inputs.smk.
from galbar.bundle.contents import (
    OPTIONAL,
    expected_parts,
    has_plan,
    parts_of,
    unpacked_path,
    without_bundle,
)
from galbar.bundle.read import read_manifest
from galbar.bundle.sections import sections_of
from galbar.bundle.source import local_bundle

# What lengths depend on.
CONFIGURATION = sections_of(config)
# The bundle that galaxies are measured with, if one is given, and its parts: by their paths in
# the run that made it. Not those of this configuration, which may set what is free.
BUNDLE = local_bundle(config["bundle"]) if BUNDLED else None
UNPACKED = parts_of(read_manifest(BUNDLE)) if BUNDLED else []
# Those of the bundle of this run.
PARTS = [
    *expected_parts(CONFIGURATION),
    *(OPTIONAL if COMPLETENESS in OWN_CATALOGUES else []),
]


def from_run(path):
    """Return the path of what a run has learned: its own, or where its bundle is unpacked."""
    return unpacked_path(path) if BUNDLED else path


# Why this run has no bundle, or "": it would need a user's code.
NO_BUNDLE = without_bundle(config["lengths"]["criteria"])


def get_bundle():
    """Return the bundle of this run, or none."""
    return [] if NO_BUNDLE else ["results/bundle.zip"]


def get_bundle_parts(wildcards):
    """Return the files that a bundle is made of: before anything is trained for one in vain."""
    if NO_BUNDLE:
        raise WorkflowError(NO_BUNDLE)
    return PARTS
