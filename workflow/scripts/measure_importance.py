"""Measure what the calibrated lengths rest on, and name the setting that they follow most."""

from galbar.jobs.start import snakemake

import json
from pathlib import Path

from galbar.calibration.calibration_file import read_calibration
from galbar.calibration.features import choice_of_name
from galbar.calibration.groups import EVERYTHING
from galbar.calibration.importance import importance_table
from galbar.io.atomic import write_csv, write_json


def main(calibration, chosen, importance, leading):
    """Write the importance of groups of settings; leading is the chosen setting without any."""
    estimator, names, _ = read_calibration(calibration)
    table = importance_table(estimator, names)
    write_csv(table, importance)
    choice = json.loads(Path(chosen).read_text(encoding="utf-8"))
    setting = {key: choice[key] for key in ("model", "attribution", "smooth_noise", "setting")}
    if len(table):
        (name,) = table.loc[table["grouping"] == EVERYTHING, "leading_setting"]
        setting = choice_of_name(name)
    write_json(setting, leading)


if __name__ == "__main__":
    main(
        snakemake.input.calibration,
        snakemake.input.chosen,
        snakemake.output.importance,
        snakemake.output.leading,
    )
