"""Measure a table of galaxies with a bundle: `python measure.py TABLE BUNDLE [NAME] [IMAGES]`.

Results are in measured/{NAME}, by default called as the table is. What is done is not done again.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

from galbar.bundle.read import read_manifest
from galbar.bundle.summary import summarise_measured

ROOT = Path(__file__).resolve().parents[2]


def main(table, bundle, name="", images=""):
    """Run the workflow; return the exit status."""
    name = name or re.sub(r"[^A-Za-z0-9_-]+", "_", Path(table).name.partition(".")[0])
    catalogue = {"name": name, "table": str(Path(table).resolve()), "formats": ["fits", "reg"]}
    if images:
        catalogue["images"] = str(Path(images).resolve())
    config = {
        "bundle": str(Path(bundle).resolve()),
        "catalogues": [catalogue],
        "devices": {"without_gpu": "cpu"},
    }
    manifest = read_manifest(bundle)
    folder = Path("measured", re.sub(r"[^A-Za-z0-9_-]", "_", name))
    folder.mkdir(parents=True, exist_ok=True)
    # JSON is YAML, and quotes whatever a path holds.
    (folder / "config.yaml").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "snakemake", "--profile", ROOT / "profiles/measure"]
    command += ["--snakefile", ROOT / "Snakefile", "--directory", folder]
    status = subprocess.run([*command, "--configfile", folder / "config.yaml"]).returncode
    if not status:
        print(summarise_measured(folder / "results", name, manifest))
    return status


if __name__ == "__main__":
    if not 3 <= len(sys.argv) <= 5:
        sys.exit("usage: measure.py TABLE BUNDLE [NAME] [IMAGES]")
    try:
        sys.exit(main(*sys.argv[1:]))
    except (OSError, ValueError) as error:
        sys.exit(f"measure.py: {error}")
