"""Time of one sample of SmoothGrad: galbar's compiled loop against tf-keras-vis, side by side.

Run ``python benchmarks/smoothgrad.py [xception resnet50v2 vgg16]`` from the repository's root.
One image of 224 x 224 px, random weights, the published networks; both take turns on the same
threads, so that the ratio holds on a busy machine, too. The bare gradient of a compiled batch is
what no implementation on TensorFlow can be faster than.
"""

import sys
import time
from pathlib import Path

import numpy as np
import tensorflow as tf

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "workflow" / "scripts"))

from galbar.linear_network import select_output
from galbar.networks import build_network
from galbar.saliency import make_smoothgrad

SIDE = 224
SAMPLES = 8
ROUNDS = 3
THREADS = 1


def make_bare(network, image):
    """Compile the gradient of one batch of all samples: no noise, no sums."""
    batch = tf.constant(np.repeat(image[np.newaxis], SAMPLES, axis=0))

    @tf.function
    def gradient():
        with tf.GradientTape() as tape:
            tape.watch(batch)
            output = network(batch, training=False)
        return tape.gradient(output, batch)

    return gradient


def time_network(architecture):
    """Return the processor time per sample of each implementation [ms], the least of all rounds."""
    network = build_network(architecture, height=SIDE, width_px=SIDE, activation="linear", seed=1)
    network = select_output(network, "Class3.1")
    image = np.random.default_rng(1).random((SIDE, SIDE, 3)).astype(np.float32)
    settings = {"smooth_samples": SAMPLES, "smooth_noise": 0.1, "seed": 42, "batch_size": SAMPLES}
    calls = {"bare gradient": make_bare(network, image)}
    for name in ("galbar", "tf-keras-vis"):
        smoothgrad = make_smoothgrad(network, implementation=name, **settings)
        calls[name] = lambda smoothgrad=smoothgrad: smoothgrad(image, 1)
    for call in calls.values():
        call()
    spent = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            begin = time.process_time()
            call()
            spent[name].append((time.process_time() - begin) / SAMPLES * 1000)
    return {name: min(times) for name, times in spent.items()}


def main(architectures):
    """Print a table, one row per network."""
    tf.config.threading.set_intra_op_parallelism_threads(THREADS)
    tf.config.threading.set_inter_op_parallelism_threads(THREADS)
    print(f"processor time per sample [ms], {SIDE} px, batch {SAMPLES}, {THREADS} thread")
    print(f"{'network':12} {'bare gradient':>14} {'galbar':>8} {'tf-keras-vis':>13} {'ratio':>6}")
    for architecture in architectures:
        times = time_network(architecture)
        ratio = times["tf-keras-vis"] / times["galbar"]
        row = "{:12} {:14.0f} {:8.0f} {:13.0f} {:6.2f}"
        print(row.format(architecture, *times.values(), ratio), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:] or ["xception", "resnet50v2", "vgg16"])
