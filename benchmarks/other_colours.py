"""Lengths in the colours of other surveys: a finished demo measures its own test galaxies anew.

Usage, from the root of the repository, after ``make demo``::

    .venv/bin/python benchmarks/other_colours.py [--demo demo] [--configfile overlay.yaml]

The galaxies of the test set are drawn again in two ways that the networks were not trained on, and
measured as a user's own catalogues: grey and dark (one band, a linear scale), and bright and pale
(a deeper survey's scale, with its background and grain). Printed are Pearson's r with the true
lengths, slope, median ratio, mean absolute error, and the shares of the intervals that hold the
truth. ``--configfile`` names what the demo's configuration was changed by, if it was.
"""

import argparse
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from machine import describe_machine
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build/other_colours"
LUMA = (0.2989, 0.5870, 0.1140)
# Pixels of the 424 px image per unit of `length_scaled` (docs/data.md).
PIXELS = 126


def grey_and_dark(image, rng):
    """Show one band on a scale that is closer to a linear one; ``image`` is 0 to 1."""
    return np.repeat((image @ LUMA)[..., np.newaxis] ** 1.7, 3, axis=-1)


def bright_and_pale(image, rng):
    """Show faint light brighter, in weak colours, with a background of 17 and noise of 8 of 255."""
    grey = (image @ LUMA)[..., np.newaxis]
    shown = 0.055 + 0.945 * np.clip(1.1 * (0.65 * grey + 0.35 * image), 0, 1) ** 0.7
    grain = np.kron(rng.standard_normal((212, 212, 3)), np.ones((2, 2, 1))) * 8 / 255
    return shown + 0.6 * grain + 0.4 * grain.mean(axis=-1, keepdims=True)


LOOKS = {"grey_and_dark": grey_and_dark, "bright_and_pale": bright_and_pale}


def draw_looks(results, folder):
    """Write images and tables of the test galaxies; return the catalogues' entries."""
    table = pd.read_csv(results / "catalogues/hoyle_split.csv")
    table = table[table["split"] == "test"]
    entries = []
    for name, look in LOOKS.items():
        images = folder / name
        images.mkdir(parents=True)
        for galaxy, image in zip(table["galaxy_id"], table["image"], strict=True):
            pixels = np.asarray(Image.open(results / "survey" / image)) / 255
            changed = look(pixels, np.random.default_rng(galaxy))
            bytes_ = np.uint8(255 * np.clip(changed, 0, 1) + 0.5)
            Image.fromarray(bytes_).save(images / Path(image).name, quality=92)
        own = table[["galaxy_id", "image", "redshift", "petror90_r"]]
        own = own.assign(image=[Path(image).name for image in own["image"]])
        own.to_csv(folder / f"{name}.csv", index=False)
        entries.append({"name": name, "table": str(folder / f"{name}.csv"), "images": str(images)})
    return entries


def describe(lengths, true_px):
    """Return a row of the table: `lengths` as in barlengths_*.csv, the truth in pixels."""
    px = lengths["length_px"].to_numpy()
    measured = np.isfinite(px)
    px, true = px[measured], true_px[measured]
    row = {"n": len(lengths), "measured": measured.sum(), "r": np.corrcoef(px, true)[0, 1]}
    row |= {"slope": np.polyfit(true, px, 1)[0], "ratio": np.median(px / true)}
    row["MAE px"] = np.abs(px - true).mean()
    for level in (68, 95):
        low, high = (lengths[f"length_px_{end}{level}"] for end in ("low", "high"))
        row[f"{level} % holds"] = ((low < true_px) & (true_px < high)).mean()
    return row


def main():
    """Measure the demo's test galaxies as drawn, and in every other look; print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--demo", type=Path, default=ROOT / "demo")
    parser.add_argument("--configfile", type=Path)
    options = parser.parse_args()
    shutil.rmtree(FOLDER, ignore_errors=True)
    copy = FOLDER / "demo"
    for name in ("results", ".snakemake"):
        shutil.copytree(options.demo / name, copy / name)
    overlay = FOLDER / "looks.yaml"
    entries = draw_looks(copy / "results", FOLDER)
    overlay.write_text(yaml.safe_dump({"catalogues": entries}), encoding="utf-8")
    changes = [options.configfile.resolve()] if options.configfile else []
    command = [ROOT / ".venv/bin/snakemake", "--profile", "profiles/demo", "--directory", copy]
    command += ["--configfile", "config/demo.yaml", *changes, overlay]
    command += ["--rerun-triggers", "mtime", "--quiet", "all", "--"]
    targets = [f"results/barlengths_{name}.csv" for name in LOOKS]
    subprocess.run([*command, *targets], cwd=ROOT, check=True)

    truth = pd.read_csv(copy / "results/survey/truth.csv").set_index("galaxy_id")
    as_drawn = pd.read_csv(copy / "results/barlengths_hoyle.csv")
    tables = {"as drawn": as_drawn[as_drawn["split"] == "test"]}
    tables |= {name: pd.read_csv(copy / f"results/barlengths_{name}.csv") for name in LOOKS}
    rows = {
        name: describe(
            lengths, PIXELS * truth["length_scaled_true"].loc[lengths["galaxy_id"]].to_numpy()
        )
        for name, lengths in tables.items()
    }
    print(describe_machine())
    print(pd.DataFrame(rows).T.to_string(float_format="%.3f"))


if __name__ == "__main__":
    main()
