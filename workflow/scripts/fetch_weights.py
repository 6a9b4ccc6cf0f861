"""Fetch the ImageNet weights of one backbone."""

from typing import TYPE_CHECKING

from galbar.io.job_log import start_log
from galbar.networks.pretrained_weights import fetch_weights

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(weights, *, architecture, origin):
    """Write the file ``weights``, with the checksum that Keras expects."""
    fetch_weights(architecture, origin, weights)


if __name__ == "__main__":
    start_log(snakemake.log[0])
    main(
        snakemake.output.weights,
        architecture=snakemake.wildcards.architecture,
        origin=snakemake.params.origin,
    )
