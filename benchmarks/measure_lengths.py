"""How fast bars are measured: against the plain loops, and the whole grid of the paper.

Usage, from the root of the repository: ``.venv/bin/python benchmarks/measure_lengths.py``.

First, one map after the other, the 25 published pairs of thresholds against plain loops as in the
released code. Both measure the same maps side by side and by CPU time, so that
the ratio holds on a busy machine too. The plain loops take a minute: by default they measure 5 of
the 25 pairs (``--all-pairs``).

Then what the paper measures: 3150 galaxies at 224 px, 50 settings (25 pairs, with and without the
image), by three networks, on their average map, and the average of their lengths, each from files
into a file as the workflow does it. By default with 100 galaxies, and scaled up; with ``--all``
with as many as there are (the maps need 2.5 GB of the disk for this time).
"""

import argparse
import sys
import tempfile
import time
from contextlib import contextmanager
from itertools import islice
from os import POSIX_FADV_DONTNEED, posix_fadvise
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "workflow" / "scripts"), str(ROOT)]

from machine import describe_machine  # noqa: E402

from galbar.attribution.heatmap_files import ATTRIBUTES, create_heatmaps, open_heatmaps  # noqa: E402
from galbar.attribution.model_average import AVERAGE_HEATMAPS, open_average  # noqa: E402
from galbar.io.images import greyscale, load_canvas, read_canvas  # noqa: E402
from galbar.lengths.length_files import new_barlengths, open_barlengths  # noqa: E402
from galbar.lengths.measure import list_settings, measure_map, measure_stack  # noqa: E402
from galbar.lengths.measure_file import measure_heatmaps, read_greys  # noqa: E402
from galbar.lengths.setting_files import (  # noqa: E402
    AVERAGE_MEASUREMENTS,
    group_barlengths,
    mean_lengths,
)
from tests.helpers import plain_loops  # noqa: E402
from tests.helpers.drawn_maps import drawn_map, speckled_maps  # noqa: E402
from tests.helpers.galaxy_files import write_images  # noqa: E402

SIDE = 224
SCALE = 424 / SIDE
NETWORKS = ("vgg16", "resnet50v2", "xception")
GALAXIES = 3150
GRID = {
    "criteria": ["pearson"],
    "kinds": ["absolute"],
    "xinput": [True, False],
    "smoothing": [0],
    "corr_threshold": [0.7, 0.75, 0.8, 0.85, 0.9],
    "len_threshold": [10, 20, 30, 40, 50],
    "elongation_threshold": [],
    "level_fraction": [],
}


def time_plain(heatmap, settings):
    """CPU time [s] and lengths of the plain loops, one pair of thresholds after the other."""
    begin = time.process_time()
    lengths = [plain_loops.measure(heatmap, [setting], SCALE)[0][0] for setting in settings]
    return time.process_time() - begin, lengths


def time_galbar(heatmap, settings, repeats=20):
    """CPU time [s] and lengths of galbar, the median of some repeats."""
    seconds = []
    for _ in range(repeats):
        begin = time.process_time()
        lengths, *_ = measure_map({"absolute": heatmap}, settings, SCALE)
        seconds.append(time.process_time() - begin)
    return float(np.median(seconds)), lengths


def compare_loops(count, all_pairs):
    """Print times per pair of thresholds and their ratio for a few maps."""
    settings = list_settings(**GRID | {"xinput": [False]})
    some = settings if all_pairs else settings[::6]
    print(f"{SIDE} x {SIDE} px, 25 pairs of thresholds by galbar, {len(some)} by the plain loops")
    ratios = []
    for i in range(count):
        heatmap = drawn_map(SIDE, 40 + 10 * i, 50 * i, noise=0.15, seed=i)
        plain, expected = time_plain(heatmap, some)
        fast, lengths = time_galbar(heatmap, settings)
        if not np.array_equal(lengths[[settings.index(one) for one in some]], expected):
            raise SystemExit(f"map {i}: the lengths differ")
        per_pair = plain / len(some), fast / len(settings)
        ratios.append(per_pair[0] / per_pair[1])
        print(
            f"map {i}: plain loops {per_pair[0] * 1e3:.0f} ms per pair, galbar {fast * 1e3:.2f} ms "
            f"for all, ratio {ratios[-1]:.0f}, lengths equal"
        )
    print(f"median ratio per pair of thresholds: {np.median(ratios):.0f}")


@contextmanager
def clock(times, name):
    """Keep under a name how long the block takes: (elapsed, CPU) [s]."""
    elapsed, busy = time.perf_counter(), time.process_time()
    yield
    times[name] = time.perf_counter() - elapsed, time.process_time() - busy


def forget(path):
    """Have the system drop a file from its memory, so that it is read from the disk."""
    with open(path, "rb") as file:
        posix_fadvise(file.fileno(), 0, 0, POSIX_FADV_DONTNEED)


def write_maps(path, model, seed, galaxies):
    """Write a file of drawn heat maps of the published kind."""
    attributes = dict.fromkeys(ATTRIBUTES, "") | {"model": model, "crop": 1.0}
    attributes |= {"image_height": SIDE, "image_width": SIDE}
    with create_heatmaps(path, galaxies, ["absolute"], (SIDE, SIDE), attributes) as writer:
        for index, maps in enumerate(speckled_maps(len(galaxies), SIDE, seed)):
            writer.write(index, maps)
    forget(path)


def write_catalogue(folder, count, images):
    """Write an image per galaxy, of which few are different ones, and return the table."""
    if images is None:
        names, _ = write_images(folder, min(count, 50))
        sources = [folder / name for name in names]
    else:
        sources = sorted(Path(images).glob("*.jpg"))
        if not sources:
            raise SystemExit(f"{images}: holds no .jpg images")
    names = [f"galaxy{i}.jpg" for i in range(count)]
    for i, name in enumerate(names):
        (folder / name).write_bytes(sources[i % len(sources)].read_bytes())
    return pd.DataFrame({"galaxy_id": np.arange(count) + 587722952230175035, "image": names})


def measure_grid(folder, catalogue):
    """Measure everything as the workflow does; return the time of each step."""
    times = {}
    image = {"height": SIDE, "width": SIDE, "crop": 1.0}
    options = {"directory": folder, "image": image, "grid": GRID}
    maps = [folder / f"{name}.h5" for name in NETWORKS]
    for seed, path in enumerate(maps):
        write_maps(path, path.stem, seed, catalogue["galaxy_id"])
    for name in (*NETWORKS, AVERAGE_HEATMAPS):
        average = name == AVERAGE_HEATMAPS
        lengths = folder / f"results/{name}/run1/barlengths/hoyle/noise0.1.h5"
        with (
            clock(times, f"measure {name}"),
            open_average(maps) if average else open_heatmaps(folder / f"{name}.h5") as opened,
        ):
            measure_heatmaps(opened, catalogue, lengths, **options)
    paths = folder.glob("results/*/run1/barlengths/hoyle/noise0.1.h5")
    average = [
        runs
        for (model, _), runs in group_barlengths(paths).items()
        if model == AVERAGE_MEASUREMENTS
    ]
    with clock(times, "average the lengths"):
        mean_lengths(*average, catalogue["galaxy_id"].to_numpy())
    return times


def split_time(folder, catalogue):
    """Time of the parts of measuring one file, each alone, on the first galaxies; and of two ideas.

    The sum of the four parts is what `measure_heatmaps` does.
    """
    times = {}
    paths = [folder / name for name in catalogue["image"]]
    settings = list_settings(**GRID)
    source = folder / f"{NETWORKS[0]}.h5"
    with open_heatmaps(source) as store, clock(times, "read the heat maps"):
        maps = list(islice(store, len(paths)))
    with clock(times, "read the images, in grey"):
        images = (load_canvas(path, SIDE, SIDE, 1.0) for path in paths)
        greys = list(read_greys(images, SIDE, SIDE))
    with clock(times, "measure"):
        measured = list(measure_stack(maps, settings, SCALE, greys))
    with (
        clock(times, "write the lengths"),
        new_barlengths(folder / "again.h5", catalogue["galaxy_id"], settings) as writer,
    ):
        for one in measured:
            writer.add(*one)
    with (
        open_barlengths(folder / f"lengths_{source.name}") as (whole, _),
        open_barlengths(folder / "again.h5") as (again, _),
    ):
        expected, found = whole["length"][: len(paths)], again["length"][:]
    if not np.array_equal(expected, found, equal_nan=True):
        raise SystemExit("the parts alone give other lengths than the whole")
    canvases = np.stack([read_canvas(path, SIDE, SIDE, 1.0) for path in paths])
    np.save(folder / "canvases.npy", canvases)
    np.save(folder / "greys.npy", np.stack(greys))
    for name in ("canvases", "greys"):
        forget(folder / f"{name}.npy")
    with clock(times, "(images from an array of bytes in RGB, in grey)"):
        for canvas in np.load(folder / "canvases.npy", mmap_mode="r"):
            greyscale(canvas.astype(np.float32) / np.float32(255))
    with clock(times, "(images from an array in grey, float32)"):
        for grey in np.load(folder / "greys.npy", mmap_mode="r"):
            grey.sum()
    return times


def print_times(times, count, wanted):
    """Print a line per step, and the sum, for the number of galaxies that is wanted."""
    width = max(map(len, times))
    for name, (elapsed, busy) in times.items():
        factor = wanted / count
        print(
            f"  {name:{width}} {elapsed * factor:6.1f} s, CPU {busy * factor:6.1f} s, "
            f"{busy / count * 1e3:6.2f} ms per galaxy"
        )


def run_grid(count, images, folder):
    """Print how long the grid of the paper takes, and where the time goes."""
    print(
        f"\n{GALAXIES} galaxies, {SIDE} x {SIDE} px, 3 networks and their averages, "
        f"{len(list_settings(**GRID))} settings"
    )
    if count < GALAXIES:
        print(f"measured on {count} galaxies, times scaled by {GALAXIES / count:.4g}")
    with tempfile.TemporaryDirectory(dir=folder) as place:
        catalogue = write_catalogue(Path(place), count, images)
        times = measure_grid(Path(place), catalogue)
        print_times(times, count, GALAXIES)
        total = np.sum(list(times.values()), axis=0) * GALAXIES / count
        print(f"everything: {total[0]:.1f} s, CPU {total[1]:.1f} s")
        some = catalogue[: min(count, 100)]
        print(f"\nwhere the time goes in one of the four files ({len(some)} galaxies, scaled):")
        print_times(split_time(Path(place), some), len(some), GALAXIES)


def main():
    """Run the parts that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--part", choices=["loops", "grid"], help="only this part")
    parser.add_argument("--maps", type=int, default=3, help="heat maps for the plain loops")
    parser.add_argument("--all-pairs", action="store_true", help="all pairs by the plain loops")
    parser.add_argument("--galaxies", type=int, default=100, help="galaxies for the grid")
    parser.add_argument("--all", action="store_true", help=f"all {GALAXIES} galaxies of the paper")
    parser.add_argument("--images", help="folder of 424 px JPEG images; else drawn ones")
    parser.add_argument("--folder", help="where to put the maps for this time; else the system's")
    options = parser.parse_args()
    print(describe_machine())
    if options.part != "grid":
        compare_loops(options.maps, options.all_pairs)
    if options.part != "loops":
        count = GALAXIES if options.all else options.galaxies
        run_grid(count, options.images, options.folder)


if __name__ == "__main__":
    main()
