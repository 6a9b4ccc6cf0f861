"""Measure a table of galaxies with a bundle.

`python measure.py TABLE BUNDLE [NAME [IMAGES [SURVEY [FORCE]]]]`; "" stands for what is left out.
Results are in measured/{NAME}, by default called as the table is. What is done is not done again,
but for images with FORCE: any text but "" and 0.
"""

import subprocess
import sys
from pathlib import Path

from galbar.bundle.read import read_manifest
from galbar.bundle.summary import summarise_measured
from galbar.config.measuring import configure_measuring, keep_configuration

ROOT = Path(__file__).resolve().parents[2]


def main(table, bundle, name="", images="", survey="", force=""):
    """Run the workflow; return the exit status."""
    config = configure_measuring(table, bundle, name, images, survey)
    manifest = read_manifest(bundle)
    name = config["catalogues"][0]["name"]
    folder = Path("measured", name)
    file = keep_configuration(config, folder)
    command = [sys.executable, "-m", "snakemake", "--profile", ROOT / "profiles/measure"]
    command += ["--snakefile", ROOT / "Snakefile", "--directory", folder, "--configfile", file]
    if force not in ("", "0"):
        command += ["--forcerun", "make_stamps", *(["download_images"] if survey else [])]
    status = subprocess.run(command).returncode
    if not status:
        print(summarise_measured(folder / "results", name, manifest))
    return status


if __name__ == "__main__":
    if not 3 <= len(sys.argv) <= 7:
        sys.exit("usage: measure.py TABLE BUNDLE [NAME [IMAGES [SURVEY [FORCE]]]]")
    try:
        sys.exit(main(*sys.argv[1:]))
    except (OSError, ValueError) as error:
        sys.exit(f"measure.py: {error}")
