"""Select the galaxies of a catalogue that the figures show, by id or by a stated rule."""

from galbar.jobs.start import snakemake

from galbar.figures.galaxy_selection import select_by_id, select_by_quantile, select_misclassified
from galbar.io.atomic import write_csv
from galbar.io.result_tables import read_result_table


def main(table, catalogue, selected, *, galaxies, number, rule):
    """Write galaxy_id, image, reason of the galaxies, in the order in which they are drawn."""
    catalogue, table = read_result_table(catalogue), read_result_table(table)
    if galaxies:
        chosen = select_by_id(catalogue, galaxies)
    elif rule == "quantiles":
        # Own catalogues have no human measurement: their galaxies are ranked by ours.
        column = "length_avg" if "length_avg" in table else "length_px"
        chosen = select_by_quantile(table, catalogue, column, number)
    elif rule == "misclassified":
        wrong = select_misclassified(table, number)
        chosen = wrong[["galaxy_id", "image"]].assign(reason=wrong["direction"])
    else:
        raise ValueError(f"rule is {rule!r}, expected 'quantiles' or 'misclassified'")
    write_csv(chosen, selected)


if __name__ == "__main__":
    main(
        snakemake.input.table,
        snakemake.input.catalogue,
        snakemake.output.selected,
        galaxies=snakemake.params.galaxies,
        number=snakemake.params.number,
        rule=snakemake.params.rule,
    )
