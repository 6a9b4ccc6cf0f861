"""Write the setting that won on the validation set, the best of each model, the published one."""

from galbar.jobs.start import snakemake

import logging

from galbar.io.atomic import write_json
from galbar.io.result_tables import read_result_table
from galbar.scores.estimators import describe_setting
from galbar.scores.selection import summarise_choice

logger = logging.getLogger(__name__)


def main(correlations, chosen):
    """Read the marked correlation table of the validation set; write the choice."""
    choice = summarise_choice(read_result_table(correlations))
    write_json(choice, chosen)
    within = choice["within_calibration"]
    if choice["warning"]:
        logger.warning("%s", choice["warning"])
    if within["warning"] not in ("", choice["warning"]):
        logger.warning("within the calibration: %s", within["warning"])
    print(f"chosen: {describe_setting(choice)}, r = {choice['r_scaled']:.3f}, n = {choice['n']}")
    print(f"within the calibration: {describe_setting(within)}")


if __name__ == "__main__":
    main(snakemake.input.correlations, snakemake.output.chosen)
