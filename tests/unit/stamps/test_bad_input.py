"""One galaxy's fault is one row of the dropped, with the reason; the others have their stamps."""

import importlib
import json
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits

from galbar.stamps.training_range import GREY, STATISTICS

IMAGE = {"height": 32, "width": 32, "crop": 0.5}
RA, DEC, SCALE = 10.0, 20.0, 0.4 / 3600
LIGHT = {"sky": [0.01] * 3, "noise": [0.005] * 3, "brightness": [0.3] * 3}
LONG, PATH, COMMA = "x" * 200, "../../a/b", "NGC 1, ä β 星"


def header(frame="equatorial", **changes):
    """World coordinates around the position, in a frame of the sky."""
    names, at = ("RA---TAN", "DEC--TAN"), (RA, DEC)
    if frame == "galactic":
        centre = SkyCoord(RA, DEC, unit="deg").galactic
        names, at = ("GLON-TAN", "GLAT-TAN"), (centre.l.deg, centre.b.deg)
    values = {"CTYPE1": names[0], "CTYPE2": names[1], "CRVAL1": at[0], "CRVAL2": at[1]}
    values |= {"CRPIX1": 61.0, "CRPIX2": 61.0, "CDELT1": -SCALE, "CDELT2": SCALE}
    return fits.Header({key: value for key, value in (values | changes).items() if value != ""})


def write_images(folder):
    """Write images of a disc: whole ones in two frames, and broken ones of every kind."""
    offset = (np.arange(120) - 60) * 0.4
    noise = 0.01 * np.random.default_rng(3).standard_normal((120, 120))
    disc = np.float32(np.exp(-np.hypot(offset, offset[:, None]) / 3) + 1 + noise)
    units = {
        "good": (disc, header()),
        "galactic": (disc, header("galactic")),
        "nan": (np.full_like(disc, np.nan), header()),
        "no_cd": (disc, header(CDELT1="", CDELT2="")),
        "no_wcs": (disc, fits.Header()),
    }
    for name, (data, cards) in units.items():
        unit = fits.ImageHDU(data, cards, name="SCI")
        fits.HDUList([fits.PrimaryHDU(), unit]).writeto(folder / f"{name}.fits")
    whole = (folder / "good.fits").read_bytes()
    (folder / "empty.fits").write_bytes(b"")
    (folder / "cut.fits").write_bytes(whole[: len(whole) // 2])
    (folder / "page.fits").write_bytes(b"<!DOCTYPE html><html>404 Not Found</html>")
    other = fits.ImageHDU(disc, header(), name="ERR")
    fits.HDUList([fits.PrimaryHDU(), other]).writeto(folder / "extension.fits")


# Id, image, what else its row says, and the reason why it is dropped ("": it is not).
GALAXIES = [
    ("1", "good.fits", {}, ""),
    (LONG, "good.fits", {}, ""),
    (PATH, "good.fits", {}, ""),
    (COMMA, "good.fits", {}, ""),
    ("galactic", "galactic.fits", {}, ""),
    ("zero bytes", "empty.fits", {}, "found an empty file"),
    ("truncated", "cut.fits", {}, "found a broken FITS file"),
    ("page", "page.fits", {}, "found a web page"),
    ("extension", "extension.fits", {}, "found no extension 'SCI', expected one of 0 PRIMARY, 1 E"),
    ("nan", "nan.fits", {}, "found no pixel with a number"),
    ("no cd", "no_cd.fits", {}, "found world coordinates without a pixel scale"),
    ("no scale", "no_wcs.fits", {}, "its pixel scale is unknown"),
    ("outside", "good.fits", {"ra": 11.0}, "its position is outside its image"),
    ("missing", "none.fits", {}, "no image none.fits"),
    ("no image", "", {}, "no image (nothing)"),
    ("twice", "good.fits", {}, "column id: found an id that is there 2 times"),
    ("twice", "good.fits", {}, "column id: found an id that is there 2 times"),
    ("fast", "good.fits", {"redshift": 7523}, "column redshift: found 7523.0, expected a redshift"),
    ("", "good.fits", {}, "column id: found nothing, expected a text"),
    ("far", "good.fits", {"ra": 400}, "column ra: found 400.0, expected a number from 0 to 360"),
    ("thick", "good.fits", {"disc_axis_ratio": 3}, "column disc_axis_ratio: found 3.0, expected"),
]


def make(folder, rows, max_broken_share=0.0):
    """Run the rules of stamps on a table; the galaxies with stamps and the dropped ones."""
    table = pd.DataFrame(rows, columns=["id", "image", "more", "reason"])
    more = pd.DataFrame(table["more"].tolist(), index=table.index)
    table = pd.concat([table[["id", "image"]], more], axis=1)
    table = table.assign(petror90_r=8.0, ra=more.get("ra", pd.Series(dtype=float)).fillna(RA))
    table.assign(dec=DEC).to_csv(folder / "mine.csv", index=False)
    light = {"light": LIGHT, "ranges": dict.fromkeys(STATISTICS), GREY: True}
    (folder / "light.json").write_text(json.dumps(light))
    recipe = {"pixel_scale": None, "extension": "SCI", "bands": None}
    read, colours, light = folder / "read.csv", folder / "colours.json", folder / "light.json"
    out = [folder / name for name in ("a.h5", "galaxies.csv", "dropped.csv")]

    def run(name, *paths, **settings):
        importlib.import_module(name).main(*paths, **settings)

    run("read_own_table", folder / "mine.csv", read, columns={}, max_broken_share=max_broken_share)
    about = {"directory": folder, "image": IMAGE, "recipe": recipe, "seed": 1}
    run("calibrate_colours", read, light, colours, galaxies=200, **about)
    run("make_stamps", read, colours, light, *out, shard="1-of-1", **about)
    both = folder / "mine_galaxies.csv", folder / "mine_dropped.csv"
    run("collect_galaxies", out[1:2], out[2:3], *both, max_broken_share=max_broken_share)
    with h5py.File(out[0]) as store:
        ids = store["galaxy_id"][:]
    return pd.read_csv(both[0]), pd.read_csv(both[1], keep_default_na=False), ids


@pytest.fixture(name="folder")
def _folder(tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    write_images(folder)
    return folder


def test_every_kind_of_fault_is_one_row(folder):
    usable, dropped, stamped = make(folder, GALAXIES)
    kept = [row[0] for row in GALAXIES if not row[3]]
    assert usable["id"].tolist() == kept
    assert usable["galaxy_id"].tolist() == stamped.tolist()
    assert "fault" not in usable
    lost = [row for row in GALAXIES if row[3]]
    # Below them those that are kept without a redshift.
    assert dropped["id"].tolist() == [*(row[0] for row in lost), *kept]
    for reason, (name, _, _, expected) in zip(dropped["reason"], lost, strict=False):
        assert expected in reason, name
    # All are the same disc at the same place.
    np.testing.assert_allclose(usable["brightness"], usable["brightness"][0], rtol=0.02)
    assert not [path for path in Path(folder).rglob("*") if path.name in (LONG, "b")]


def test_one_galaxy_is_a_catalogue(folder):
    usable, dropped, stamped = make(folder, GALAXIES[:1])
    assert usable["id"].tolist() == [1]
    assert len(stamped) == 1
    assert dropped["reason"].str.contains("kept").all()


def test_tables_without_a_galaxy_are_refused(folder):
    with pytest.raises(ValueError, match=r"mine\.csv: found no rows below the column names"):
        make(folder, GALAXIES[:0])
    with pytest.raises(ValueError, match=r"mine\.csv: 2 of 2 galaxies .*fast.*None is left"):
        make(folder, [row for row in GALAXIES if row[0] in ("fast", "thick")])


def test_many_broken_rows_are_a_mistake_before_any_image_is_read(folder, monkeypatch):
    monkeypatch.setattr("galbar.catalogues.own_table.FEW_GALAXIES", 21)
    with pytest.raises(ValueError, match=r"6 of 21 .*fast.*data\.max_broken_share = 0\.2 allows"):
        make(folder, GALAXIES, max_broken_share=0.2)
    assert not (folder / "colours.json").exists()
