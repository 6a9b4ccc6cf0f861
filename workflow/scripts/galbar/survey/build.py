"""Builds the simulated survey: draws every galaxy and writes the published layout."""

import logging
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from galbar.io.atomic import write_csv
from galbar.jobs.processes import map_in_processes
from galbar.survey.bar_masks import MASK_FOLDER, mask_path, mask_table, save_bar_mask
from galbar.survey.components import render_components
from galbar.survey.draw import draw_galaxy
from galbar.survey.imaging import Telescope, compose_rgb, draw_sky, observe, with_pixels
from galbar.survey.population import Population
from galbar.survey.scales import PIXEL_SCALE, SIDE
from galbar.survey.surroundings import add_bright_star, add_field
from galbar.survey.tables import (
    filename_mapping,
    hoyle_table,
    metadata_table,
    object_ids,
    sky_positions,
    truth_table,
    votes_table,
)
from galbar.survey.visibility import describe_visibility
from galbar.survey.volunteers import answer_probabilities
from galbar.survey.vote_simulation import check_volunteers, draw_volunteers, simulate_votes

logger = logging.getLogger(__name__)

ROLES = ("training", "test", "catalogue")
"""Roles of galaxies; a role's position here is part of its galaxies' random key."""

IMAGE_FOLDERS = {
    "training": "images_training_rev1",
    "test": "images_test_rev1/images",
    "catalogue": "images_gz2/images",
}
"""Folders of the images, below the data directory."""

# First identifiers of the two Kaggle sets: six digits, never the same.
_FIRST_ID = {"training": 100001, "test": 500001}
# Random key of what concerns whole tables, apart from all galaxies'.
_TABLES = 99


def draw_light(rng, role, population, telescope, pixel_scale=PIXEL_SCALE):
    """Draw one galaxy and the light around it, before a telescope blurs it.

    Returns the galaxy, the sky of `draw_sky`, (3, side, side) float32 in g, r, i [nanomaggies per
    pixel]: the field of an image of Galaxy Zoo, 8.48 petroR90, north up; and the noise's seed.
    """
    galaxy = draw_galaxy(rng, role, population)
    sky = draw_sky(rng, telescope)
    side = max(round(SIDE * 0.02 * galaxy.petror90 / pixel_scale), 32)
    light = render_components(galaxy, (side, side), side / SIDE, rng)
    if galaxy.kind == "artefact":
        x, y = galaxy.x * side / SIDE, galaxy.y * side / SIDE
        add_bright_star(light, x, y, galaxy.magnitude, pixel_scale, turn=galaxy.node)
    add_field(light, pixel_scale, rng)
    return galaxy, sky, light, int(rng.integers(1, 2**31))


def draw_bands(rng, role, population, telescope, pixel_scale=PIXEL_SCALE):
    """Draw one galaxy and what a telescope's camera sees of it.

    Returns the galaxy, the sky of `draw_sky`, and the light of `draw_light` as it is observed, sky
    subtracted. ``pixel_scale`` [arcsec]: a camera of other pixels has the same depth per area.
    """
    galaxy, sky, light, seed = draw_light(rng, role, population, telescope, pixel_scale)
    sky, telescope = with_pixels(sky, telescope, pixel_scale / PIXEL_SCALE)
    return galaxy, sky, observe(light, sky, telescope, pixel_scale, seed)


def draw_image(seed, role, index, population, telescope, volunteers):
    """Draw one galaxy, its image, (424, 424, 3) uint8, its vote fractions, (37,), and its sky.

    Seed, role and index within the role determine everything; ``volunteers`` is a mean number. The
    sky is of `draw_sky`.
    """
    rng = np.random.default_rng([seed, ROLES.index(role), index])
    galaxy, sky, observed = draw_bands(rng, role, population, telescope)
    image = compose_rgb(observed, telescope, rng)
    probabilities = answer_probabilities(galaxy, sky["fwhm"][1])
    shares = simulate_votes(probabilities, draw_volunteers(rng, volunteers), rng)
    return galaxy, image, shares, sky


def draw_to_file(task, *, seed, settings):
    """Draw a galaxy in a worker, save its image, and return it, its votes and its visibility.

    ``task`` is role, index and path, ``settings`` the last three arguments of `draw_image`.
    """
    role, index, path = task
    galaxy, image, shares, sky = draw_image(seed, role, index, *settings)
    _, telescope, _ = settings
    Image.fromarray(image).save(path, "JPEG", quality=telescope.quality)
    return galaxy, shares, describe_visibility(galaxy, sky, telescope)


def _draw_with_mask(task, *, seed, settings):
    """Draw a galaxy as `draw_to_file` does, and of the catalogue's the mask of the bar, too."""
    role, _, path = task
    galaxy, shares, visibility = draw_to_file(task, seed=seed, settings=settings)
    if role == "catalogue":
        save_bar_mask(galaxy, mask_path(path))
    return galaxy, shares, visibility


@contextmanager
def working_folder(directory):
    """Yield a temporary folder in the data directory; delete it at the end."""
    directory.mkdir(parents=True, exist_ok=True)
    # What a killed run has left; two runs at once in one directory are no use anyway.
    for left in directory.glob(".survey-*"):
        shutil.rmtree(left, ignore_errors=True)
    temporary = Path(tempfile.mkdtemp(prefix=".survey-", dir=directory))
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def simulate_survey(
    directory,
    *,
    seed,
    training_galaxies,
    test_galaxies,
    catalogue_galaxies,
    barred_share,
    volunteers,
    observer_scatter=0.17,
    processes=1,
    population=None,
    telescope=None,
):
    """Write a simulated data directory in the published layout, and its truth.

    All is drawn into a temporary folder in ``directory`` and moved to its place at the end,
    ``truth.csv`` last: where it exists, the survey is whole. An older survey is replaced.

    Parameters
    ----------
    directory : str or Path
    seed : int
        Everything follows from it, whatever the number of processes.
    training_galaxies, test_galaxies, catalogue_galaxies, processes : int
        Each at least 1.
    barred_share : float
        Share of barred ones among the discs of the training and the test set (0 to 1).
    volunteers : float
        Mean number per galaxy, at least 5.
    observer_scatter : float, default 0.17
        Scatter of one measured bar length over the true one (0 to 1).
    population : Population, optional
        ``barred_share`` replaces its own.
    telescope : Telescope, optional

    Returns
    -------
    pandas.DataFrame
        The truth table.

    Raises
    ------
    ValueError
        If a number or a share is out of range.
    """
    counts = dict(zip(ROLES, (training_galaxies, test_galaxies, catalogue_galaxies), strict=True))
    _check(counts, barred_share, volunteers, observer_scatter, processes)
    population = replace(population or Population(), barred_share=barred_share)
    settings = (population, telescope or Telescope(), volunteers)
    draw = partial(_draw_with_mask, seed=seed, settings=settings)
    directory = Path(directory)
    with working_folder(directory) as temporary:
        truth = _fill(temporary, counts, draw, seed, observer_scatter, processes)
        _move_into_place(temporary, directory)
    return truth


def _check(counts, barred_share, volunteers, observer_scatter, processes):
    for role, count in counts.items():
        if count < 1:
            raise ValueError(f"survey.{role}_galaxies is {count}, expected at least 1")
    if not 0 <= barred_share <= 1:
        raise ValueError(f"survey.barred_share is {barred_share}, expected 0 to 1")
    check_volunteers(volunteers)
    if not 0 <= observer_scatter <= 1:
        raise ValueError(f"survey.observer_scatter is {observer_scatter}, expected 0 to 1")
    if processes < 1:
        raise ValueError(f"number of processes is {processes}, expected at least 1")


def _identifiers(counts, rng):
    """Make identifiers per role; catalogue galaxies have an object and an asset identifier."""
    ids = {}
    for role in ("training", "test"):
        # Gaps, as in the published tables.
        steps = rng.integers(1, 60 if counts[role] < 6000 else 3, counts[role])
        ids[role] = _FIRST_ID[role] + np.cumsum(steps)
    ids["catalogue"] = object_ids(counts["catalogue"], rng)
    ids["asset"] = np.sort(rng.choice(np.arange(1, 295306), counts["catalogue"], replace=False))
    return ids


def _fill(directory, counts, draw, seed, observer_scatter, processes):
    """Write all images and tables into an empty folder; return the truth table."""
    rng = np.random.default_rng([seed, _TABLES])
    ids = _identifiers(counts, rng)
    tasks = []
    (directory / MASK_FOLDER).mkdir()
    for role, folder in IMAGE_FOLDERS.items():
        (directory / folder).mkdir(parents=True)
        names = ids["asset" if role == "catalogue" else role]
        tasks += [(role, k, directory / folder / f"{n}.jpg") for k, n in enumerate(names)]
    drawn = map_in_processes(draw, tasks, processes, "galaxies")
    return _write_tables(directory, counts, ids, drawn, observer_scatter, rng)


def _write_tables(directory, counts, ids, drawn, observer_scatter, rng):
    galaxies = [galaxy for galaxy, _, _ in drawn]
    training = counts["training"]
    shares = np.array([shares for _, shares, _ in drawn[:training]])
    votes = votes_table(ids["training"], shares)
    write_csv(votes, directory / "training_solutions_rev1.csv", float_format="%.9g")

    objid, bars = ids["catalogue"], galaxies[-counts["catalogue"] :]
    ra, dec = sky_positions(len(objid), rng)
    hoyle = hoyle_table(objid, ra, dec, bars, observer_scatter, rng)
    write_csv(hoyle, directory / "hoyle_barlengths.csv", float_format="%.8g")
    metadata = metadata_table(objid, ra, dec, bars, rng)
    write_csv(metadata, directory / "gz2sample.csv", float_format="%.8g")
    mapping = filename_mapping(objid, ids["asset"])
    write_csv(mapping, directory / "gz2_filename_mapping.csv")
    write_csv(mask_table(objid, ids["asset"]), directory / f"{MASK_FOLDER}.csv")

    roles = [role for role in ROLES for _ in range(counts[role])]
    everyone = [int(galaxy_id) for role in ROLES for galaxy_id in ids[role]]
    truth = truth_table(everyone, roles, galaxies, [seen for _, _, seen in drawn])
    write_csv(truth, directory / "truth.csv", float_format="%.8g")
    return truth


def _move_into_place(temporary, directory):
    """Move images first and the truth table last, so that it marks a complete survey."""
    (directory / "truth.csv").unlink(missing_ok=True)
    for folder in (MASK_FOLDER, *IMAGE_FOLDERS.values()):
        move_folder(temporary / folder, directory / folder)
    for path in sorted(temporary.glob("*.csv")):
        path.replace(directory / path.name)


def move_folder(source, target):
    """Move a folder to its place, where it replaces an earlier one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        shutil.rmtree(target)
    source.replace(target)
