"""Split the galaxies of known bar lengths, for the heat maps and for the control."""

from galbar.jobs.start import snakemake

from galbar.catalogues.build import split_hoyle
from galbar.io.atomic import write_csv
from galbar.io.result_tables import read_result_table


def main(catalogue, table, **splits):
    """Write the catalogue with its splits (see `galbar.catalogues.splits.catalogue_splits`)."""
    galaxies = read_result_table(catalogue)
    write_csv(split_hoyle(galaxies, **splits), table)


if __name__ == "__main__":
    main(
        snakemake.input.catalogue,
        snakemake.output.table,
        validation_split=snakemake.params.validation_split,
        test_split=snakemake.params.test_split,
    )
