"""The tables of galaxies that all later rules use, and what was dropped from them.

A galaxy is in a table if its image can be decoded to its end and its row makes sense; all others
are in the table of dropped ones, with the reason (`galbar.catalogues.galaxy_checks`).
Galaxies without a redshift or a size are kept, because their bar can be measured in pixels; they
are listed with the reason "... (kept: ...)".
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from galbar.catalogues.decision_tree import VOTE_COLUMNS
from galbar.catalogues.galaxy_checks import drop_broken, incomplete, inspect_images
from galbar.catalogues.own_table import first_image, read_own, share_that_may_break
from galbar.catalogues.published_tables import (
    GZ2_IMAGES,
    HOYLE,
    MAPPING,
    METADATA,
    TRAINING_IMAGES,
    VOTES,
    find_test_images,
    read_hoyle,
    read_mapping,
    read_metadata,
    read_votes,
    wrong_sums,
)
from galbar.catalogues.splits import catalogue_splits, shuffle_rank, training_split
from galbar.io.image_archives import explain_absence, images_by_stem, log_not_taken
from galbar.io.result_tables import read_result_table

#: Sample of gz2_filename_mapping.csv whose images are preferred: the others are further
#: exposures (stripe 82) and galaxies outside the main sample.
PREFERRED_SAMPLE = "original"

#: Stands for "none" where ids must stay integers.
NO_ASSET = 0


def build_training(
    directory: str | Path, *, seed: int, validation_split: float, max_broken_share: float, threads=1
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Build the table of the training galaxies.

    Parameters
    ----------
    directory : str or Path
        Data directory; archives may take the place of image folders (`galbar.io.image_archives`).
    seed : int, of the split
    validation_split : float, share of the galaxies on which the networks are validated
    max_broken_share : float, largest share of galaxies that may be dropped
    threads : int, how many images are checked at a time

    Returns
    -------
    catalogue : DataFrame
        galaxy_id (int64), image (relative to ``directory``), split ("train" or "validation"), and
        the 37 columns `galbar.catalogues.decision_tree.VOTE_COLUMNS`, in the order of the published
        table.
    dropped : DataFrame with galaxy_id, image, reason

    Raises
    ------
    FileNotFoundError, ValueError
        If the table is missing or not as expected
        (`galbar.catalogues.published_tables.read_votes`), or too many galaxies had to be dropped.
    """
    source = Path(directory) / VOTES
    votes = read_votes(source)
    names = images_by_stem(Path(directory) / TRAINING_IMAGES)
    votes["image"] = [
        f"{TRAINING_IMAGES}/{names.pop(str(galaxy), f'{galaxy}.jpg')}"
        for galaxy in votes["galaxy_id"]
    ]
    log_not_taken(TRAINING_IMAGES, sorted(names.values()), f"no galaxy of {VOTES} has their name")
    unreadable = inspect_images(directory, votes["image"].tolist(), threads)
    # An image that is not there matters more than a sum: both reasons do not fit.
    wrong = (f"votes do not add up: {text}" if text else "" for text in wrong_sums(votes))
    reasons = [first or second for first, second in zip(unreadable, wrong, strict=True)]
    usable, dropped = drop_broken(votes, reasons, max_broken_share, source)
    usable["split"] = training_split(usable["galaxy_id"], validation_split, seed)
    return usable[["galaxy_id", "image", "split", *VOTE_COLUMNS]], dropped


def build_test(
    directory: str | Path, *, max_broken_share: float, threads: int = 1
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Build the table of the test galaxies: all images of the folder.

    Parameters
    ----------
    directory, max_broken_share, threads : see `build_training`

    Returns
    -------
    catalogue : DataFrame
        galaxy_id (int64) and image (relative to ``directory``), sorted by galaxy_id.
    dropped : DataFrame with galaxy_id, image, reason

    Raises
    ------
    FileNotFoundError, ValueError
        If there are no images (`galbar.catalogues.published_tables.find_test_images`), no name of
        an image is a galaxy id, or too many had to be dropped.
    """
    folder = find_test_images(directory)
    prefix = folder.relative_to(directory).as_posix()
    images = images_by_stem(folder)
    ids = sorted(int(stem) for stem in images if is_galaxy_id(stem))
    others = sorted(name for stem, name in images.items() if not is_galaxy_id(stem))
    log_not_taken(folder, others, "their name is no GalaxyID (1 to 2^63 - 1)")
    if not ids:
        there = explain_absence(folder / "100018.jpg")
        raise ValueError(f"{folder}: found no image named by a GalaxyID: {there}")
    galaxies = pd.DataFrame({"galaxy_id": np.array(ids, dtype=np.int64)})
    galaxies["image"] = [f"{prefix}/{images[str(galaxy)]}" for galaxy in ids]
    reasons = inspect_images(directory, galaxies["image"].tolist(), threads)
    return drop_broken(galaxies, reasons, max_broken_share, folder)


def is_galaxy_id(text: str) -> bool:
    """Return whether a text is the id of a galaxy as it is written into a file's name."""
    if not (text.isascii() and text.isdecimal()):
        return False
    return str(int(text)) == text and 0 < int(text) <= np.iinfo(np.int64).max


def build_hoyle(
    directory: str | Path,
    *,
    seed: int,
    max_broken_share: float,
    threads: int = 1,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Build the table of the galaxies with known bar lengths.

    Parameters
    ----------
    directory, max_broken_share, threads : see `build_training`
    seed : int, of the shuffle

    Returns
    -------
    catalogue : DataFrame
        galaxy_id (int64, the objid), asset_id (int64), image (relative to ``directory``),
        redshift, petror90_r [arcsec] (NaN where unknown), length_avg, length_stdev [kpc/h],
        length_scaled, bar_meas, shuffle_rank, in the order of the shuffle.
    dropped : DataFrame with galaxy_id, image, reason, those kept with a reason included

    Raises
    ------
    FileNotFoundError, ValueError
        If a table is missing or not as expected, no galaxy is in gz2sample.csv, two galaxies
        share an image, or too many galaxies had to be dropped.
    """
    directory = Path(directory)
    galaxies = read_hoyle(directory / HOYLE)
    mapping = read_mapping(directory / MAPPING)
    galaxies = galaxies.rename(columns={"objid": "galaxy_id"}).reset_index(drop=True)
    images = images_by_stem(directory / GZ2_IMAGES)
    galaxies["asset_id"] = choose_assets(galaxies["galaxy_id"], mapping, images)
    galaxies["image"] = [
        "" if asset == NO_ASSET else f"{GZ2_IMAGES}/{images.get(str(asset), f'{asset}.jpg')}"
        for asset in galaxies["asset_id"]
    ]
    unreadable = inspect_images(directory, galaxies["image"].tolist(), threads)
    reasons = [
        f"no asset id in {MAPPING}" if asset == NO_ASSET else reason
        for asset, reason in zip(galaxies["asset_id"], unreadable, strict=True)
    ]
    usable, dropped = drop_broken(galaxies, reasons, max_broken_share, directory / HOYLE)
    usable = add_metadata(usable, directory / METADATA)
    usable["shuffle_rank"] = shuffle_rank(usable["galaxy_id"], seed)
    columns = ["galaxy_id", "asset_id", "image", "redshift", "petror90_r", "length_avg"]
    columns += ["length_stdev", "length_scaled", "bar_meas", "shuffle_rank"]
    catalogue = usable.sort_values("shuffle_rank", ignore_index=True)[columns]
    return catalogue, pd.concat([dropped, incomplete(usable)], ignore_index=True)


def split_hoyle(
    catalogue: pd.DataFrame, *, validation_split: float, test_split: float
) -> pd.DataFrame:
    """Split the galaxies with known bar lengths for the heat maps and for the control.

    Adds the columns split and control_split to the table of `build_hoyle`; for shares and errors
    see `galbar.catalogues.splits.catalogue_splits`. Not a part of `build_hoyle`: heat maps do not
    depend on the splits, so other ones must not compute them anew.
    """
    split, control_split = catalogue_splits(
        catalogue["shuffle_rank"].to_numpy(), validation_split, test_split
    )
    return catalogue.assign(split=split, control_split=control_split)


def build_own(
    table: str | Path,
    images: str | Path,
    *,
    names: Mapping[str, str] | None = None,
    max_broken_share: float,
    threads: int = 1,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Build the table of a user's own galaxies whose images are as those of Galaxy Zoo.

    Parameters
    ----------
    table, names : see `galbar.catalogues.own_table.read_own`
    images : str or Path, folder that the table's column image is relative to
    max_broken_share, threads : see `build_training` and `share_that_may_break`

    Returns
    -------
    catalogue : DataFrame
        galaxy_id (int64), id (str), image (relative to ``images``, or absolute, as in the table),
        redshift, petror90_r [arcsec] (NaN where unknown), psf_fwhm [arcsec] if the table has it, in
        the order of the table.
    dropped : DataFrame with galaxy_id, id, image, reason, those kept with a reason included

    Raises
    ------
    FileNotFoundError, ValueError
        If the table is missing or not as expected, or too many galaxies had to be dropped.
    """
    galaxies = read_own(table, names)
    if "image" not in galaxies:
        raise ValueError(
            f"{table}: found images by band, expected the column image: pictures of the geometry "
            "galaxy_zoo have three colours"
        )
    # Nothing is looked for where the row itself is wrong.
    wanted = galaxies["image"].where(galaxies["fault"] == "", "").tolist()
    unreadable = inspect_images(images, wanted, threads)
    reasons = [fault or reason for fault, reason in zip(galaxies["fault"], unreadable, strict=True)]
    share = share_that_may_break(len(galaxies), max_broken_share)
    usable, dropped = drop_broken(galaxies, reasons, share, Path(table))
    kept = [name for name in ("psf_fwhm",) if name in usable]
    catalogue = usable[["galaxy_id", "id", "image", "redshift", "petror90_r", *kept]]
    return catalogue, pd.concat([dropped, incomplete(usable)], ignore_index=True)


def read_stamped(
    table: str | Path,
    names: Mapping[str, str] | None = None,
    *,
    by_position: bool = False,
    max_broken_share: float,
) -> pd.DataFrame:
    """Read a user's own galaxies of any survey, those with a fault included.

    Parameters
    ----------
    table, names, by_position : see `galbar.catalogues.own_table.read_own`, and so the result
    max_broken_share : float, see `share_that_may_break`

    Raises
    ------
    FileNotFoundError, ValueError
        If the table is missing or not as expected, or too many rows, or all, have a fault: images
        need not be read to know that.
    """
    galaxies = read_own(table, names, by_position=by_position)
    share = share_that_may_break(len(galaxies), max_broken_share)
    named = galaxies.assign(image=first_image(galaxies))
    drop_broken(named, named["fault"].tolist(), share, Path(table))
    return galaxies


def collect_galaxies(
    usable: Sequence[str | Path], dropped: Sequence[str | Path], max_broken_share: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Join the tables of the shards of a user's own catalogue.

    Parameters
    ----------
    usable, dropped : sequence of str or Path, of all shards, in their order
    max_broken_share : float, largest share that may be dropped, see `share_that_may_break`

    Returns
    -------
    catalogue : DataFrame
    dropped : DataFrame with galaxy_id, id, image, reason, those kept with a reason included

    Raises
    ------
    ValueError : if too many were dropped, or none is left
    """
    kept = pd.concat([read_result_table(path) for path in usable], ignore_index=True)
    others = pd.concat([read_result_table(path) for path in dropped], ignore_index=True)
    galaxies = pd.concat([kept.assign(reason=""), others], ignore_index=True)
    share = share_that_may_break(len(galaxies), max_broken_share)
    source = Path(usable[0]).parent
    drop_broken(galaxies, galaxies["reason"].tolist(), share, source)
    return kept, pd.concat([others, incomplete(kept)], ignore_index=True)


def choose_assets(
    objids: Iterable[int], mapping: pd.DataFrame, images: Container[str]
) -> np.ndarray:
    """Choose one image of Galaxy Zoo 2 for each galaxy: its asset id, (n,) of int64, 0 if unknown.

    Of a galaxy's asset ids those whose file exists come first, then those of the sample "original",
    then the lower number. `objids` (n,) are all different; `images` holds the names of the files
    without their endings. ValueError if the mapping
    (`galbar.catalogues.published_tables.read_mapping`) gives one image to two of the galaxies.
    """
    objids = np.fromiter(objids, dtype=np.int64)
    candidates = mapping[mapping["objid"].isin(objids)].copy()
    candidates["other"] = candidates["sample"] != PREFERRED_SAMPLE
    candidates["absent"] = [str(asset) not in images for asset in candidates["asset_id"].tolist()]
    ordered = candidates.sort_values(["absent", "other", "asset_id"])
    chosen = ordered.drop_duplicates("objid")
    shared = chosen[chosen["asset_id"].duplicated(keep=False)]
    if len(shared):
        asset = shared["asset_id"].iloc[0]
        owners = shared.loc[shared["asset_id"] == asset, "objid"].tolist()
        raise ValueError(
            f"{MAPPING}: found asset_id {asset} for the objids {owners[0]} and "
            f"{owners[1]}, expected one galaxy per image"
        )
    assets = dict(zip(chosen["objid"].tolist(), chosen["asset_id"].tolist(), strict=True))
    return np.array([assets.get(objid, NO_ASSET) for objid in objids.tolist()], dtype=np.int64)


def add_metadata(galaxies: pd.DataFrame, source: Path) -> pd.DataFrame:
    """Join redshift and petror90_r to galaxies by their integer ids; NaN where unknown.

    FileNotFoundError or ValueError if gz2sample.csv is missing, not as expected, or has none of the
    galaxies.
    """
    metadata = read_metadata(source).rename(columns={"objid": "galaxy_id"})
    if not galaxies["galaxy_id"].isin(metadata["galaxy_id"]).any():
        raise ValueError(
            f"{source}: found none of the {len(galaxies)} objids of {HOYLE} in its column "
            f"OBJID, expected (nearly) all; the first is {galaxies['galaxy_id'].iloc[0]}"
        )
    return galaxies.merge(metadata, on="galaxy_id", how="left", validate="one_to_one")
