"""Real barred galaxies with human lengths go through the rules of an own catalogue.

For judging only: nothing is fitted or chosen on them, and no bound stands here that something
could be tuned to. r and coverage are printed (``pytest -s``): with ``GALBAR_DEMO``, the folder of a
finished ``make demo``, those of its networks, else of the tiny run's, which have learnt nothing.
"""

import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from galbar.calibration.intervals import LEVELS
from galbar.io.decoded_images import write_decoded_images
from galbar.lengths.units import PETROR90_PER_PIXEL, add_physical_lengths
from galbar.rivals.ellipse_table import measure_ellipses
from galbar.rivals.image_lengths import measure_images
from tests.helpers.barlengths_files import read_barlengths

pytestmark = pytest.mark.slow

GALAXIES = 40
# What the demo chooses on its validation galaxies for images in place of heat maps.
MOMENTS = {"criteria": ["level"], "smoothing": [0], "level_fraction": [0.5]}


@pytest.fixture
def trained(own_copy):
    """Give a copy of the workflow with trained networks, and its configuration's file."""
    if demo := os.environ.get("GALBAR_DEMO"):
        shutil.rmtree(own_copy.folder / "results")
        for name in ("results", ".snakemake"):
            shutil.copytree(Path(demo) / name, own_copy.folder / name, dirs_exist_ok=True)
        return own_copy, "config/demo.yaml"
    return own_copy, "tests/config/tiny.yaml"


def describe(lengths, human, unit):
    """Put r, the slope of measured on human lengths, and the coverage into words."""
    measured = lengths[unit].notna().to_numpy()
    values, by_eye = lengths[unit].to_numpy()[measured], human.to_numpy()[measured]
    if measured.sum() < 3:
        return f"{unit}: {measured.sum()} measured"
    text = (
        f"{unit}: n = {measured.sum()}, r = {np.corrcoef(values, by_eye)[0, 1]:.3f}, slope "
        f"{np.polyfit(by_eye, values, 1)[0]:.2f}, ratio {np.median(values / by_eye):.2f}, "
        f"mean error {np.abs(values - by_eye).mean():.2f}"
    )
    if f"{unit}_low68" not in lengths:
        return text
    coverage = [
        np.mean(
            (lengths[f"{unit}_low{100 * level:.0f}"] < human)
            & (human < lengths[f"{unit}_high{100 * level:.0f}"])
        )
        for level in LEVELS
    ]
    return f"{text}, intervals cover {coverage[0]:.0%} and {coverage[1]:.0%}"


def list_catalogues(human):
    """Return tables of the galaxies by the name of a catalogue, in the two ways of giving them.

    The images have the geometry of Galaxy Zoo, and are read as they are; or they are pictures of
    three surveys, each of which has its own look.
    """
    # The workflow is not shown the human lengths.
    shown = human[["galaxy_id", "image", "redshift", "petror90_r"]]
    scaled = shown.assign(pixel_scale=PETROR90_PER_PIXEL * shown["petror90_r"])
    return {
        "as they are": {"all": shown},
        "as pictures of surveys": dict(iter(scaled.groupby(human["survey"]))),
    }


def test_real_bars_are_measured(trained, real_data):
    workflow, configuration = trained
    human = pd.read_csv(real_data / "real_bars/real_bars.csv", dtype={"galaxy_id": np.int64})
    assert len(human) == GALAXIES
    entries, ways = [], list_catalogues(human)
    for tables in ways.values():
        for name, table in tables.items():
            table.to_csv(workflow.folder / f"{name}.csv", index=False)
            own = {"name": name, "table": f"{name}.csv"}
            own |= {} if "pixel_scale" in table else {"geometry": "galaxy_zoo"}
            entries.append({**own, "images": str(real_data / "real_bars/images")})
    (workflow.folder / "own.yaml").write_text(yaml.safe_dump({"catalogues": entries}))
    wanted = [f"results/barlengths_{entry['name']}.csv" for entry in entries]
    workflow.run(*wanted, "--configfile", configuration, "own.yaml", "--rerun-triggers", "mtime")
    for way, tables in ways.items():
        paths = [workflow.folder / f"results/barlengths_{name}.csv" for name in tables]
        measured = pd.concat([pd.read_csv(path) for path in paths])
        assert len(measured) == GALAXIES
        lengths = measured.set_index("galaxy_id").loc[human["galaxy_id"]].reset_index()
        assert (lengths["length_px"].isna() <= (lengths["flag"] != "ok")).all()
        assert (lengths["length_px"].dropna() > 0).all()
        for unit, column in (("length_px", "length_px"), ("length_kpc_h", "length_avg")):
            print(way, describe(lengths, human[column], unit))


def test_real_bars_are_measured_without_a_network(root, real_data, tmp_path):
    """By ellipses, and on images by the setting that the demo chooses."""
    folder = real_data / "real_bars"
    human = pd.read_csv(folder / "real_bars.csv", dtype={"galaxy_id": np.int64})
    ellipses = measure_ellipses(human, folder / "images")
    image = yaml.safe_load((root / "config/demo.yaml").read_text())["image"]
    paths = [folder / "images" / name for name in human["image"]]
    decoded = tmp_path / "real.h5"
    write_decoded_images(decoded, human["galaxy_id"], paths, **image, threads=1)
    measure_images(human, tmp_path / "lengths.h5", decoded=decoded, image=image, grid=MOMENTS)
    measured = {
        "ellipse": ellipses["length_px"],
        "ellipse_drop": ellipses["length_drop_px"],
        "moments": read_barlengths(tmp_path / "lengths.h5").length[:, 0],
    }
    for name, length_px in measured.items():
        assert len(length_px) == GALAXIES
        table = pd.DataFrame({"length_px": np.asarray(length_px, dtype=float)})
        scales = human["petror90_r"], human["redshift"]
        lengths = add_physical_lengths(table, *scales, omega_m=0.3, hubble_constant=70)
        assert (lengths["length_px"].dropna() > 0).all()
        for unit, column in (("length_px", "length_px"), ("length_kpc_h", "length_avg")):
            print(name, describe(lengths, human[column], unit))
