"""What share of other images is outside the range of the training images; needs a finished demo.

Usage, from the root of the repository, after ``make demo``::

    .venv/bin/python benchmarks/training_range.py [--demo demo] [--galaxies 200]

Galaxies like those of the bar catalogue, and discs like those of the training, are drawn as FITS
files of the survey's own camera, with its PSF and with wider ones, and by one of coarse pixels;
their stamps are compared with the demo's training images. Printed are the share that is inside all
ranges, the share of each word, and the median of the sharpness and of the distance.
"""

import argparse
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pandas as pd
from astropy.io import fits

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from galbar.stamps.make import calibrate_catalogue, make_stamps  # noqa: E402
from galbar.stamps.observe import Recipe  # noqa: E402
from galbar.stamps.rows import stamp_side  # noqa: E402
from galbar.stamps.training_light import read_ranges, read_training_light  # noqa: E402
from galbar.survey.cutouts import draw_cutout  # noqa: E402
from galbar.survey.imaging import Telescope  # noqa: E402
from galbar.survey.scales import PIXEL_SCALE  # noqa: E402

# Of another survey than the demo's.
SEED = 77
# The demo's.
IMAGE = {"height": 48, "width": 48, "crop": 0.3019}
# Width of the PSF over that of the survey's telescope, and pixel scale [arcsec].
CAMERAS = {
    "the survey's": (1.0, PIXEL_SCALE),
    "PSF 1.5 times as wide": (1.5, PIXEL_SCALE),
    "PSF twice as wide": (2.0, PIXEL_SCALE),
    "PSF 3 times as wide": (3.0, PIXEL_SCALE),
    "PSF half as wide, 0.2 arcsec": (0.5, 0.2),
    "0.8 arcsec": (1.0, 0.8),
}


def draw_files(folder, role, count, widening, pixel_scale):
    """Write cutouts of a role's galaxies, of the training's discs only; return rows of a table."""
    telescope = Telescope()
    telescope = replace(telescope, seeing=tuple(widening * value for value in telescope.seeing))
    rows = []
    for index in range(count):
        position = (100.0, 20.0)
        galaxy, planes, header = draw_cutout(
            SEED, index, position=position, pixel_scale=pixel_scale, role=role, telescope=telescope
        )
        if galaxy.kind != "disc":
            continue
        fits.PrimaryHDU(planes, header).writeto(folder / f"{index}.fits")
        row = {"galaxy_id": index, "id": str(index), "image": f"{index}.fits"}
        row |= {"ra": position[0], "dec": position[1], "petror90_r": galaxy.petror90}
        rows.append(row)
    return rows


def describe(galaxies):
    """Return a row of the table of what `make_stamps` has said of galaxies."""
    table = pd.DataFrame(galaxies)
    words = Counter("; ".join(filter(None, table["outside_training"].fillna(""))).split("; "))
    row = {"n": len(table), "inside": (table["outside_training"] == "").mean()}
    for name in ("sharpness", "training_distance"):
        row[name] = table[name].median()
    return row | {word: number / len(table) for word, number in words.items() if word}


def main():
    """Draw galaxies by each camera, compare them with the training, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--demo", type=Path, default=ROOT / "demo")
    parser.add_argument("--galaxies", type=int, default=200, help="of the bar catalogue")
    options = parser.parse_args()
    light = options.demo / "results/training_light.json"
    reference, ranges, side = read_training_light(light), read_ranges(light), stamp_side(IMAGE)
    rows = {}
    # About half of the training's galaxies are discs.
    for role, count in (("catalogue", options.galaxies), ("training", 2 * options.galaxies)):
        for name, camera in CAMERAS.items():
            with tempfile.TemporaryDirectory() as folder:
                drawn = draw_files(Path(folder), role, count, *camera)
                recipe = Recipe(Path(folder))
                colours = calibrate_catalogue(drawn, recipe, side, reference)
                made = make_stamps(
                    drawn, recipe, side, colours, ranges, seed=SEED, seen=IMAGE["crop"]
                )
                rows[role, name] = describe([about for _, about in made])
    print(pd.DataFrame(rows).T.fillna(0).to_string(float_format="%.3f"))


if __name__ == "__main__":
    main()
