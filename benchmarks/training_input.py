"""Input of trainings: galbar's pipeline against Keras's ImageDataGenerator, files against archives.

Usage, from the root of the repository: ``.venv/bin/python benchmarks/training_input.py [--quick]``.
Images are those of the simulated survey. Every measurement has a process of its own that is bound
to as many cores as it has threads; the candidates take turns, so that the ratios hold on a busy
machine, too; the best round of each counts. What is not measured but argued is printed as such.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

BATCH = 32
AUGMENTATION = {
    "rotation_range": 360,
    "fill_mode": "reflect",
    "horizontal_flip": True,
    "vertical_flip": True,
    "width_shift_range": 0.1,
    "height_shift_range": 0.1,
    "brightness_range": (0.7, 1.3),
}
GENERATOR = "ImageDataGenerator"
CANDIDATES = ("galbar", "galbar, nothing kept", GENERATOR)
# System calls that a parallel file system answers from its server of metadata.
METADATA = ("open", "openat", "stat", "lstat", "fstat", "newfstatat", "statx", "access", "readlink")
METADATA += ("getdents64", "faccessat", "faccessat2")


# ---- What the processes do ---------------------------------------------------------------------
def time_epochs(batches, count, epochs):
    """Seconds until the first batch, and of each epoch; the first one begins before all."""
    steps = -(-count // BATCH)
    begin = last = time.perf_counter()
    first, seconds = None, []
    stream = iter(batches())
    for _ in range(epochs):
        for _ in range(steps):
            next(stream)
            first = first or time.perf_counter() - begin
        now = time.perf_counter()
        seconds.append(now - last)
        last = now
    return {"first_batch": first, "epochs": seconds}


def run_galbar(folder, side, threads, epochs, keep):
    """Time decoding, and galbar's pipeline; images are kept in memory, or read in every epoch."""
    from galbar.io.decoded_images import DecodedImages, write_decoded_images
    from galbar.jobs.devices import configure_devices
    from galbar.training.augmentation import Augmentation
    from galbar.training.input_pipeline import Canvases, training_batches

    configure_devices(threads, deterministic=True)
    paths = sorted(Path(folder).glob("*.jpg"))
    targets = np.zeros((len(paths), 37))
    size = {"height": side, "width": side, "crop": 1.0}
    ids = np.arange(len(paths))
    decoded = Path(folder).with_name(f"decoded_{side}.h5")
    begin = time.perf_counter()
    write_decoded_images(decoded, ids, paths, **size, threads=threads)
    seconds = time.perf_counter() - begin

    def batches():
        canvases = Canvases(DecodedImages(decoded, ids, **size), keep=keep)
        rows, changes = np.arange(len(paths)), Augmentation(**AUGMENTATION)
        return training_batches(canvases, rows, targets, changes, batch_size=BATCH, seed=1)

    return {"decoding": seconds, **time_epochs(batches, len(paths), epochs)}


def run_generator(folder, side, threads, epochs):
    """Time Keras's generator; several threads take turns on its batches, as in Keras 2's fit."""
    import keras
    import pandas as pd
    from tensorflow.keras.preprocessing.image import ImageDataGenerator

    names = sorted(path.name for path in Path(folder).glob("*.jpg"))
    votes = [f"vote{number}" for number in range(37)]
    table = pd.DataFrame(0.0, index=range(len(names)), columns=votes).assign(filename=names)

    def batches():
        generator = ImageDataGenerator(rescale=1 / 255, **AUGMENTATION).flow_from_dataframe(
            table,
            folder,
            y_col=votes,
            class_mode="raw",
            target_size=(side, side),
            batch_size=BATCH,
        )
        with ThreadPoolExecutor(threads) as pool:
            while True:
                yield from pool.map(generator.__getitem__, range(len(generator)))
                generator.on_epoch_end()

    found = time_epochs(batches, len(names), epochs)
    return {**found, "version": f"{ImageDataGenerator.__module__} of Keras {keras.__version__}"}


def run_read(folder, decode, cold):
    """Time the reading of all images of a folder or of the archive in its place."""
    from galbar.io.image_archives import find_source, open_image_file
    from galbar.io.images import read_image

    folder, left = Path(folder), None
    names = json.loads(sys.stdin.read())
    if cold:
        source = find_source(folder)
        left = drop([source] if source.is_file() else [folder / name for name in names])
    begin = time.perf_counter()
    for name in names:
        path = folder / name
        if decode:
            read_image(path)
        else:
            file = open_image_file(path)
            file.read_bytes() if isinstance(file, Path) else file.getvalue()
    return {"seconds": time.perf_counter() - begin, "left": left}


def drop(paths):
    """Ask the system to forget files' contents; the share of the pages that stay in memory."""
    pages = kept = 0
    for path in paths:
        with open(path, "rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        if shutil.which("fincore"):
            command = ["fincore", "--bytes", "--noheadings", "--output", "RES,SIZE", path]
            found, size = map(int, subprocess.check_output(command, text=True).split())
            kept, pages = kept + found, pages + size
    return kept / pages if pages else None


TASKS = {"galbar": run_galbar, "generator": run_generator, "read": run_read}


# ---- How they are run --------------------------------------------------------------------------
def call(task, *arguments, cores=1, names=(), before=()):
    """Run a task in a process of its own on some cores; its result."""
    code = f"import sys; sys.argv[1:] = []; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
    code += f"import json, training_input as t\nfound = t.TASKS[{task!r}](*{arguments!r})\n"
    code += "print('RESULT', json.dumps(found))"
    mine = sorted(os.sched_getaffinity(0))[:cores]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [*before, sys.executable, "-c", code],
        input=json.dumps(list(names)),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: os.sched_setaffinity(0, mine),
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(re.search(r"^RESULT (.*)$", done.stdout, flags=re.M)[1])


def draw_images(folder, count):
    """Draw galaxies of the simulated survey into a folder."""
    from galbar.survey.build import simulate_survey

    settings = {"barred_share": 0.7, "volunteers": 40, "processes": 1, "seed": 1}
    counts = {"training_galaxies": count, "test_galaxies": 1, "catalogue_galaxies": 6}
    simulate_survey(folder, **counts, **settings)
    return folder / "images_training_rev1"


def pack(images, target, method):
    """Pack a folder as Kaggle does; the path that the folder would have."""
    with zipfile.ZipFile(target, "w", method) as archive:
        for path in sorted(images.iterdir()):
            archive.write(path, f"{target.stem}/{path.name}")
    return target.with_suffix("")


# ---- Pipelines ---------------------------------------------------------------------------------
def measure_pipelines(images, side, threads, epochs, rounds):
    """Best first batch, first and later epochs of each candidate [s]."""
    tasks = {
        CANDIDATES[0]: ("galbar", str(images), side, threads, epochs, True),
        CANDIDATES[1]: ("galbar", str(images), side, threads, epochs, False),
        CANDIDATES[2]: ("generator", str(images), side, threads, epochs),
    }
    found = {name: [] for name in tasks}
    for _ in range(rounds):
        for name, task in tasks.items():
            found[name].append(call(*task, cores=threads))
    return {
        name: {
            "decoding": min(one.get("decoding", 0) for one in runs),
            "first batch": min(one["first_batch"] for one in runs),
            "first epoch": min(one["epochs"][0] for one in runs),
            "later epochs": min(min(one["epochs"][1:]) for one in runs),
            "version": runs[0].get("version"),
        }
        for name, runs in found.items()
    }


def print_pipelines(found, count, side, threads):
    """Print images per second, and the ratios to the generator."""
    reference = found[GENERATOR]
    for name, one in found.items():
        cells = [f"{one['decoding']:6.2f} s", f"{one['first batch']:8.2f} s"]
        for what in ("first epoch", "later epochs"):
            ratio = reference[what] / one[what]
            cells.append(f"{count / one[what]:7.0f} /s (x {ratio:.2f})")
        print(f"{side:4d} px  {threads} thread(s)  {name:22s}", *cells, sep="  ")


# ---- Files and archives ------------------------------------------------------------------------
def measure_reading(sources, names, rounds):
    """Best times of reading all images [s]: {source: {(decode, cold): seconds}}."""
    found = {name: {} for name in sources}
    for decode, cold in ((False, False), (True, False), (False, True)):
        for _ in range(rounds + 1):
            for name, folder in sources.items():
                one = call("read", str(folder), decode, cold, names=names)
                best = found[name].get((decode, cold), {"seconds": np.inf})
                found[name][decode, cold] = min(best, one, key=lambda each: each["seconds"])
    return found


def print_reading(found, count):
    """Print milliseconds per image, and ratios to the files."""
    reference = next(iter(found.values()))
    for name, times in found.items():
        cells = [
            f"{1e3 * times[key]['seconds'] / count:7.3f} ms "
            f"(x {reference[key]['seconds'] / times[key]['seconds']:.2f})"
            for key in times
        ]
        print(f"{name:18s}", *cells, sep="  ")
    left = [times[False, True]["left"] for times in found.values()]
    if None in left:
        print("cold: the contents were to be forgotten (posix_fadvise); unknown if they were")
    else:
        share = ", ".join(f"{one:.0%}" for one in left)
        print(f"cold: contents forgotten but for {share} of the bytes; names and inodes were not")


def count_calls(folder, names):
    """Count system calls per image of reading all images; None without strace."""
    strace = shutil.which("strace")
    if strace is None:
        return None
    # What a process does anyway is in both counts.
    few, many = (_trace(strace, folder, some) for some in (names[:1], names))
    return {name: (many[name] - few.get(name, 0)) / (len(names) - 1) for name in many}


def _trace(strace, folder, names):
    """Count calls of each kind in a process that reads some images without decoding."""
    with tempfile.NamedTemporaryFile("r") as table:
        before = (strace, "-f", "-c", "-o", table.name)
        call("read", str(folder), False, False, names=names, before=before)
        rows = [line.split() for line in table.read().splitlines()]
    # Share, seconds, microseconds per call, calls, errors (if any), name.
    return {row[-1]: int(row[3]) for row in rows if len(row) > 4 and row[3].isdigit()}


def print_calls(counts):
    """Print what a file system is asked for per image."""
    for name, calls in counts.items():
        if calls is None:
            print(f"{name:18s} not counted: strace is not installed")
            continue
        metadata = sum(number for call, number in calls.items() if call in METADATA)
        opens = sum(number for call, number in calls.items() if call.startswith("open"))
        reads = sum(number for call, number in calls.items() if call in ("read", "pread64"))
        numbers = f"{metadata:5.2f} of metadata ({opens:.2f} to open), {reads:5.2f} to read"
        print(f"{name:18s} per image: {numbers}")


ARGUED = """
Argued, not measured: a parallel file system answers each of the operations of metadata from a
server that all jobs share, mostly in 0.1 to 1 ms, longer when it is busy. For {files} files that
are read once per training that is {low:.0f} to {high:.0f} s of waiting per thread; an archive is
opened once. What a local disk with warm cache shows above is the CPU's part only."""


def main():
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=320, help="number of images")
    parser.add_argument("--sides", type=int, nargs="+", default=[224, 64], help="sides [px]")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], help="threads")
    parser.add_argument("--epochs", type=int, default=3, help="epochs of each run, 2 or more")
    parser.add_argument("--rounds", type=int, default=2, help="runs of each candidate")
    parser.add_argument(
        "--quick", action="store_true", help="96 images, one round, 64 px, 1 thread"
    )
    options = parser.parse_args()
    if options.quick:
        options.images, options.sides, options.threads = 96, [64], [1]
        options.epochs, options.rounds = 2, 1
    print(f"{options.images} images, batches of {BATCH}, best of {options.rounds} run(s)")
    with tempfile.TemporaryDirectory() as folder:
        images = draw_images(Path(folder), options.images)
        compare_pipelines(images, options)
        compare_reading(images, options.rounds)


def compare_pipelines(images, options):
    """Compare pipelines for each size and number of threads."""
    print("\nInput: decoding, once for all trainings | time to the first batch | images per second")
    print("in the first epoch and in later ones (x: ratio to the generator, which decodes in each)")
    version = None
    for side in options.sides:
        for threads in options.threads:
            found = measure_pipelines(images, side, threads, options.epochs, options.rounds)
            print_pipelines(found, options.images, side, threads)
            version = found[GENERATOR]["version"]
    print(f"The generator is {version}; it shrinks to the nearest pixels, galbar by averaging.")
    print(
        "galbar's first batch waits for TensorFlow to compile and, where images are kept, for all."
    )


def compare_reading(images, rounds):
    """Compare files with archives."""
    sources = {"files": images}
    for name, method in (("stored", zipfile.ZIP_STORED), ("deflated", zipfile.ZIP_DEFLATED)):
        sources[f"archive, {name}"] = pack(images, images.parent / f"{name}.zip", method)
    names = sorted(path.name for path in images.iterdir())
    print(
        "\nReading, one thread: bytes, warm | decoded, warm | bytes, cold (x: ratio to the files)"
    )
    print_reading(measure_reading(sources, names, rounds), len(names))
    print("\nSystem calls")
    print_calls({name: count_calls(folder, names) for name, folder in sources.items()})
    files = 61578
    print(ARGUED.format(files=files, low=2 * files * 1e-4, high=2 * files * 1e-3))


if __name__ == "__main__":
    main()
