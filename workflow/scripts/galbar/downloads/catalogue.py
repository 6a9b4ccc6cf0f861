"""Images of all galaxies of a user's table."""

import logging

import numpy as np

from galbar.downloads.answers import FailedError, RefusedError
from galbar.downloads.cutouts import fetch_images, list_columns_of, plan_cutout
from galbar.downloads.store import Store
from galbar.io.images import map_ahead
from galbar.io.job_log import progress
from galbar.stamps.rows import as_rows

logger = logging.getLogger(__name__)

# Columns of a user's table that are about images of theirs.
_OF_IMAGES = ("pixel_scale", "centre_x", "centre_y")


def download_catalogue(galaxies, source, client, folder, extension=None):
    """Download the images of a user's galaxies; those that are there already are not asked for.

    Parameters
    ----------
    galaxies : pandas.DataFrame, of `galbar.catalogues.own_table.read_own`, with ra and dec
    source : galbar.downloads.cutouts.Source
    client : galbar.downloads.client.Client
    folder : str or Path, where files are kept (`galbar.downloads.store.Store`)
    extension : of FITS files, see `galbar.stamps.image_files.read_survey_image`

    Returns
    -------
    pandas.DataFrame
        The galaxies, with image (or image_g, ...; path in the folder, "" where there is none),
        pixel_scale [arcsec] that was asked for, not_downloaded (why there is none, or "") and, of
        pictures without world coordinates, north_up.

    Raises
    ------
    galbar.downloads.answers.ServiceDownError : if the service is down; what was fetched is kept
    ConnectionError : if nothing was fetched although there was something to fetch
    """
    planned = [_plan(galaxy, source) for galaxy in as_rows(galaxies)]
    cutouts = list(dict.fromkeys(part for part in planned if not isinstance(part, str)))
    store = Store(folder, client)

    def fetch(cutout):
        try:
            return fetch_images(cutout, source, store, extension)
        except (RefusedError, FailedError) as error:
            return error

    answers = progress(map_ahead(fetch, cutouts, client.connections), len(cutouts), "images")
    answer_of = dict(zip(cutouts, answers, strict=True))
    _check_some(answer_of, folder)
    return _tabulate(galaxies, planned, answer_of, source)


def _plan(galaxy, source):
    """Return the cutout of a galaxy, or why there is none."""
    if galaxy.get("fault"):
        return galaxy["fault"]
    try:
        return plan_cutout(galaxy, source)
    except ValueError as error:
        return str(error)


def _check_some(answer_of, folder):
    """Raise ConnectionError if all has failed; say how many images are missing."""
    failures = [answer for answer in answer_of.values() if isinstance(answer, FailedError)]
    if failures and len(failures) == len(answer_of):
        raise ConnectionError(
            f"none of {len(failures)} images was fetched; the last: {failures[-1]}. Run again later"
        )
    if failures:
        logger.warning(
            "%d of %d images were not fetched, the last: %s. To try these again, and only these: "
            "snakemake --forcerun download_images",
            len(failures),
            len(answer_of),
            failures[-1],
        )
    refused = sum(isinstance(answer, RefusedError) for answer in answer_of.values())
    if refused:
        logger.warning(
            "%d of %d images are not to be had. To ask for them again, delete the files *.refused "
            "below %s",
            refused,
            len(answer_of),
            folder,
        )


def _tabulate(galaxies, planned, answer_of, source):
    """Return the table of galaxies with their images."""
    images = [name for name in galaxies if name == "image" or name.startswith("image_")]
    table = galaxies.drop(columns=[*images, *(name for name in _OF_IMAGES if name in galaxies)])
    columns = {name: [] for name in list_columns_of(source)}
    reasons = []
    for cutout in planned:
        answer = cutout if isinstance(cutout, str) else answer_of[cutout]
        paths = answer if isinstance(answer, dict) else {}
        for name, listed in columns.items():
            listed.append(paths.get(name, ""))
        reasons.append("" if paths else str(answer))
    table = table.assign(**columns, not_downloaded=reasons)
    scales = [getattr(cutout, "pixel_scale", None) for cutout in planned]
    table["pixel_scale"] = np.array([np.nan if value is None else value for value in scales])
    return table.assign(north_up=True) if source.service.is_picture else table
