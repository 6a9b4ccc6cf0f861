"""Write the method that won on the validation set, the best of each model, the published one."""

from typing import TYPE_CHECKING

import pandas as pd

from galbar.files import write_json
from galbar.method_choice import summarise_choice
from galbar.method_lengths import describe_setting
from galbar.runlog import start_log

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
