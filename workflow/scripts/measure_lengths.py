"""Measure the bars of one catalogue on one network's heat maps, with every setting."""

from typing import TYPE_CHECKING

import pandas as pd

from galbar.io.job_log import start_log
from galbar.lengths.measure_file import measure_heatmaps

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(heatmaps, catalogue, barlengths, *, directory, height, width, crop, grid):
    """Read heat maps, and the images where ``grid`` asks for xinput; write bar lengths."""
    measure_heatmaps(
        heatmaps,
        pd.read_csv(catalogue, usecols=["galaxy_id", "image"]),
        barlengths,
        directory=directory,
        height=height,
        width=width,
        crop=crop,
        grid=grid,
    )


if __name__ == "__main__":
    start_log(snakemake.log[0])
    main(
        snakemake.input.heatmaps,
        snakemake.input.catalogue,
        snakemake.output.barlengths,
        directory=snakemake.params.directory,
        height=snakemake.params.height,
        width=snakemake.params.width,
        crop=snakemake.params.crop,
        grid={
            "methods": snakemake.params.methods,
            "kinds": snakemake.params.kinds,
            "xinput": snakemake.params.xinput,
            "smoothing": snakemake.params.smoothing,
            "corr_threshold": snakemake.params.corr_threshold,
            "len_threshold": snakemake.params.len_threshold,
            "elongation_threshold": snakemake.params.elongation_threshold,
            "level_fraction": snakemake.params.level_fraction,
        },
    )
