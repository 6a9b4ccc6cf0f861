"""Choose the setting that measures images best, on the validation set, as that of heat maps."""

from galbar.jobs.start import snakemake

import logging

from galbar.attribution.methods.map_sets import MapSet
from galbar.io.atomic import write_csv, write_json
from galbar.scores.bootstrap import draw_resamples
from galbar.scores.estimator_scores import Resampling
from galbar.scores.inputs import read_catalogue
from galbar.scores.selection import choose_without_network
from galbar.scores.setting_grid import correlation_table

logger = logging.getLogger(__name__)

# What stands for a network and its set of heat maps.
IMAGES = "image", MapSet("image", None)


def main(barlengths, catalogue, correlations, chosen, *, resampling, min_measured_share):
    """Read bar lengths (n, s) and the catalogue; write one row per setting, and the choice."""
    galaxies = read_catalogue(catalogue)
    validation = galaxies[galaxies["split"] == "validation"].reset_index(drop=True)
    resamples = draw_resamples(len(validation), resampling.samples, resampling.seed)
    groups = {IMAGES: [(barlengths,)]}
    table = correlation_table(groups, validation, resamples, resampling.level)
    choice = choose_without_network(table, min_measured_share)
    write_csv(table, correlations)
    write_json(choice, chosen)
    if choice["warning"]:
        logger.warning("%s", choice["warning"])
    print(f"chosen: {choice['setting']}, r = {choice['r_scaled']}, n = {choice['n']}")


if __name__ == "__main__":
    main(
        snakemake.input.barlengths,
        snakemake.input.catalogue,
        snakemake.output.correlations,
        snakemake.output.chosen,
        resampling=Resampling(
            samples=snakemake.params.bootstrap_samples,
            level=snakemake.params.interval,
            seed=snakemake.params.seed,
        ),
        min_measured_share=snakemake.params.min_measured_share,
    )
