"""Fetch the published files that the data directory lacks."""

from galbar.jobs.start import snakemake

from galbar.datasets.dataset import Dataset, Download
from galbar.datasets.fetch import fetch_datasets
from galbar.io.job_log import announce, print_outside


def main(directory, *, datasets, mirror, retries, timeout):
    """Write the files below ``directory``; ``timeout`` [s]."""
    if not datasets:
        announce("nothing to fetch: this configuration reads no data directory")
        return
    wanted = [Dataset(**dataset) for dataset in datasets]
    download = Download(mirror=mirror, retries=retries, timeout=timeout)
    try:
        fetch_datasets(wanted, directory, download)
    except (OSError, ValueError) as error:
        # What is to be done is the user's: not in the log only.
        print_outside(str(error))
        raise


if __name__ == "__main__":
    main(
        snakemake.params.directory,
        datasets=snakemake.params.datasets,
        mirror=snakemake.params.mirror,
        retries=snakemake.resources.download_retries,
        timeout=snakemake.resources.download_timeout,
    )
