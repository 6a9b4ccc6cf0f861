"""Lengths in other surveys' images: a finished demo measures its own test galaxies anew.

Usage, from the root of the repository, after ``make demo``::

    .venv/bin/python benchmarks/other_surveys.py [--demo demo] [--configfile overlay.yaml]

The galaxies of the test set are drawn again and measured as a user's own catalogues. *Looks* that
the networks were not trained on: grey and dark (one band, a linear scale), and bright and pale (a
deeper survey's scale, with its background and grain), as images of Galaxy Zoo, which are shown to
the networks as they are, and as pictures of a survey. *Cameras* photograph the sky of the first
galaxies: FITS files with world coordinates, pixels of 0.1 to 0.6 arcsec, turned and mirrored, in
three bands or one, of several types of numbers, in units of their own. They see the survey's noise
as a part of the sky (``same_sky``), or have noise of their own (``own_noise``). Printed
are Pearson's r with the true lengths, slope, median ratio, mean absolute error, and the shares of
the intervals that hold the truth; for the cameras also how far lengths are from those of the same
galaxies as drawn (median of the absolute and of the signed relative difference, and below what nine
of ten absolute ones are), and the median error of the position angle on the sky, absolute and
signed. ``--configfile`` names what the demo's configuration was changed by, if it was; ``--seed``
is the survey's.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import yaml
from astropy.io import fits
from machine import describe_machine
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from galbar.io.images import LUMA  # noqa: E402
from galbar.lengths.units import PETROR90_PER_PIXEL, scaled_from_pixels  # noqa: E402
from galbar.survey.same_sky import photograph  # noqa: E402

FOLDER = ROOT / "build/other_surveys"


def grey_and_dark(image, rng):
    """Show one band on a scale that is closer to a linear one; ``image`` is 0 to 1."""
    return np.repeat((image @ LUMA)[..., np.newaxis] ** 1.7, 3, axis=-1)


def bright_and_pale(image, rng):
    """Show faint light brighter, in weak colours, with a background of 17 and noise of 8 of 255."""
    grey = (image @ LUMA)[..., np.newaxis]
    shown = 0.055 + 0.945 * np.clip(1.1 * (0.65 * grey + 0.35 * image), 0, 1) ** 0.7
    grain = np.kron(rng.standard_normal((212, 212, 3)), np.ones((2, 2, 1))) * 8 / 255
    return shown + 0.6 * grain + 0.4 * grain.mean(axis=-1, keepdims=True)


class Camera(NamedTuple):
    """A camera that photographs the survey's sky.

    Pixel scale [arcsec] (None: the survey's own pixels, not turned), planes, type of numbers, unit
    and sky of their own, and the part of the survey's image that is seen, see `photograph`.
    """

    pixel_scale: float | None
    bands: list
    kind: str
    unit: float
    sky: float
    field: float = 1.0


# The finest pixels show the middle alone, which is more than the networks see: all would be large.
_CAMERAS = {
    "0.1": Camera(0.1, [0, 1, 2], ">f4", 1e-9, 0.0, field=0.5),
    "0.262": Camera(0.262, [0, 1, 2], "u2", 3000.0, 1000.0),
    "0.396": Camera(0.396, [0, 1, 2], ">i2", 200.0, 1000.0),
    "0.6": Camera(0.6, [0, 1, 2], ">f8", 40.0, -3.0),
    "0.262_one_band": Camera(0.262, [1], "u2", 3000.0, 1000.0),
}
# Name -> camera and its noise, named as catalogues may be.
CAMERAS = {"same_sky_as_fits": (Camera(None, [0, 1, 2], ">f4", 1.0, 0.0), "survey")}
CAMERAS |= {
    f"{group}_{name.replace('.', '_')}": (camera, noise)
    for group, noise in (("same_sky", "survey"), ("own_noise", "own"))
    for name, camera in _CAMERAS.items()
}

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
        entry = {"name": name, "table": str(folder / f"{name}.csv"), "images": str(images)}
        entries.append({**entry, "geometry": "galaxy_zoo"})
        pictures = f"{name}_as_pictures"
        scaled = own.assign(pixel_scale=PETROR90_PER_PIXEL * own["petror90_r"])
        scaled.to_csv(folder / f"{pictures}.csv", index=False)
        entry |= {"name": pictures, "table": str(folder / f"{pictures}.csv")}
        entries.append(entry)
    return entries


def draw_cameras(results, folder, seed, count):
    """Write FITS files of the first galaxies by cameras, a catalogue each; return the entries."""
    hoyle = pd.read_csv(results / "survey/hoyle_barlengths.csv").head(count)
    entries = []
    for name, (camera, noise) in CAMERAS.items():
        images = folder / name
        images.mkdir(parents=True)
        rows = []
        for index, galaxy_id in enumerate(hoyle["objid"]):
            turn = (0, False) if camera.pixel_scale is None else (37 * index % 360, index % 2 == 1)
            position = hoyle["ra"][index], hoyle["dec"][index]
            galaxy, planes, header = photograph(
                seed, index, position=position, pixel_scale=camera.pixel_scale, rotation=turn[0],
                flip=turn[1], noise=noise, field=camera.field,
            )  # fmt: skip
            numbers = as_numbers(camera.unit * planes[camera.bands] + camera.sky, camera.kind)
            fits.PrimaryHDU(numbers, header).writeto(images / f"{index}.fits")
            row = {"galaxy_id": galaxy_id, "image": f"{index}.fits", "redshift": galaxy.redshift}
            row |= {"ra": position[0], "dec": position[1], "petror90_r": galaxy.petror90}
            rows.append(row)
        pd.DataFrame(rows).to_csv(images / "table.csv", index=False)
        entries.append({"name": name, "table": str(images / "table.csv")})
    return entries


def as_numbers(planes, kind):
    """Return planes (n, ny, nx) as numbers of a type, saturated; a single plane as (ny, nx)."""
    if np.issubdtype(np.dtype(kind), np.integer):
        limits = np.iinfo(np.dtype(kind))
        planes = np.clip(np.rint(planes), limits.min, limits.max)
    planes = planes.astype(kind)
    return planes if len(planes) > 1 else planes[0]


def compare_with_drawn(lengths, drawn, truth):
    """Return how far a camera's lengths are from those as drawn, and position angles from truth."""
    same = drawn.set_index("galaxy_id").loc[lengths["galaxy_id"]]
    ratio = lengths["length_px"].to_numpy() / same["length_px"].to_numpy() - 1
    row = {"median |difference|": np.nanmedian(np.abs(ratio)), "difference": np.nanmedian(ratio)}
    row["90 % |difference|"] = np.nanquantile(np.abs(ratio), 0.9)
    # Drawn from the columns to the rows, downwards; the picture has north up.
    true = 90 - truth["position_angle"].loc[lengths["galaxy_id"]].to_numpy()
    error = angle_difference(lengths["pa_sky"].to_numpy(), true)
    return {**row, "|PA error|": np.nanmedian(np.abs(error)), "PA error": np.nanmedian(error)}


def angle_difference(measured, true):
    """Return the difference of position angles, -90 to 90 [deg]."""
    return (measured - true + 90) % 180 - 90


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


def measure(copy, entries, changes):
    """Run the demo's workflow on catalogues in a copy of its folder."""
    overlay = FOLDER / "own.yaml"
    overlay.write_text(yaml.safe_dump({"catalogues": entries}), encoding="utf-8")
    command = [ROOT / ".venv/bin/snakemake", "--profile", "profiles/demo", "--directory", copy]
    command += ["--configfile", "config/demo.yaml", *changes, overlay]
    command += ["--rerun-triggers", "mtime", "--quiet", "all", "--"]
    targets = [f"results/barlengths_{entry['name']}.csv" for entry in entries]
    subprocess.run([*command, *targets], cwd=ROOT, check=True)


def main():
    """Measure the demo's galaxies as drawn, in other looks and by other cameras; print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--demo", type=Path, default=ROOT / "demo")
    parser.add_argument("--configfile", type=Path)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--galaxies", type=int, default=200, help="of each camera")
    options = parser.parse_args()
    shutil.rmtree(FOLDER, ignore_errors=True)
    copy = FOLDER / "demo"
    for name in ("results", ".snakemake"):
        shutil.copytree(options.demo / name, copy / name)
    entries = draw_looks(copy / "results", FOLDER)
    entries += draw_cameras(copy / "results", FOLDER, options.seed, options.galaxies)
    measure(copy, entries, [options.configfile.resolve()] if options.configfile else [])

    truth = pd.read_csv(copy / "results/survey/truth.csv").set_index("galaxy_id")
    drawn = pd.read_csv(copy / "results/barlengths_hoyle.csv")
    first = pd.read_csv(copy / "results/survey/hoyle_barlengths.csv")["objid"]
    first = first.head(options.galaxies)
    tables = {"as drawn": drawn[drawn["split"] == "test"]}
    tables["as drawn, the cameras' galaxies"] = drawn[drawn["galaxy_id"].isin(first)]
    for entry in entries:
        tables[entry["name"]] = pd.read_csv(copy / f"results/barlengths_{entry['name']}.csv")
    rows = {}
    for name, lengths in tables.items():
        scaled = truth["length_scaled_true"].loc[lengths["galaxy_id"]].to_numpy()
        true = scaled / scaled_from_pixels(1.0)
        rows[name] = describe(lengths, true)
        if name in CAMERAS:
            rows[name] |= compare_with_drawn(lengths, drawn, truth)
    print(describe_machine())
    print(pd.DataFrame(rows).T.to_string(float_format="%.3f"))


if __name__ == "__main__":
    main()
