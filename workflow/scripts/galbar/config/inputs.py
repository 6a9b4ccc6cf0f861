"""Check of the configuration against the tables that it names, before a job runs."""

import csv
from pathlib import Path

from galbar.catalogues.own_table import check_own_catalogues
from galbar.catalogues.published_tables import HOYLE, check_headers
from galbar.catalogues.splits import split_problems
from galbar.heatmap_checks.mask_table import list_masks
from galbar.io.csv_columns import find_columns
from galbar.io.shards import count_rows
from galbar.rivals.external_columns import external_problems

# Where the simulated survey stands in for the data directory.
SURVEY = "results/survey"


def check_inputs(config, *, thorough=False):
    """Check that tables and folders are there and whole, and that splits and keys fit them.

    Parameters
    ----------
    config : dict, from `galbar.config.check.check_config`
    thorough : bool, default False
        Also look for images, as when a run starts, but not again in each of its jobs.

    Raises
    ------
    ValueError : lists every problem with its file or key
    """
    if config["bundle"]:
        # Nothing of the data directory is wanted.
        check_own_catalogues(config["catalogues"], thorough=thorough)
        return
    if config["survey"]["simulate"]:
        check_own_catalogues(config["catalogues"], thorough=thorough)
        table, problems = Path(SURVEY, HOYLE), []
    else:
        data = config["data"]
        check_headers(data["directory"], config["catalogues"], data["votes"], thorough=thorough)
        table = Path(data["directory"], HOYLE)
        problems = split_problems(
            count_rows(table),
            # Counting the votes would take longer than all else here, at the start of every job.
            None,
            catalogue=config["catalogue"]["validation_split"],
            control=config["control"]["test_split"],
            training=config["augmentation"]["validation_split"],
        )
    problems += external_problems(config["scores"]["external"])
    problems += _unknown_galaxies(config["figures"]["galaxies"], table)
    problems += _mask_problems(config["checks"]["masks"])
    if problems:
        raise ValueError("\n".join(["the configuration does not fit the data:", *problems]))


def _mask_problems(masks):
    """Return a problem if the table of masks, if one is given, is missing or has other columns."""
    if masks is None:
        return []
    try:
        list_masks(masks)
    except OSError as error:
        return [f"checks.masks: {masks}: {error.strerror}, expected a table of masks"]
    except ValueError as error:
        return [f"checks.masks: {error}"]
    return []


def _unknown_galaxies(shown, table):
    """Return a problem if galaxies to be shown are not in the table; a survey may be to come."""
    if not shown or not table.is_file():
        return []
    column = find_columns(table, ["objid"])["objid"]
    with open(table, newline="", encoding="utf-8-sig", errors="replace") as file:
        objids = {row[column].strip() for row in csv.reader(file) if len(row) > column}
    unknown = [str(galaxy) for galaxy in shown if str(galaxy) not in objids]
    if not unknown:
        return []
    return [f"figures.galaxies: found {', '.join(unknown)}, expected objids of {table}"]
