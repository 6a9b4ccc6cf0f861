"""Add the table of biases that a run with a bundle has measured to that bundle."""

from galbar.jobs.start import snakemake

from galbar.bundle.extend import extend_bundle


def main(bundle, bias, extended):
    """Write a bundle with the table ``bias`` in it."""
    extend_bundle(bundle, extended, {"results/length_bias.csv": bias})


if __name__ == "__main__":
    main(snakemake.input.bundle, snakemake.input.bias, snakemake.output.bundle)
