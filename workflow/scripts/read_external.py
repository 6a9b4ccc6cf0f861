"""Read the lengths that another method gives the bar catalogue's galaxies from a user's table."""

from galbar.jobs.start import snakemake

from galbar.io.atomic import write_csv
from galbar.io.result_tables import read_result_table
from galbar.rivals.external_table import read_external


def main(table, catalogue, lengths, *, names, cosmology):
    """Read the user's ``table``; write a row for each galaxy of the catalogue."""
    galaxies = read_result_table(catalogue, columns=["galaxy_id", "petror90_r", "redshift"])
    read = read_external(table, galaxies, cosmology, names)
    write_csv(read, lengths)
    print(read["flag"].value_counts().to_string())


if __name__ == "__main__":
    main(
        snakemake.input.table,
        snakemake.input.catalogue,
        snakemake.output.lengths,
        names=snakemake.params.names,
        cosmology=snakemake.params.cosmology,
    )
