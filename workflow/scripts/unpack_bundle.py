"""Unpack a bundle, every part of it checked."""

from galbar.jobs.start import snakemake

import logging

from galbar.bundle.read import unpack_bundle

logger = logging.getLogger(__name__)


def main(bundle, targets):
    """Write the parts of the file ``bundle``; ``targets``: name of a part -> path."""
    manifest = unpack_bundle(bundle, targets)
    logger.info("unpacked %d parts of %s", len(targets), bundle)
    made_with = ", ".join(f"{name} {text}" for name, text in manifest["versions"].items())
    logger.info("made by galbar %s; networks trained with %s", manifest["galbar"], made_with)


if __name__ == "__main__":
    main(
        snakemake.input.bundle,
        dict(zip(snakemake.params.names, snakemake.output.parts, strict=True)),
    )
