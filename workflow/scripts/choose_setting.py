"""Write the setting that won on the validation set, the best of each model, the published one."""

from typing import TYPE_CHECKING

import pandas as pd

from galbar.io.atomic import write_json
from galbar.io.job_log import start_log
from galbar.scores.estimators import describe_setting
from galbar.scores.selection import summarise_choice

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(correlations, chosen):
    """Read the marked correlation table of the validation set; write the choice."""
    choice = summarise_choice(pd.read_csv(correlations))
    write_json(choice, chosen)
    print(f"chosen: {describe_setting(choice)}, r = {choice['r_scaled']:.3f}, n = {choice['n']}")


if __name__ == "__main__":
    start_log(snakemake.log[0])
    main(snakemake.input.correlations, snakemake.output.chosen)
