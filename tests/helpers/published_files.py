"""A small data directory in the layout of the published files, with images that can be read."""

import shutil

import numpy as np
import pandas as pd
from PIL import Image

from galbar.catalogues.decision_tree import QUESTIONS
from galbar.catalogues.hart_votes import HART_COLUMNS, accumulate_votes

FIRST_ID = 587722981736120347
SIDE = 424


def draw_fractions(galaxies, seed=5):
    """Draw shares of answers that sum to 1 for each question, under the names of Hart et al."""
    rng = np.random.default_rng(seed)
    drawn = {}
    for names in QUESTIONS.values():
        shares = rng.dirichlet(np.full(len(names), 0.5), size=galaxies)
        drawn |= {HART_COLUMNS[name]: shares[:, k] for k, name in enumerate(names)}
    return pd.DataFrame(drawn)


def write_gz2(folder, galaxies=40, with_lengths=12):
    """Write tables and images of Galaxy Zoo 2; the first galaxies have bar lengths.

    Galaxies are 6 arcmin apart. Returns the table of votes that is written (n rows), with dr7objid.
    """
    folder.mkdir(parents=True, exist_ok=True)
    objids = FIRST_ID + 64 * np.arange(galaxies)
    positions = pd.DataFrame({"ra": 180 + 0.1 * np.arange(galaxies), "dec": 2.0})
    votes = draw_fractions(galaxies).assign(dr7objid=objids, **positions)
    votes.to_csv(folder / "gz2_hart16.csv", index=False)
    assets = np.arange(1, galaxies + 1)
    mapping = pd.DataFrame({"objid": objids, "sample": "original", "asset_id": assets})
    mapping.to_csv(folder / "gz2_filename_mapping.csv", index=False)
    sizes = {"PETROR90_R": 10.0, "REDSHIFT": 0.05}
    pd.DataFrame({"OBJID": objids, **sizes}).to_csv(folder / "gz2sample.csv", index=False)
    lengths = {"length_avg": 5.0, "length_stdev": 1.0, "length_scaled": 0.4, "bar_meas": 3}
    catalogue = positions[:with_lengths].assign(objid=objids[:with_lengths], **lengths)
    catalogue.to_csv(folder / "hoyle_barlengths.csv", index=False)
    write_images(folder / "images_gz2/images", assets)
    return votes


def write_kaggle(folder, galaxies=12):
    """Write the files of the Galaxy Challenge."""
    names = 100_001 + np.arange(galaxies)
    votes = accumulate_votes(draw_fractions(galaxies))
    votes.insert(0, "GalaxyID", names)
    votes.to_csv(folder / "training_solutions_rev1.csv", index=False)
    write_images(folder / "images_training_rev1", names)
    write_images(folder / "images_test_rev1", names + galaxies)


def write_images(folder, names):
    """Write the same image under several names."""
    folder.mkdir(parents=True)
    pixels = np.random.default_rng(3).integers(0, 255, (53, 53, 3), dtype=np.uint8)
    image = Image.fromarray(pixels).resize((SIDE, SIDE))
    first, *further = (folder / f"{name}.jpg" for name in names)
    image.save(first, quality=50)
    for path in further:
        shutil.copy(first, path)
