# What the rules take that measure simulated galaxies, and their biases: as in inputs.smk.

# Whether this run measures them.
COMPLETENESS_MEASURED = COMPLETENESS in OWN_CATALOGUES
# How they are drawn.
SIMULATED_GALAXIES = {
    key: value for key, value in config["completeness"].items() if key != "bins"
}
LENGTH_BIAS = "results/length_bias.csv"


def get_length_bias(wildcards):
    """Return the table of biases, of this run or its bundle, for a user's own catalogue; or none."""
    if not is_own(wildcards) or wildcards.catalogue == COMPLETENESS:
        return []
    if COMPLETENESS_MEASURED:
        return [LENGTH_BIAS]
    return [from_run(LENGTH_BIAS)] if LENGTH_BIAS in UNPACKED else []


def get_completeness():
    """Return what is made of the simulated galaxies beside their lengths, if they are measured."""
    if not COMPLETENESS_MEASURED:
        return []
    figures = ["results/figures/length_bias.png", "results/figures/length_bias.pdf"]
    bundles = ["results/bundle_with_length_bias.zip"] if BUNDLED else []
    return [LENGTH_BIAS, *figures, *bundles]
