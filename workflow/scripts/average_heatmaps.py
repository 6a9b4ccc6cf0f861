"""Average the normalised heat maps of all networks of one training run."""

from typing import TYPE_CHECKING

from galbar.attribution.model_average import average_heatmaps
from galbar.io.job_log import start_log

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(heatmaps, average):
    """Write the mean of the normalised maps, per galaxy and kind."""
    average_heatmaps(heatmaps, average)


if __name__ == "__main__":
    start_log(snakemake.log[0])
    main(snakemake.input.heatmaps, snakemake.output.heatmaps)
