"""Which galaxies can be used: images that decode to their end, rows that make sense.

Few broken galaxies are a nuisance, many are a mistake (a wrong folder, an interrupted download):
above ``data.max_broken_share`` the job fails. All are listed with the reason.
"""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from galbar.io.image_archives import describe_image, explain_absence, has_image
from galbar.io.images import map_ahead, read_image
from galbar.io.job_log import progress

logger = logging.getLogger(__name__)


def inspect_images(directory: str | Path, images: Sequence[str], threads: int) -> list[str]:
    """Decode images completely and say which cannot be used.

    `images` are n paths relative to `directory`, "" where there is none; folders below it may be
    archives. Returns n texts: "" for a good image, else "no image" or "unreadable image: ...", with
    the reason of `galbar.io.images.read_image`. ValueError if an archive is not whole, or not one
    of the images is where it was looked for.
    """
    directory = Path(directory)

    def reason(image: str) -> str:
        path = directory / image
        if not image or not has_image(path):
            return "no image"
        try:
            read_image(path)
        except OSError as error:
            return f"unreadable image: {error.strerror or error}"
        except ValueError as error:
            return f"unreadable image: {str(error).removeprefix(f'{describe_image(path)}: ')}"
        return ""

    reasons = list(progress(map_ahead(reason, images, threads), len(images), "images checked"))
    named = [image for image in images if image]
    if named and all(reason == "no image" for reason in reasons):
        raise ValueError(
            f"none of {len(named)} images was found: {explain_absence(directory / named[0])}"
        )
    return reasons


def incomplete(galaxies: pd.DataFrame) -> pd.DataFrame:
    """List galaxies that are kept although a redshift or a size is missing, with the reason."""
    no_redshift, no_size = galaxies["redshift"].isna(), galaxies["petror90_r"].isna()
    reason = np.select(
        [no_redshift & no_size, no_redshift, no_size],
        [
            "no redshift and no petroR90 (kept: no length in arcsec and kpc/h)",
            "no redshift (kept: no length in kpc/h)",
            "no petroR90 (kept: no length in arcsec and kpc/h)",
        ],
        default="",
    )
    listed = galaxies[_named(galaxies)].assign(reason=reason)
    listed = listed[reason != ""].reset_index(drop=True)
    for text, count in listed["reason"].value_counts().items():
        logger.warning("%d of %d galaxies: %s", count, len(galaxies), text)
    return listed


def _named(galaxies):
    """Return the columns by which a galaxy is named."""
    return [name for name in ("galaxy_id", "id", "image") if name in galaxies]


def drop_broken(
    galaxies: pd.DataFrame, reasons: Sequence[str], max_share: float, source: Path
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Separate the usable galaxies, with all columns, from the others, unless these are too many.

    `reasons` (n,) say why a galaxy cannot be used, "" if it can; `source` is named in messages. The
    dropped ones have galaxy_id, id of a user's own, image, reason. ValueError if their share is
    above `max_share` (``data.max_broken_share``), or nothing is left.
    """
    broken = np.array([bool(reason) for reason in reasons], dtype=bool)
    dropped = galaxies.loc[broken, _named(galaxies)].assign(
        reason=[reason for reason in reasons if reason]
    )
    n, bad = len(galaxies), len(dropped)
    if bad:
        first = "; ".join(
            f"{getattr(row, 'id', row.galaxy_id) or '-'} ({row.image or '-'}): {row.reason}"
            for row in dropped.head(5).itertuples()
        )
        summary = f"{source}: {bad} of {n} galaxies ({bad / n:.2%}) cannot be used. First: {first}"
        if bad > max_share * n:
            raise ValueError(
                f"{summary}. More than data.max_broken_share = {max_share} allows: check the "
                f"folder and the download, or raise data.max_broken_share"
            )
        if bad == n:
            raise ValueError(f"{summary}. None is left")
        logger.warning("%s", summary)
    logger.info("%s: %d of %d galaxies can be used", source, n - bad, n)
    return galaxies.loc[~broken].reset_index(drop=True), dropped.reset_index(drop=True)
