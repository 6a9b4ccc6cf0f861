"""Find the galaxies that volunteers and networks classify oppositely (smooth, features)."""

from galbar.jobs.start import snakemake

import logging

import pandas as pd

from galbar.figures.galaxy_selection import (
    compare_classes,
    select_misclassified,
    share_misclassified,
)
from galbar.io.atomic import write_csv

logger = logging.getLogger("find_misclassified")


def main(catalogue, predictions, misclassified, share, *, margin, split):
    """Read votes and predictions; write the misclassified galaxies and their share."""
    compared = compare_classes(
        pd.read_csv(catalogue), pd.read_csv(predictions), margin=margin, split=split
    )
    counts = share_misclassified(compared)
    logger.info("misclassified galaxies of the %s set:\n%s", split, counts.to_string(index=False))
    write_csv(select_misclassified(compared), misclassified)
    write_csv(counts, share)


if __name__ == "__main__":
    main(
        snakemake.input.catalogue,
        snakemake.input.predictions,
        snakemake.output.misclassified,
        snakemake.output.share,
        margin=snakemake.params.margin,
        split=snakemake.params.split,
    )
