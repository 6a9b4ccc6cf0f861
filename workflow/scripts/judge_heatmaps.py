"""Join the checks of the heat maps of all networks, and judge them."""

from galbar.jobs.start import snakemake

import pandas as pd

from galbar.heatmap_checks.verdicts import verdict_table
from galbar.io.atomic import write_csv
from galbar.io.result_tables import read_result_table


def main(tables, table, verdicts):
    """Write the table of all checks and that of the verdicts; print the sentences."""
    checks = pd.concat([read_result_table(path) for path in tables], ignore_index=True)
    write_csv(checks, table)
    judged = verdict_table(checks)
    write_csv(judged, verdicts)
    print("\n".join(judged["verdict"]))


if __name__ == "__main__":
    main(list(snakemake.input.tables), snakemake.output.table, snakemake.output.verdicts)
