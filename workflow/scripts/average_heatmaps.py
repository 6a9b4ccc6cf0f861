"""Average the normalised heat maps of all networks of one training run."""

from galbar.jobs.start import snakemake

from galbar.attribution.model_average import average_heatmaps


def main(heatmaps, average):
    """Write the mean of the normalised maps, per galaxy and kind."""
    average_heatmaps(heatmaps, average)


if __name__ == "__main__":
    main(snakemake.input.heatmaps, snakemake.output.heatmaps)
