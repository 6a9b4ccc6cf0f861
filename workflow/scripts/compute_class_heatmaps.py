"""Compute the heat maps of a few galaxies for several votes, averaged over the networks."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from galbar.attribution.class_heatmaps import average_maps, write_class_heatmaps
from galbar.attribution.smoothgrad import SmoothGrad
from galbar.io.images import centre_crop, read_canvas
from galbar.io.job_log import start_log
from galbar.jobs.devices import check_gpu, configure_devices
from galbar.networks.linear_output import load_for_saliency

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

DEFINITION = ("smooth_samples", "batch_size", "jitter", "symmetries", "antithetic", "seed")


def main(models, selected, heatmaps, *, directory, image, columns, smoothgrad, threads):
    """Write images (n, ny, nx, 3) and normalised maps (n, columns, ny, nx) of n galaxies.

    ``image`` holds height, width [px] and crop; ``smoothgrad`` smooth_samples, smooth_noise,
    batch_size, jitter, symmetries, antithetic and seed.
    """
    # The same galaxy gives the same bits wherever it is computed, on a GPU too.
    configure_devices(threads, deterministic=True)
    table = pd.read_csv(selected, usecols=["galaxy_id", "image"], dtype={"galaxy_id": "int64"})
    shape = (image["height"], image["width"])
    canvases = [read_canvas(Path(directory) / path, **image) for path in table["image"]]
    maps = np.zeros((len(models), len(table), len(columns), *shape), dtype=np.float32)
    for model, of_model in zip(models, maps, strict=True):
        for column, output in enumerate(columns):
            explain = SmoothGrad(load_for_saliency(model, output, shape)[0], **smoothgrad)
            for row, (galaxy, canvas) in enumerate(zip(table["galaxy_id"], canvases, strict=True)):
                scaled = canvas.astype(np.float32) / np.float32(255)
                of_model[row, column] = explain(scaled, galaxy)["absolute"]
    images = [centre_crop(canvas, *shape) for canvas in canvases]
    attributes = {**smoothgrad, "crop": image["crop"], "models": [str(path) for path in models]}
    write_class_heatmaps(
        heatmaps,
        table["galaxy_id"],
        np.reshape(images, (len(table), *shape, 3)),
        average_maps(maps),
        columns,
        attributes,
    )


if __name__ == "__main__":
    start_log(snakemake.log[0])
    check_gpu(snakemake.config["devices"]["without_gpu"])
    params = dict(snakemake.params.items())
    main(
        *(snakemake.input.models, snakemake.input.selected, snakemake.output.heatmaps),
        image={key: params[key] for key in ("height", "width", "crop")},
        **{key: params[key] for key in ("directory", "columns")},
        smoothgrad={key: params[key] for key in DEFINITION}
        | {"smooth_noise": float(params["smooth_noise"])},
        threads=snakemake.threads,
    )
