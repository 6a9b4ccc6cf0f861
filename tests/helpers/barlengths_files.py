"""Bar lengths, catalogue, control and truth of made-up galaxies, in the rules' own formats."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd

from galbar.lengths.length_files import new_barlengths, open_barlengths
from galbar.lengths.measure import list_settings
from galbar.lengths.units import kpc_h_per_arcsec, scaled_from_pixels

OMEGA_M = 0.3
# Scatter of each network's lengths [pixel]: vgg16 is the best, their average comes second.
SCATTER = {"vgg16": 4.0, "xception": 12.0}


def read_barlengths(path):
    """Read a whole file: its datasets, settings and other attributes by name."""
    with open_barlengths(path) as (store, settings):
        attributes = dict(store.attrs)
        assert json.loads(attributes.pop("settings")) == settings
        del attributes["flag_names"]
        datasets = {name: values[:] for name, values in store.items()}
    return SimpleNamespace(**datasets, settings=settings, attributes=attributes)


def make_settings():
    """Twenty-two settings: sixteen of ``pearson``, four of ``elongation``, two of ``level``."""
    return list_settings(
        criteria=["pearson", "elongation", "level"],
        kinds=["absolute"],
        xinput=[True, False],
        smoothing=[0],
        corr_threshold=[0.7, 0.85],
        len_threshold=[10, 40],
        elongation_threshold=[0.8],
        level_fraction=[0.5],
    )


def make_catalogue(n=300, seed=1):
    """Catalogue like results/catalogues/hoyle.csv, and the true length_scaled."""
    rng = np.random.default_rng(seed)
    truth = rng.gamma(10, 0.045, n)
    radius, redshift = rng.uniform(5, 20, n), rng.uniform(0.01, 0.06, n)
    # kpc/h per unit of length_scaled, by the relation that the scales of the images imply.
    size = radius * kpc_h_per_arcsec(redshift, OMEGA_M) * 0.02 / scaled_from_pixels(1.0)
    scaled = truth * np.exp(rng.normal(0, 0.1, n))
    third, eighty = int(n / 3), n - int(n * 0.2)
    catalogue = pd.DataFrame(
        {
            "galaxy_id": 587722981736120347 + 3 * np.arange(n),
            "image": "1.jpg",
            "redshift": redshift,
            "petror90_r": radius,
            "length_avg": scaled * size,
            "length_stdev": 0.1,
            "length_scaled": scaled,
            "bar_meas": 3,
            "shuffle_rank": np.arange(n),
            "split": np.where(np.arange(n) < third, "validation", "test"),
            "control_split": np.where(np.arange(n) < eighty, "train", "test"),
        }
    )
    return catalogue, truth, truth * size


def write_ellipses(path, galaxy_id, length_px):
    """Write lengths by isophotes, the drop beyond the maximum; every seventh galaxy has none."""
    length = np.where(np.arange(len(length_px)) % 7 == 0, np.nan, np.maximum(length_px, 5))
    table = pd.DataFrame({"galaxy_id": galaxy_id, "length_px": length})
    table["length_drop_px"] = 1.3 * length
    table = table.assign(ellipticity=0.5, angle=30.0)
    table["flag"] = np.where(np.isnan(length), "no isophotes could be fitted", "ok")
    # Rows need not stand in the order of the catalogue.
    table[::-1].to_csv(path, index=False)


def write_moments(folder, galaxy_id, length_px):
    """Write lengths on images by settings of falling quality, and the choice of the first."""
    settings = [setting for setting in make_settings() if not setting["xinput"]]
    rng = np.random.default_rng(11)
    spread = 14 * (1 + 0.3 * np.arange(len(settings)))
    noise = spread * rng.normal(size=(len(length_px), len(settings)))
    length = np.maximum(np.asarray(length_px)[:, np.newaxis] + noise, 2.0)
    # One cannot be measured.
    length[-3] = np.nan
    path = folder / "hoyle.h5"
    with new_barlengths(path, galaxy_id, settings) as writer:
        writer.add(length, np.isnan(length).astype(np.uint8), np.zeros_like(length))
    return str(path), str(folder / "chosen_setting.json")


def write_external(path, galaxy_id, length_kpc_h, length_scaled):
    """Write lengths by another method as the rule does; every fifth galaxy has none."""
    is_lacking = np.arange(len(galaxy_id)) % 5 == 0
    table = pd.DataFrame({"galaxy_id": galaxy_id, "length_kpc_h": length_kpc_h})
    table["length_scaled"] = length_scaled
    table = table.assign(error_kpc_h=0.1 * table["length_kpc_h"], error_scaled=np.nan)
    table.loc[is_lacking, table.columns[1:]] = np.nan
    table["flag"] = np.where(is_lacking, "galaxy is not in the table", "ok")
    table[::-1].to_csv(path, index=False)


def write_inputs(folder, runs=2, noises=(0.1, 0.3), n=300):
    """Write everything that the score rules read, and return the paths by name."""
    catalogue, truth, truth_kpc_h = make_catalogue(n)
    # One galaxy without a redshift, one that the chosen network cannot measure.
    catalogue.loc[n - 1, "redshift"] = np.nan
    settings = make_settings()
    pixels = truth / scaled_from_pixels(1.0)
    paths = []
    for model, scatter in SCATTER.items():
        for run in range(1, runs + 1):
            for noise in noises:
                path = folder / model / f"run{run}" / "barlengths" / "hoyle" / f"noise{noise}.h5"
                rng = np.random.default_rng([run, int(10 * noise), len(model)])
                # The quality falls with the number of the setting and with the noise.
                spread = scatter * (1 + 0.3 * np.arange(len(settings))) * (1 + noise)
                length = pixels[:, None] + spread * rng.normal(size=(n, len(settings)))
                length = np.maximum(length, 2.0)
                length[n - 2] = np.nan
                # Rows need not stand in the order of the catalogue.
                order = rng.permutation(n)
                flag = np.isnan(length).astype(np.uint8)
                ids = catalogue["galaxy_id"].to_numpy()[order]
                with new_barlengths(path, ids, settings) as writer:
                    writer.add(length[order], flag[order], np.zeros_like(length))
                paths.append(str(path))
    files = {"barlengths": paths}
    for name in ("catalogue", "control", "truth", "ellipses"):
        files[name] = str(folder / f"{name}.csv")
    catalogue.to_csv(files["catalogue"], index=False)
    rng = np.random.default_rng(9)
    ids = catalogue["galaxy_id"]
    predicted = truth + rng.normal(0, 0.12, n)
    control = pd.DataFrame({"galaxy_id": ids, "length_scaled_predicted": predicted})
    control.assign(control_split=catalogue["control_split"])[::-1].to_csv(
        files["control"], index=False
    )
    write_ellipses(files["ellipses"], ids, pixels + rng.normal(0, 15, n))
    files["moments"] = write_moments(folder, ids, pixels)
    files["external"] = [str(folder / "volunteers.csv")]
    write_external(files["external"][0], ids, 1.2 * truth_kpc_h, 1.2 * truth)
    others = pd.DataFrame({"galaxy_id": [1, 1], "role": "training"})
    true = pd.DataFrame({"galaxy_id": ids, "role": "catalogue", "length_scaled_true": truth})
    true["bar_length_kpc_h"] = truth_kpc_h
    pd.concat([others, true[::-1]]).to_csv(files["truth"], index=False)
    return files
