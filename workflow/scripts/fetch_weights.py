"""Fetch the ImageNet weights of one backbone."""

from galbar.jobs.start import snakemake

from galbar.networks.pretrained_weights import fetch_weights


def main(weights, *, architecture, origin):
    """Write the file ``weights``, with the checksum that Keras expects."""
    fetch_weights(architecture, origin, weights)


if __name__ == "__main__":
    main(
        snakemake.output.weights,
        architecture=snakemake.wildcards.architecture,
        origin=snakemake.params.origin,
    )
