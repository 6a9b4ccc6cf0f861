"""Time of one sample of SmoothGrad: galbar against two other implementations and the machine.

Usage, from the root of the repository: ``make benchmark``, or ``.venv/bin/python
benchmarks/smoothgrad.py [xception resnet50v2 vgg16]``. One image of 224 x 224 px, the published
networks with random weights. All take turns on the same threads, so that ratios hold on a busy
machine, too. The rows:

galbar, galbar bfloat16
    the compiled loop in float32 and in mixed precision, with the agreement of their maps.
tf-keras-vis
    as the released code uses it: one object per image, one sample at a time.
xplique
    its SmoothGrad (the mean of the signed gradient), with the same batch. Its other methods need
    packages that are not installed and not used here: they are replaced by empty modules.
bare gradient
    one compiled gradient of the whole batch, without noise and sums: no implementation on
    TensorFlow can be faster.

The share of the peak compares the floating point operations of a sample (4 for each multiplication
of the forward pass: two forward, two backward) with the fastest of some dense 3 x 3 convolutions.
Below each table: the share of the convolutions in one traced pass, and how near to the peak they
come by themselves, which is as near as the whole could come.
"""

import argparse
import sys
import time
import types
from pathlib import Path

import numpy as np
import tensorflow as tf

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))
sys.path.insert(0, str(ROOT / "benchmarks"))
sys.path.append(str(ROOT / "build" / "benchmark"))

from machine import describe_machine  # noqa: E402
from operations import trace_operations  # noqa: E402

from galbar.attribution.methods.registry import METHODS  # noqa: E402
from galbar.networks.build import build_network  # noqa: E402
from galbar.networks.linear_output import select_output  # noqa: E402
from galbar.networks.mixed_precision import in_precision  # noqa: E402

SIDE = 224


def make_bare(network, image, samples):
    """Compile the gradient of one batch of all samples: no noise, no sums."""
    batch = tf.constant(np.repeat(image[np.newaxis], samples, axis=0))

    @tf.function
    def gradient():
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(batch)
            output = network(batch, training=False)
        return tape.gradient(output, batch)

    return lambda: gradient().numpy()


def make_xplique(network, image, samples):
    """Make the SmoothGrad of xplique, or None where it is not installed."""
    for name in ("cv2", "tensorflow_probability"):
        sys.modules.setdefault(name, types.ModuleType(name))
    try:
        from xplique.attributions import SmoothGrad
    except ImportError:
        return None
    method = SmoothGrad(network, nb_samples=samples, noise=0.1, batch_size=samples, reducer=None)
    target = np.ones((1, 1), dtype=np.float32)
    return lambda: method.explain(image[np.newaxis], target)


def count_multiplications(network):
    """Multiplications of a forward pass of one image: convolutions and dense layers."""
    total = 0
    for layer in network.operations:
        kernels = [w for w in getattr(layer, "weights", ()) if len(w.shape) >= 2]
        for kernel in kernels:
            places = np.prod(layer.output.shape[1:-1], dtype=float)
            total += float(np.prod(kernel.shape)) * places
    return total


def measure_peak(seconds=0.3):
    """Operations per second of dense 3 x 3 convolutions, forward: the fastest of some shapes."""
    best = 0.0
    for side, channels in ((56, 128), (28, 256), (28, 512), (14, 512)):
        images = tf.random.normal((8, side, side, channels))
        kernel = tf.random.normal((3, 3, channels, channels))
        convolve = tf.function(lambda images=images, kernel=kernel: tf.nn.conv2d(
            images, kernel, strides=1, padding="SAME"
        ))  # fmt: skip
        operations = 2.0 * 8 * side**2 * 9 * channels**2
        convolve()
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            begin = time.perf_counter()
            convolve().numpy()
            best = max(best, operations / (time.perf_counter() - begin))
    return best


def time_convolutions(network, image, samples, threads):
    """Seconds a sample that convolutions take in one traced pass, and their share of it."""
    batch = np.repeat(image[np.newaxis], samples, axis=0)
    times = trace_operations(network, batch, threads)
    seconds = sum(time for kind, time in times.items() if "Conv2" in kind)
    return seconds / samples, seconds / sum(times.values())


def time_network(architecture, samples, rounds, threads):
    """Time all implementations.

    Returns times per sample [ms], agreement, operations and `time_convolutions`.
    """
    network = build_network(architecture, height=SIDE, width_px=SIDE, activation="linear", seed=1)
    network = select_output(network, "Class3.1")
    image = np.random.default_rng(1).random((SIDE, SIDE, 3)).astype(np.float32)
    settings = {"smooth_samples": samples, "smooth_noise": 0.1, "seed": 42, "batch_size": samples}
    calls = {
        name: METHODS["smoothgrad"].make(model, **settings)
        for name, model in (
            ("galbar", network),
            ("galbar bfloat16", in_precision(network, "bfloat16")),
        )
    }
    maps = [call(image, 1)["absolute"].ravel() for call in calls.values()]
    agreement = np.corrcoef(maps)[0, 1]
    calls = {name: lambda call=call: call(image, 1) for name, call in calls.items()}
    # A new object for each image, as in the released code.
    calls["tf-keras-vis"] = lambda: METHODS["tf_keras_vis_smoothgrad"].make(network, **settings)(
        image, 1
    )
    calls["xplique"] = make_xplique(network, image, samples)
    calls["bare gradient"] = make_bare(network, image, samples)
    calls = {name: call for name, call in calls.items() if call is not None}
    for call in calls.values():
        call()
    spent = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            begin = time.process_time(), time.perf_counter()
            call()
            end = time.process_time(), time.perf_counter()
            spent[name].append([(b - a) / samples * 1000 for a, b in zip(begin, end, strict=True)])
    times = {name: np.min(both, axis=0) for name, both in spent.items()}
    convolutions = time_convolutions(network, image, samples, threads)
    return times, agreement, 4 * count_multiplications(network), convolutions


def main():
    """Print a table for each network."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("networks", nargs="*", default=["xception", "resnet50v2", "vgg16"])
    parser.add_argument("--samples", type=int, default=16, help="samples, all in one batch")
    parser.add_argument("--rounds", type=int, default=3, help="turns; the fastest counts")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(options.threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    print(describe_machine())
    print(f"{SIDE} px, {options.samples} samples in one batch, {options.threads} thread(s)")
    for architecture in options.networks:
        peak = measure_peak()
        times, agreement, operations, convolutions = time_network(
            architecture, options.samples, options.rounds, options.threads
        )
        peak = max(peak, measure_peak())
        print(
            f"\n{architecture}: {operations / 1e9:.1f} GFLOP a sample, convolutions reach "
            f"{peak / 1e9:.0f} GFLOP/s; r of its map with bfloat16 {agreement:.6f}"
        )
        print(f"{'':22}  CPU ms  wall ms  galbar is faster by (CPU, wall)  share of the peak")
        for name, (cpu, wall) in times.items():
            ratio = np.divide((cpu, wall), times["galbar"])
            share = operations / (wall / 1000) / peak
            print(
                f"{name:22}  {cpu:6.0f}  {wall:7.0f}  {ratio[0]:18.2f}  {ratio[1]:11.2f}"
                f"  {100 * share:15.0f} %",
                flush=True,
            )
        seconds, part = convolutions
        print(
            f"convolutions take {100 * part:.0f} % of galbar's pass and reach "
            f"{100 * operations / seconds / peak:.0f} % of the peak themselves",
            flush=True,
        )


if __name__ == "__main__":
    main()
