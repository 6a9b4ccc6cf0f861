"""Make the example that ships: `python make_example.py demo/results/bundle.zip examples`."""

import shutil
import sys
from pathlib import Path

from galbar.bundle.read import read_manifest
from galbar.survey.example import write_example

LARGEST = 4_000_000


def main(bundle, folder):
    """Copy a bundle, and draw galaxies that it has not seen."""
    read_manifest(bundle)
    size = Path(bundle).stat().st_size
    if size > LARGEST:
        raise ValueError(f"{bundle}: found {size} bytes, expected at most {LARGEST}: it ships")
    write_example(folder)
    shutil.copyfile(bundle, Path(folder, "bundle.zip"))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: make_example.py BUNDLE FOLDER")
    try:
        main(*sys.argv[1:])
    except (OSError, ValueError) as error:
        sys.exit(f"make_example.py: {error}")
