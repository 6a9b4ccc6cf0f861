"""Download the images of a user's own galaxies by position."""

from galbar.jobs.start import snakemake

from galbar.downloads.catalogue import download_catalogue
from galbar.downloads.client import Client, Pace
from galbar.downloads.cutouts import Source
from galbar.io.atomic import write_csv
from galbar.io.result_tables import read_result_table


def main(table, images, *, folder, source, extension, connections, retries, timeout, delay):
    """Write the table with the images' paths in the folder; ``delay`` [ms], ``timeout`` [s]."""
    client = Client(
        connections=connections, retries=retries, timeout=timeout, pace=Pace(delay / 1000)
    )
    galaxies = read_result_table(table)
    write_csv(
        download_catalogue(galaxies, Source(**source), client, folder, extension),
        images,
    )


if __name__ == "__main__":
    resources = snakemake.resources
    main(
        snakemake.input.table,
        snakemake.output.table,
        folder=snakemake.params.folder,
        source=snakemake.params.source,
        extension=snakemake.params.extension,
        connections=resources.connections,
        retries=resources.download_retries,
        timeout=resources.download_timeout,
        delay=resources.download_delay,
    )
