"""CPU time per galaxy against the Monte Carlo error of its length, on trained networks.

Usage, from the root of the repository, after ``make demo``: ``OMP_NUM_THREADS=1 .venv/bin/python
benchmarks/samples.py`` (numpy's threads would wait in busy loops). The published procedure (256
independent samples, tf-keras-vis, one sample at a time) is held against galbar's: compiled, and
with antithetic pairs. All take turns, galaxy by galaxy.
Errors are those of the *length*, against a reference of many samples of other noise and of the same
definition of a map; two lengths are looked at: that by the published criterion, and that by the
setting which the demo chose.

Errors of tf-keras-vis are taken from the same number of galbar's independent samples, which have
the same distribution (a test gives both the same noise and compares); its time is measured on a
few galaxies.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import tensorflow as tf
import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))
sys.path.insert(0, str(ROOT / "benchmarks"))

from machine import describe_machine  # noqa: E402

from galbar.attribution.heatmap_files import KINDS  # noqa: E402
from galbar.attribution.keras_vis_smoothgrad import ReferenceSmoothGrad  # noqa: E402
from galbar.attribution.smoothgrad import SmoothGrad  # noqa: E402
from galbar.io.images import centre_crop, greyscale, load_canvas, pixel_scale  # noqa: E402
from galbar.lengths.measure import complete_settings, measure_map  # noqa: E402
from galbar.networks.linear_output import load_for_saliency  # noqa: E402
from galbar.networks.mixed_precision import in_precision  # noqa: E402

NOISE = 0.1
PROCEDURE = "published procedure"
PUBLISHED = {"criterion": "pearson", "kind": "absolute", "xinput": False, "smoothing": 0}
PUBLISHED |= {"corr_threshold": 0.85, "len_threshold": 40}
NONE = dict.fromkeys(("corr_threshold", "len_threshold", "elongation_threshold", "level_fraction"))


class Survey:
    """Galaxies of the demo as its networks see them."""

    def __init__(self, results, galaxies):
        table = pd.read_csv(results / "catalogues" / "hoyle.csv")
        table = table.iloc[:: max(1, len(table) // galaxies)][:galaxies]
        demo = yaml.safe_load((ROOT / "config" / "demo.yaml").read_text(encoding="utf-8"))
        self.crop, self.side = demo["image"]["crop"], demo["image"]["height"]
        self.jitter, self.against = demo["heatmaps"]["jitter"], demo["heatmaps"]["against"]
        size = (self.side, self.side, self.crop)
        self.ids = table["galaxy_id"].tolist()
        self.canvases = [load_canvas(results / "survey" / name, *size) for name in table["image"]]
        windows = [centre_crop(canvas, self.side, self.side) for canvas in self.canvases]
        self.greys = [greyscale(window) for window in windows]
        self.scale = pixel_scale(self.side, self.crop)

    def measure(self, maps, settings):
        """Lengths (n, p) on the maps of all galaxies [pixel of the 424 px image]."""
        return np.array(
            [
                measure_map(one, settings, self.scale, grey)[0]
                for one, grey in zip(maps, self.greys, strict=True)
            ]
        )


def compute_all(survey, schemes, every):
    """Compute the maps of galaxy after galaxy in every scheme of sampling.

    ``schemes`` are functions of canvas and galaxy id by name; of the slowest only each ``every``-th
    galaxy is computed. Returns the maps, and the CPU time of one [ms], by name.
    """
    found, spent = {scheme: [] for scheme in schemes}, dict.fromkeys(schemes, 0.0)
    for compute in schemes.values():
        compute(survey.canvases[0], survey.ids[0])
    for number, galaxy in enumerate(zip(survey.canvases, survey.ids, strict=True)):
        for scheme, compute in schemes.items():
            if number % every.get(scheme, 1) == 0:
                begin = time.process_time()
                found[scheme].append(compute(*galaxy))
                spent[scheme] += time.process_time() - begin
    return found, {scheme: spent[scheme] / len(found[scheme]) * 1000 for scheme in schemes}


def list_schemes(definition):
    """Name -> how the samples are taken, a function of the network."""
    fixed = {"kinds": KINDS, "seed": 42, "smooth_noise": NOISE, "batch_size": 16, **definition}

    def make(samples, antithetic, precision="float32"):
        return lambda network: SmoothGrad(
            in_precision(network, precision),
            smooth_samples=samples,
            antithetic=antithetic,
            **fixed,
        )

    schemes = {f"{n} independent": make(n, False) for n in (256, 64, 32)}
    schemes |= {f"{n} in pairs": make(n, True) for n in (256, 128, 64, 32)}
    schemes["128 in pairs, bfloat16"] = make(128, True, precision="bfloat16")
    return schemes


def compare(name, model, survey, settings, options):
    """Print the table of one network."""
    definitions = {
        "published maps": ({}, None),
        "demo's maps": ({"jitter": survey.jitter, "symmetries": True}, survey.against),
    }
    plain = load_for_saliency(model, "Class3.1")[0]
    # A new object for each image, as the released code has it.
    keywords = {"smooth_samples": 256, "smooth_noise": NOISE, "seed": 42}
    every = {PROCEDURE: max(1, len(survey.ids) // options.timed)}
    print(
        f"\n{name}, {len(survey.ids)} galaxies. Published procedure: tf-keras-vis, 256 samples one "
        f"by one, timed on {len(survey.ids[:: every[PROCEDURE]])} galaxies"
    )
    print(f"{'':40}          times   error of the length, rms (median) [px], galaxies left out")
    print(f"{'maps and samples':40}  CPU ms  cheaper   published criterion      demo's setting")
    for label, (definition, against) in definitions.items():
        network = load_for_saliency(model, "Class3.1", against=against)[0]
        many = SmoothGrad(
            network, smooth_samples=options.reference, smooth_noise=NOISE, seed=1,
            batch_size=16, kinds=KINDS, antithetic=True, **definition,
        )  # fmt: skip
        maps = [many(*pair) for pair in zip(survey.canvases, survey.ids, strict=True)]
        reference = survey.measure(maps, settings)
        schemes = list_schemes(definition)
        calls = {scheme: build(network) for scheme, build in schemes.items()}
        calls[PROCEDURE] = lambda *galaxy: ReferenceSmoothGrad(plain, **keywords)(*galaxy)
        results, spent = compute_all(survey, calls, every)
        print(f"{label + ', ' + PROCEDURE:40}  {spent[PROCEDURE]:6.0f}     1.0")
        found = {scheme: results[scheme] for scheme in schemes}
        print_rows(label, survey, found, spent, reference, settings)


def print_rows(label, survey, results, spent, reference, settings):
    """Print time and errors of each scheme."""
    lengths = {scheme: survey.measure(found, settings) for scheme, found in results.items()}
    # The same galaxies in every row: those that can be measured in all schemes.
    common = np.isfinite(reference) & np.all(
        [np.isfinite(found) for found in lengths.values()], axis=0
    )
    for scheme in results:
        cells = []
        for column in range(len(settings)):
            used = common[:, column]
            error = np.abs(lengths[scheme][used, column] - reference[used, column])
            rms = np.sqrt(np.mean(error**2))
            cells.append(f"{rms:6.2f} ({np.median(error):5.2f}) {(~used).sum():3d}")
        print(
            f"{label + ', ' + scheme:40}  {spent[scheme]:6.0f}"
            f"  {spent[PROCEDURE] / spent[scheme]:6.1f}     {'       '.join(cells)}",
            flush=True,
        )


def main():
    """Compare all networks of the demo."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, default=ROOT / "demo" / "results")
    parser.add_argument("--galaxies", type=int, default=40)
    parser.add_argument("--reference", type=int, default=2048, help="samples of the reference")
    parser.add_argument(
        "--timed", type=int, default=5, help="tf-keras-vis is timed on at least so many"
    )
    parser.add_argument("--networks", nargs="*", help="default: all of the demo")
    options = parser.parse_args()
    if not (options.results / "chosen_setting.json").exists():
        raise SystemExit(f"{options.results}: found no results of the demo; run make demo first")
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    chosen = json.loads((options.results / "chosen_setting.json").read_text(encoding="utf-8"))
    settings = complete_settings([NONE | PUBLISHED, chosen["setting"]])
    survey = Survey(options.results, options.galaxies)
    print(describe_machine())
    print(f"noise {NOISE}, {survey.side} px, reference {options.reference} samples, 1 thread")
    print(f"demo's setting: {chosen['setting']}")
    for model in sorted(options.results.glob("*/run1/model.keras")):
        name = model.parts[-3]
        if name != "control" and (not options.networks or name in options.networks):
            compare(name, model, survey, settings, options)


if __name__ == "__main__":
    main()
