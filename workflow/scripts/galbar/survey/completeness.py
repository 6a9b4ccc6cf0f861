"""Simulated galaxies, barred and not, that trained networks measure, to know where they fail."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd

from galbar.io.atomic import write_csv
from galbar.jobs.processes import map_in_processes
from galbar.survey.build import draw_to_file, move_folder, working_folder
from galbar.survey.imaging import Telescope
from galbar.survey.population import Population
from galbar.survey.tables import truth_table

# Nobody asks for the votes of these galaxies.
_VOLUNTEERS = 40


def simulate_completeness(directory, *, seed, galaxies, catalogue_share, barred_share, processes=1):
    """Write simulated galaxies as a user's own, and their truth.

    Parameters
    ----------
    directory : str or Path
        Gets ``images``, pictures as those of Galaxy Zoo, ``truth.csv``, of
        `galbar.survey.tables.TRUTH_COLUMNS`, and, last, ``galaxies.csv``: galaxy_id (from 1),
        image, redshift, petror90_r [arcsec], psf_fwhm [arcsec]. What was there is replaced.
    seed : int
        Everything follows from it, whatever the number of processes.
    galaxies : int, at least 1
    catalogue_share : float, 0 to 1
        Share that is barred as those of the bar catalogue; the others are as those of the training
        set, barred and not.
    barred_share : float, 0 to 1, of the discs among these
    processes : int, at least 1

    Returns
    -------
    pandas.DataFrame, the truth table
    """
    directory = Path(directory)
    catalogue = round(catalogue_share * galaxies)
    roles = ["catalogue"] * catalogue + ["training"] * (galaxies - catalogue)
    indices = [*range(catalogue), *range(galaxies - catalogue)]
    numbers = range(1, galaxies + 1)
    settings = (replace(Population(), barred_share=barred_share), Telescope(), _VOLUNTEERS)
    with working_folder(directory) as temporary:
        images = temporary / "images"
        images.mkdir()
        tasks = [
            (role, index, images / f"{number}.jpg")
            for role, index, number in zip(roles, indices, numbers, strict=True)
        ]
        draw = partial(draw_to_file, seed=seed, settings=settings)
        drawn = map_in_processes(draw, tasks, processes, "galaxies")
        truth = truth_table(
            numbers, roles, [each[0] for each in drawn], [each[2] for each in drawn]
        )
        write_csv(truth, temporary / "truth.csv", float_format="%.8g")
        table = directory / "galaxies.csv"
        table.unlink(missing_ok=True)
        move_folder(images, directory / "images")
        (temporary / "truth.csv").replace(directory / "truth.csv")
        write_csv(_own_table(truth), table, float_format="%.8g")
    return truth


def _own_table(truth):
    """Return what a user's own table would hold of the galaxies."""
    return pd.DataFrame(
        {
            "galaxy_id": truth["galaxy_id"],
            "image": [f"images/{number}.jpg" for number in truth["galaxy_id"]],
            "redshift": truth["redshift"],
            "petror90_r": truth["petror90_r"],
            "psf_fwhm": truth["psf_fwhm_arcsec"],
        }
    )
