"""Split the galaxies of known bar lengths, for the heat maps and for the control."""

from galbar.jobs.start import snakemake

import pandas as pd

from galbar.catalogues.build import split_hoyle
from galbar.io.atomic import write_csv


def main(catalogue, table, **splits):
    """Write the catalogue with its splits (see `galbar.catalogues.splits.catalogue_splits`)."""
    galaxies = pd.read_csv(catalogue, dtype={"galaxy_id": "int64", "asset_id": "int64"})
    write_csv(split_hoyle(galaxies, **splits), table)


if __name__ == "__main__":
    main(
        snakemake.input.catalogue,
        snakemake.output.table,
        validation_split=snakemake.params.validation_split,
        test_split=snakemake.params.test_split,
    )
