"""Galleries of made-up galaxies, for tests in a browser and for its benchmark."""

import numpy as np
import pandas as pd

from galbar.gallery.folder import write_gallery
from galbar.gallery.pictures import Picture
from galbar.gallery.sheets import write_sheets
from galbar.gallery.view import view_of
from galbar.lengths.derived_columns import add_derived
from galbar.lengths.units import PETROR90_PER_PIXEL, scaled_from_pixels

BIG = 587722981736120347
# As in the demo: 48 px, 2.7 px of the 424 px image each.
IMAGE = {"height": 48, "width": 48, "crop": 0.3019}


def make_table(n, seed=3):
    """Return a table as results/barlengths_{name}.csv of a catalogue with stamps."""
    rng = np.random.default_rng(seed)
    length, radius = rng.uniform(30, 90, n), rng.uniform(4, 20, n)
    arcsec = length * PETROR90_PER_PIXEL * radius
    angle = rng.uniform(0, 180, n)
    table = pd.DataFrame({"galaxy_id": BIG + 7 * np.arange(n)})
    kpc_h = arcsec * rng.uniform(0.3, 0.7, n)
    units = {"px": length, "arcsec": arcsec, "kpc_h": kpc_h, "kpc": kpc_h / 0.7}
    units["scaled"] = length * scaled_from_pixels(1.0)
    ends = {"": 1, "_low68": 0.85, "_high68": 1.18, "_low95": 0.7, "_high95": 1.4}
    for end, factor in ends.items():
        table = table.assign(**{f"length_{unit}{end}": factor * units[unit] for unit in units})
    table["calibration"] = "gaussian_process"
    table["calibration_flag"] = np.where(rng.random(n) < 0.1, "outside the calibration", "")
    table = table.assign(length_px_setting=length, run_difference_px=3.21, mc_error_px=0.5)
    table["angle"], table["mask_axis_ratio"], table["pa_sky"] = angle, 0.5, (90 - angle) % 180
    table["flag"] = np.where(rng.random(n) < 0.1, "no stop", "ok")
    table["bar"] = rng.choice(["yes", "no", "unsure"], n)
    table["p_bar"] = rng.random(n)
    table = table.assign(p_bar_sd=0.1, p_featured=0.8, p_featured_sd=0.1, p_edge_on=0.2)
    table = table.assign(p_edge_on_sd=0.1, length_px_run1=length)
    table["id"] = [f"galaxy {number}" for number in range(n)]
    table["image"] = [f"images/{number}.fits" for number in range(n)]
    table["redshift"], table["petror90_r"] = rng.uniform(0.01, 0.06, n), radius
    table["ra"], table["dec"] = rng.uniform(0, 360, n), rng.uniform(-30, 60, n)
    return add_derived(_add_stamps(table, seed + 1)).assign(length_px_published=length)


def _add_stamps(table, seed):
    """Add the rest of a user's columns, and what was measured when stamps were made."""
    n, rng = len(table), np.random.default_rng(seed)
    table["disc_axis_ratio"], table["disc_pa"] = rng.uniform(0.2, 1, n), rng.uniform(0, 180, n)
    table["centre_x"], table["centre_y"] = rng.uniform(100, 200, (2, n))
    # As `galbar.lengths.bar_shape.FRAME`, of images of that scale with north up.
    table["x_galaxy"], table["y_galaxy"] = table["centre_x"], table["centre_y"]
    ratio = 0.02 * table["petror90_r"] / 0.262
    table = table.assign(x_right=ratio, y_right=0.0, x_down=0.0, y_down=-ratio)
    table["petror90_from"] = rng.choice(["table", "image"], n)
    table["covered"], table["sky_noise"] = rng.uniform(0.9, 1, n), rng.uniform(1, 3, n)
    table["brightness"], table["colour"] = rng.uniform(50, 200, n), rng.uniform(-0.3, 1, n)
    table["sharpness"], table["training_distance"] = rng.uniform(0.3, 0.8, n), rng.uniform(0, 2, n)
    table["petror90_px"], table["psf_fwhm"] = table["petror90_r"] / 0.262, 1.2
    table["outside_training"] = rng.choice(["", "faint", "smooth"], n)
    return table.assign(pixel_scale=0.262, north_up=True)


def draw_cells(n, side, seed=3):
    """Yield pictures of noise around a bright middle, of a few different galaxies."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    drawn = []
    for _ in range(min(n, 20)):
        light = 200 * np.exp(-((x / rng.uniform(3, 9)) ** 2 + (y / rng.uniform(3, 9)) ** 2))
        noisy = light[..., np.newaxis] + rng.normal(20, 5, (side, side, 3))
        picture = np.clip(noisy, 0, 255).astype(np.uint8)
        drawn.append(Picture(picture, 255 - picture, "M40 40L80 40L80 80Z"))
    for number in range(n):
        yield drawn[number % len(drawn)]


def make_gallery(folder, table, *, maps=True, name="made_up"):
    """Write the gallery of a table into a folder; return the address of its page."""
    view = view_of(**IMAGE)
    archive = folder / f"{name}.zip"
    pictures = draw_cells(len(table), view.side)
    if not maps:
        pictures = (Picture(picture.image) for picture in pictures)
    write_sheets(archive, table["galaxy_id"], pictures, view, maps=maps)
    words = "vgg16, noise 0.05, level"
    write_gallery(folder / name, folder / f"{name}.html", name, table, [archive], setting=words)
    return (folder / name / "index.html").as_uri()
