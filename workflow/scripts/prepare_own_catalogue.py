"""Read a user's own galaxies and check their images."""

from typing import TYPE_CHECKING

from galbar.catalogues.build import build_own
from galbar.io.atomic import write_csv
from galbar.io.job_log import start_log

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(own, table, dropped, *, directory, max_broken_share, threads):
    """Write the usable galaxies of a user's own table, and the others."""
    usable, others = build_own(own, directory, max_broken_share=max_broken_share, threads=threads)
    write_csv(others, dropped)
    write_csv(usable, table)


if __name__ == "__main__":
    start_log(snakemake.log[0])
    main(
        snakemake.input.table,
        snakemake.output.table,
        snakemake.output.dropped,
        directory=snakemake.params.directory,
        max_broken_share=snakemake.params.max_broken_share,
        threads=snakemake.threads,
    )
