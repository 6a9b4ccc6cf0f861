"""A short job on a node with a GPU: what it sees of devices, software and files."""

from galbar.jobs.start import snakemake

import json
import os
import platform
from pathlib import Path

import tensorflow as tf

from galbar.cluster.attempt_checks import count_gpus
from galbar.io.atomic import write_json
from galbar.jobs.devices import configure_devices, describe_devices, has_gpu, software_versions


def main(site, devices, *, retries, request):
    """Compute something on the device, and write what was found there and what was asked for."""
    visible_devices = len(tf.config.list_physical_devices("GPU"))
    configure_devices(1)
    matrix = tf.random.stateless_normal((512, 512), seed=(1, 2))
    if not bool(tf.reduce_all(tf.math.is_finite(tf.linalg.matmul(matrix, matrix)))):
        raise RuntimeError(f"{describe_devices()}: a product of matrices is not finite")
    report = {
        "host": platform.node(),
        "gpus": [describe_devices()] if has_gpu() else [],
        "visible": os.environ.get("CUDA_VISIBLE_DEVICES"),
        "devices": visible_devices,
        "asked": count_gpus(**request),
        "retries": retries,
        "versions": software_versions(),
        "read": json.loads(Path(site).read_text(encoding="utf-8"))["token"],
    }
    write_json(report, devices)


if __name__ == "__main__":
    main(
        snakemake.input.site,
        snakemake.output.devices,
        retries=snakemake.params.retries,
        request=snakemake.params.request,
    )
