"""Fetch the published files that the data directory lacks."""

from galbar.jobs.start import snakemake

from galbar.datasets.dataset import Dataset, Download
from galbar.datasets.fetch import fetch_datasets
from galbar.io.job_log import announce


def main(directory, *, datasets, mirror, retries, timeout):
    """Write the files below ``directory``; ``timeout`` [s]."""
    if not datasets:
        announce("nothing to fetch: this configuration reads no data directory")
        return
    fetch_datasets(
        [Dataset(**dataset) for dataset in datasets],
        directory,
        Download(mirror=mirror, retries=retries, timeout=timeout),
    )


if __name__ == "__main__":
    main(
        snakemake.params.directory,
        datasets=snakemake.params.datasets,
        mirror=snakemake.params.mirror,
        retries=snakemake.resources.download_retries,
        timeout=snakemake.resources.download_timeout,
    )
