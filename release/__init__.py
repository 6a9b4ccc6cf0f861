"""Making a release: `make release-prepare VERSION=1.2.0`, then `make release` (CONTRIBUTING.md).

Needs Python's standard library and git, and Snakemake for the dry run of the archive.
"""
