"""Find the galaxies that volunteers and networks classify oppositely (smooth, features)."""

import logging
from typing import TYPE_CHECKING

import pandas as pd

from galbar.figures.galaxy_selection import (
    compare_classes,
    select_misclassified,
    share_misclassified,
)
from galbar.io.atomic import write_csv
from galbar.io.job_log import start_log

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

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
    start_log(snakemake.log[0])
    main(
        snakemake.input.catalogue,
        snakemake.input.predictions,
        snakemake.output.misclassified,
        snakemake.output.share,
        margin=snakemake.params.margin,
        split=snakemake.params.split,
    )
