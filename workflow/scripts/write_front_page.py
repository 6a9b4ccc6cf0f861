"""Write the main scores and the overview as a piece of HTML, for the first page of the report."""

from galbar.jobs.start import snakemake

from galbar.figures.front_page import front_page
from galbar.io.atomic import atomic_write
from galbar.io.result_tables import read_result_table
from galbar.scores.headline import headline_table


def main(scores, overview, page, *, interval):
    """Read scores against the catalogue and perhaps the truth, and a picture; write the page."""
    names = ["the human lengths of the catalogue", "the true lengths"][: len(scores)]
    # What is true comes first, where it is known.
    references = reversed(list(zip(names, map(read_result_table, scores), strict=True)))
    tables = {
        f"Against {name}, with {100 * interval:.4g} % intervals": headline_table(table)
        for name, table in references
    }
    with atomic_write(page) as temporary:
        temporary.write_text(front_page(tables, overview), encoding="utf-8")


if __name__ == "__main__":
    main(
        list(snakemake.input.scores),
        snakemake.input.overview,
        snakemake.output.page,
        interval=snakemake.params.interval,
    )
