"""Find the galaxies that volunteers and networks classify oppositely (smooth, features)."""

from galbar.jobs.start import snakemake

import logging

from galbar.figures.galaxy_selection import (
    compare_classes,
    select_misclassified,
    share_misclassified,
)
from galbar.io.atomic import write_csv
from galbar.io.result_tables import read_result_table

logger = logging.getLogger("find_misclassified")


def main(catalogue, predictions, misclassified, share, *, margin, split):
    """Read votes and predictions; write the misclassified galaxies and their share."""
    compared = compare_classes(
        read_result_table(catalogue), read_result_table(predictions), margin=margin, split=split
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
