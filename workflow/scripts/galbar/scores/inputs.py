"""What the scores are made from: the choice, the bar lengths, the catalogue, the control."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from galbar.io.result_tables import read_result_table
from galbar.lengths.setting_files import group_barlengths, rows_of


@dataclass(frozen=True)
class ScoreInputs:
    """What the scores are made from.

    ``choice`` is the content of results/chosen_setting.json, ``groups`` the files of bar lengths,
    from `galbar.lengths.setting_files.group_barlengths`, ``catalogue`` from `read_catalogue` (n
    rows), ``control`` length_scaled (n,) as predicted by the control network, ``calibrated``
    results/calibrated_lengths/hoyle.csv (n rows), ``networks`` the same by each network alone,
    by its name. Of other methods: ``ellipses`` results/rivals/ellipse/hoyle.csv (n rows) or None,
    ``moments`` the file of lengths on the images and its chosen setting or None, ``external``
    results/rivals/external/{name}.csv (n rows) by its name.
    """

    choice: dict
    groups: dict
    catalogue: pd.DataFrame
    control: np.ndarray
    calibrated: pd.DataFrame
    networks: dict
    ellipses: pd.DataFrame | None
    moments: tuple | None
    external: dict


def read_catalogue(path):
    """Read results/catalogues/hoyle_split.csv.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    pandas.DataFrame, one row per galaxy; galaxy_id is int64

    Raises
    ------
    ValueError
        If a column is missing.
    """
    table = read_result_table(path)
    required = {
        "redshift",
        "petror90_r",
        "length_avg",
        "length_scaled",
        "split",
        "control_split",
    }
    missing = sorted(required - set(table.columns))
    if missing:
        raise ValueError(f"{path}: columns {missing} are missing, found {list(table.columns)}")
    return table


def read_control(path, galaxy_id):
    """Read the control network's lengths, by id.

    Parameters
    ----------
    path : str or Path, CSV file with galaxy_id and length_scaled_predicted
    galaxy_id : ndarray of int64, shape (n,), the galaxies to be read, in this order

    Returns
    -------
    ndarray, shape (n,), length_scaled
    """
    table = read_result_table(path)
    if "length_scaled_predicted" not in table:
        raise ValueError(
            f"{path}: column length_scaled_predicted is missing, found {list(table.columns)}"
        )
    rows = rows_of(table["galaxy_id"].to_numpy(), galaxy_id, path)
    return table["length_scaled_predicted"].to_numpy(dtype=float)[rows]


def read_inputs(
    barlengths, catalogue, chosen, control, calibrated, networks, ellipses, moments, external
):
    """Read everything that the scores are computed from.

    Parameters
    ----------
    barlengths : iterable of str or Path
        Files of bar lengths of all models, runs and noise levels.
    catalogue, chosen, control, calibrated, networks, ellipses : str or Path
        hoyle_split.csv, chosen_setting.json, the control's predictions.csv, the calibrated lengths,
        those by each network alone, and those by isophotes, or nothing if there are none.
    moments : sequence of str or Path
        The file of lengths on the images, and their chosen setting; empty if there are none.
    external : iterable of str or Path, tables of lengths by other methods, called as these

    Returns
    -------
    ScoreInputs
    """
    galaxies = read_catalogue(catalogue)
    ids = galaxies["galaxy_id"].to_numpy()
    alone = read_result_table(networks).groupby("model", sort=False)
    return ScoreInputs(
        choice=_read_json(chosen),
        groups=group_barlengths(barlengths),
        catalogue=galaxies,
        control=read_control(control, ids),
        calibrated=_in_order(read_result_table(calibrated), ids, calibrated),
        networks={model: _in_order(table, ids, networks) for model, table in alone},
        ellipses=_in_order(read_result_table(ellipses), ids, ellipses) if ellipses else None,
        moments=(str(moments[0]), _read_json(moments[1])) if moments else None,
        external={
            Path(path).stem: _in_order(read_result_table(path), ids, path) for path in external
        },
    )


def _read_json(path):
    return json.loads(Path(path).read_text(encoding="utf-8"))


def _in_order(table, galaxy_id, path):
    """Return the rows of the galaxies, in their order; ValueError if one is missing."""
    rows = rows_of(table["galaxy_id"].to_numpy(), galaxy_id, path)
    return table.iloc[rows].reset_index(drop=True)
