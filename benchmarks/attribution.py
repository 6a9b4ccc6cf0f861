"""Time of a galaxy's maps by each attribution method, beside SmoothGrad's.

Usage, from the root of the repository: ``make benchmark``, or ``.venv/bin/python
benchmarks/attribution.py [--published]``. The networks of config/demo.yaml with random weights, in
its settings of heat maps; with ``--published`` Xception for 224 x 224 px in the published settings
(minutes). One image, all kinds of each method, one thread. The methods take turns, the fastest
turn of each counts, so that ratios hold on a busy machine, too.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import tensorflow as tf
import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))
sys.path.insert(0, str(ROOT / "benchmarks"))

from machine import describe_machine  # noqa: E402

from galbar.attribution.methods.registry import METHODS  # noqa: E402
from galbar.config.check import check_config  # noqa: E402
from galbar.networks.build import NETWORK_KEYS, build_network  # noqa: E402
from galbar.networks.linear_output import select_output  # noqa: E402


def make_methods(network, config):
    """Make all methods with all their kinds, as a configuration sets them."""
    settings = config["heatmaps"] | {"seed": config["seed"]}
    settings |= {"smooth_noise": settings["smooth_noise"][0]}
    methods = {}
    for name, method in METHODS.items():
        selected = method.select(settings | {"kinds": method.kinds, "watched_lengths": []})
        methods[name] = method.make(network, **selected)
    return methods


def time_methods(methods, canvas, rounds):
    """Return the CPU time of a galaxy by each method [ms]: the least of some turns."""
    spent = {name: [] for name in methods}
    for _ in range(rounds + 1):
        for name, method in methods.items():
            begin = time.process_time()
            method(canvas, 1)
            spent[name].append(1000 * (time.process_time() - begin))
    # The first turn traces.
    return {name: min(times[1:]) for name, times in spent.items()}


def main():
    """Print a table: methods down, networks across."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--published", action="store_true", help="Xception for 224 x 224 px")
    parser.add_argument("--rounds", type=int, default=3, help="turns; the fastest counts")
    options = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    name = "config/config.yaml" if options.published else "config/demo.yaml"
    config = check_config(yaml.safe_load((ROOT / name).read_text(encoding="utf-8")))
    side, heatmaps = config["image"]["height"], config["heatmaps"]
    print(describe_machine())
    print(
        f"{name}: {side} px, SmoothGrad with {heatmaps['smooth_samples']} samples, symmetries: "
        f"{heatmaps['symmetries']}; CPU ms a galaxy (times SmoothGrad)"
    )
    canvas = np.random.default_rng(1).random((side + 32, side + 32, 3)).astype(np.float32)
    for model in config["models"][-1:] if options.published else config["models"]:
        settings = {key: model[key] for key in NETWORK_KEYS}
        network = build_network(**settings, height=side, width_px=side, activation="linear", seed=1)
        network = select_output(network, heatmaps["output"], heatmaps["against"])
        times = time_methods(make_methods(network, config), canvas, options.rounds)
        print(f"\n{model['name']}")
        for method, spent in times.items():
            print(f"{method:25} {spent:9.1f} ({spent / times['smoothgrad']:.2f})", flush=True)


if __name__ == "__main__":
    main()
