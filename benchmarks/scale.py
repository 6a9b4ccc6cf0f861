"""Time and memory of measuring and tabulating, for a thousand galaxies and more.

Usage, from the root of the repository::

    OMP_NUM_THREADS=1 .venv/bin/python benchmarks/scale.py --largest 100000

Two models, two runs, 50 settings; heat maps of 64 px are drawn on the fly (`drawn_catalogue`), a
shard at a time, measured and deleted. Every step is the ``main`` of its entry script, in a process
of its own. Times are those of ``main``: the start of Python and its imports, a second per job, are
left out. 100,000 galaxies take a quarter of an hour on one core and 1 GB of disk. What is done is
not done again: after a stop, run the same command.
"""

import argparse
import importlib
import itertools
import json
import math
import multiprocessing
import os
import resource
import shutil
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACES = [str(ROOT / place) for place in ("workflow/scripts", ".")]
sys.path[:0] = PLACES

from machine import describe_machine  # noqa: E402

GALAXIES = (1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
MODELS = ("vgg16", "xception")
RUNS = (1, 2)
GRID = {
    "criteria": ["pearson", "elongation", "level"],
    "kinds": ["absolute"],
    "xinput": [False],
    "smoothing": [0, 1],
    "corr_threshold": [0.75, 0.85, 0.95],
    "len_threshold": [10, 20, 40],
    "elongation_threshold": [0.5, 0.7, 0.9],
    "level_fraction": [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8],
}
IMAGE = {"height": 64, "width": 64, "crop": 0.5}
COSMOLOGY = {"omega_m": 0.3, "hubble_constant": 70}
STEPS = ("measure_lengths", "join_lengths", "estimate_lengths", "tabulate_lengths")


class Bench:
    """Steps for one number of galaxies, each in a process of its own; done ones are remembered."""

    def __init__(self, directory, galaxies, galaxies_per_job):
        from galbar.io.shards import list_shards

        self.galaxies = galaxies
        self.folder = directory / f"n{galaxies}"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.journal = directory / f"n{galaxies}.jsonl"
        self.shards = list_shards(galaxies, galaxies_per_job)
        self.records = []
        if self.journal.exists():
            lines = self.journal.read_text(encoding="utf-8").splitlines()
            self.records = [json.loads(line) for line in lines]
        self._done = {(record["step"], record["part"]) for record in self.records}

    def run(self, step, part, *arguments, module=None, function="main", **options):
        """Run one step for one part of the catalogue, unless it was run before."""
        if (step, part) in self._done:
            return
        context = multiprocessing.get_context("spawn")
        receiver, sender = context.Pipe(duplex=False)
        log = self.folder / "log.txt"
        task = module or step, function, arguments, options, log, sender
        process = context.Process(target=run_measured, args=task)
        process.start()
        sender.close()
        try:
            measured = receiver.recv()
        except EOFError:
            raise SystemExit(f"{step} {part} failed, see {log}") from None
        process.join()
        record = {"galaxies": self.galaxies, "step": step, "part": part, **measured}
        with open(self.journal, "a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
        self.records.append(record)
        self._done.add((step, part))

    def path(self, model, run, shard=None):
        """Path of bar lengths: of one shard, or all of them as one file."""
        whole = self.folder / model / f"run{run}" / "barlengths" / "hoyle" / "noise0.1.h5"
        return whole if shard is None else whole.with_suffix("") / f"{shard}.h5"

    def run_all(self):
        """Run all steps; afterwards, only the records and the tables are left."""
        if ("tabulate_lengths", "") not in self._done:
            self._measure()
            self._tabulate()
        for left in self.folder.iterdir():
            if left.is_dir():
                shutil.rmtree(left)

    def _tables(self):
        return [self.folder / name for name in ("catalogue.csv", "truth.npy")]

    def _measure(self):
        catalogue, truth = self._tables()
        given = {"module": "tests.helpers.drawn_catalogue", "function": "write_catalogue"}
        self.run("draw", "catalogue", catalogue, truth, galaxies=self.galaxies, **given)
        for run in RUNS:
            for shard in self.shards:
                for model in MODELS:
                    self._measure_shard(model, run, shard)
            for model in MODELS:
                parts = [self.path(model, run, shard) for shard in self.shards]
                joined = self.path(model, run)
                self.run("join_lengths", f"{model} run{run}", parts, joined, module="join_shards")

    def _measure_shard(self, model, run, shard):
        catalogue, truth = self._tables()
        part, maps = f"{model} run{run} {shard}", self.folder / "maps.h5"
        if ("measure_lengths", part) in self._done:
            return
        # Drawn anew if the process was stopped in between: the maps are always deleted.
        self._done.discard(("draw", part))
        given = {"module": "tests.helpers.drawn_catalogue", "function": "write_heatmaps"}
        named = {"model": model, "run": run, "shard": shard}
        self.run("draw", part, catalogue, truth, maps, **named, **given)
        lengths = self.path(model, run, shard)
        about = {"directory": "", "image": IMAGE, "grid": GRID}
        self.run("measure_lengths", part, model, [maps], catalogue, lengths, **about)
        maps.unlink()

    def _tabulate(self):
        from galbar.calibration.calibration_file import write_calibration
        from galbar.lengths.measure import list_settings

        names = ("chosen.json", "calibration.h5", "calibrated.csv", "barlengths.csv")
        chosen, calibration, calibrated, table = (self.folder / name for name in names)
        setting = next(one for one in list_settings(**GRID) if one["level_fraction"] == 0.5)
        choice = {"model": MODELS[0], "attribution": "smoothgrad", "smooth_noise": 0.1}
        choice |= {"setting": setting, "published": None, "published_per_model": {}}
        chosen.write_text(json.dumps(choice), encoding="utf-8")
        # The lengths of one setting: a regression costs by how many settings it takes.
        write_calibration(calibration, None, [], "none, for the benchmark")
        lengths = [str(self.path(model, run)) for model in MODELS for run in RUNS]
        catalogue, _ = self._tables()
        self.run("estimate_lengths", "", lengths, catalogue, calibration, chosen, calibrated)
        given = lengths, catalogue, calibrated, chosen, table
        self.run("tabulate_lengths", "", *given, errors=None, cosmology=COSMOLOGY, own=False)


def run_measured(module, function, arguments, options, log, sender):
    """Run a function and measure it; the process does nothing else.

    It sends a dict: wall, cpu [s], and peak, of the process with its imports [MiB].
    """
    sys.path[:0] = [place for place in PLACES if place not in sys.path]
    with open(log, "a", encoding="utf-8") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    called = getattr(importlib.import_module(module), function)
    wall, cpu = time.perf_counter(), time.process_time()
    called(*arguments, **options)
    measured = {
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    sender.send(measured)


def summarise(records):
    """Add up the parts of each step.

    Returns
    -------
    dict of (int, str) to dict
        Number of galaxies and step -> wall, cpu [ms per galaxy], peak [MiB]; step "all" for their
        sum and largest.
    """
    summary = {}
    for record in records:
        if record["step"] in STEPS:
            for step in (record["step"], "all"):
                key = record["galaxies"], step
                found = summary.setdefault(key, {"wall": 0.0, "cpu": 0.0, "peak": 0.0})
                for name in ("wall", "cpu"):
                    found[name] += 1000 * record[name] / record["galaxies"]
                found["peak"] = max(found["peak"], record["peak"])
    return summary


def print_summary(summary, numbers):
    """Print one table of times and one of memory, and how the time of all steps grows."""
    for name, unit in (
        ("wall", "ms per galaxy, wall"),
        ("cpu", "ms per galaxy, CPU"),
        ("peak", "MiB"),
    ):
        print(f"\n{unit:24s}" + "".join(f"{number:>10,}" for number in numbers))
        for step in (*STEPS, "all"):
            values = [summary[number, step][name] for number in numbers]
            digits = 0 if name == "peak" else 3
            print(f"{step:24s}" + "".join(f"{value:10.{digits}f}" for value in values))
    for first, last in itertools.pairwise(numbers):
        ratio = summary[last, "all"]["cpu"] / summary[first, "all"]["cpu"]
        slope = 1 + math.log(ratio) / math.log(last / first)
        print(f"from {first:,} to {last:,} galaxies, CPU time grows as n^{slope:.2f}")


def check_lengths(folder, tolerance=0.03):
    """Print the correlation beside that which the drawn lengths must have; fail if they differ."""
    import pandas as pd

    from tests.helpers.drawn_catalogue import expected_correlation

    measured = pd.read_csv(folder / "barlengths.csv")
    drawn = measured["length_scaled_catalogue"]
    r, expected = measured["length_scaled"].corr(drawn), expected_correlation(len(RUNS))
    print(f"  r = {r:.3f} on {len(drawn):,} galaxies, expected {expected:.3f}")
    if abs(r - expected) > tolerance + 4 / math.sqrt(len(drawn)):
        raise SystemExit(f"{folder}: r is {r:.3f}, expected {expected:.3f}")


def main():
    """Run what is missing, then print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--directory", type=Path, default=Path("build/scale"))
    parser.add_argument("--largest", type=int, default=10_000, help="most galaxies (10000)")
    parser.add_argument("--galaxies-per-job", type=int, default=10_000)
    options = parser.parse_args()
    numbers = [number for number in GALAXIES if number <= options.largest]
    if not numbers:
        raise SystemExit(f"--largest {options.largest}: expected {GALAXIES[0]} or more")
    benches = [Bench(options.directory, number, options.galaxies_per_job) for number in numbers]
    for bench in benches:
        bench.run_all()
        print(f"{bench.galaxies:,} galaxies done", flush=True)
    # Only now is pandas imported here: the peak memory of a process is counted from that of the
    # one that has started it.
    for bench in benches:
        print(f"{bench.galaxies:,} galaxies:")
        check_lengths(bench.folder)
    records = [record for bench in benches for record in bench.records]
    print(describe_machine())
    print_summary(summarise(records), numbers)


if __name__ == "__main__":
    main()
