"""Which part of the sky is asked for, and the addresses that answer it."""

import csv
from typing import NamedTuple

import numpy as np

from galbar.downloads.answers import RefusedError
from galbar.downloads.services import SERVICES
from galbar.downloads.templates import fill
from galbar.stamps.observe import STAMP_IN_PETROR90

# More than a stamp's width: Pan-STARRS's images are turned by some degrees from north.
_MARGIN = 1.06


class Source(NamedTuple):
    """Where the images of a catalogue come from, as its entry in the configuration says.

    Attributes
    ----------
    survey : str or None, a name of `galbar.downloads.services.SERVICES`, or hips:ID
    template : str or None, address in place of a survey
    endpoints : dict, the section ``download.endpoints``
    field : float, width of the image of a galaxy of unknown size [arcsec]
    pixel_scale : float or None [arcsec]; None: the service's own
    bands : str or None, one letter each; None: those usual for the service
    """

    survey: str | None
    template: str | None
    endpoints: dict
    field: float
    pixel_scale: float | None = None
    bands: str | None = None

    @property
    def name(self):
        """Name of the service."""
        return self.survey.partition(":")[0] if self.survey else "template"

    @property
    def service(self):
        """The service, with the configuration's bands and scale in place of its own."""
        service = SERVICES[self.name]
        return service._replace(
            bands=self.bands or service.bands, pixel_scale=self.pixel_scale or service.pixel_scale
        )


class Cutout(NamedTuple):
    """A part of the sky: centre [deg], width [arcsec], side [px] and scale [arcsec] of its image.

    Side and scale are None where a user's template asks for neither.
    """

    ra: float
    dec: float
    width: float
    side: int | None
    pixel_scale: float | None


def plan_cutout(galaxy, source):
    """Return the `Cutout` that a galaxy's stamp needs.

    Parameters
    ----------
    galaxy : dict, a row of `galbar.catalogues.own_table.read_own`
    source : Source

    Raises
    ------
    ValueError : if its position is unknown, or its size where it cannot be measured later
    """
    if not np.isfinite([galaxy["ra"], galaxy["dec"]]).all():
        raise ValueError("its position is unknown: found no ra and dec, expected both [deg]")
    petror90, service = galaxy["petror90_r"], source.service
    width = source.field
    if np.isfinite(petror90):
        width = _MARGIN * STAMP_IN_PETROR90 * petror90
    elif service.is_picture:
        raise ValueError(
            f"its size is unknown: images of {source.survey} are scaled for the eye, on which none "
            "can be measured, expected petror90_r in the table"
        )
    position = round(float(galaxy["ra"]), 6) % 360, round(float(galaxy["dec"]), 6) + 0.0
    scale = service.pixel_scale
    if scale is None:
        return Cutout(*position, round(width, 1), None, None)
    smallest, largest = service.sides
    if service.is_picture and width / scale > largest:
        # Of a picture only the colours matter; rounded up, for the sake of the address.
        scale = float(np.ceil(width / largest * 1e4) / 1e4)
    side = int(np.clip(np.ceil(width / scale), smallest, largest))
    return Cutout(*position, round(side * scale, 4), side, scale)


def fetch_images(cutout, source, store, extension=None):
    """Fetch the image of a cutout, or one for each band.

    Parameters
    ----------
    cutout : Cutout
    source : Source
    store : galbar.downloads.store.Store
    extension : of FITS files, see `galbar.stamps.image_files.read_survey_image`

    Returns
    -------
    dict, column of a user's table (image, or image_g, ...) -> path in the store's folder

    Raises
    ------
    galbar.downloads.answers.RefusedError, galbar.downloads.answers.FailedError
        See `galbar.downloads.client.Client.fetch`
    """
    service, values = source.service, values_of(cutout, source)

    def image(template, **further):
        url = fill(template, values | further)
        return store.image(url, service.ending, expected_of(cutout, service, extension))

    if source.name != "panstarrs":
        return {"image": image(source.template or source.endpoints[source.name])}
    listing = store.text(fill(source.endpoints["panstarrs_files"], values))
    files = read_listing(listing, service.bands)
    endpoint = source.endpoints["panstarrs"]
    return {f"image_{band}": image(endpoint, file=name) for band, name in files.items()}


def list_columns_of(source):
    """Return the columns of image paths that `fetch_images` fills."""
    if source.name == "panstarrs":
        return [f"image_{band}" for band in source.service.bands]
    return ["image"]


def values_of(cutout, source):
    """Return what stands for the fields of an address (`galbar.downloads.templates`)."""
    values = {
        "ra": f"{cutout.ra:.6f}",
        "dec": f"{cutout.dec:.6f}",
        "size_arcsec": f"{cutout.width:g}",
        "size_deg": f"{cutout.width / 3600:.8f}",
        "bands": source.service.bands,
        "hips": (source.survey or "").partition(":")[2],
    }
    if cutout.side is not None:
        values |= {"size": cutout.side, "pixel_scale": f"{cutout.pixel_scale:g}"}
    return values


class Expected(NamedTuple):
    """What an image must be: ``side`` [px] of a picture, ``wcs``: whether it has coordinates."""

    side: int | None
    wcs: bool
    extension: int | str | list | None


def expected_of(cutout, service, extension):
    """Return what the image of a cutout must be."""
    side = cutout.side if service.is_picture else None
    return Expected(side, not service.is_picture and service.ending == ".fits", extension)


def read_listing(text, bands):
    """Read which file holds each band, from Pan-STARRS's list of the images at a position.

    Parameters
    ----------
    text : str, a line of names, and a line per image; columns are separated by spaces
    bands : str

    Returns
    -------
    dict, band -> file

    Raises
    ------
    ValueError : if it is no such list
    galbar.downloads.answers.RefusedError : if a band is not in it
    """
    rows = list(csv.reader(text.splitlines(), delimiter=" ", skipinitialspace=True))
    header = rows[0] if rows else []
    if not {"filter", "filename"} <= set(header):
        raise ValueError(
            f"found {text[:40]!r} in place of a list of images, expected columns filter, filename"
        )
    band_at, file_at = header.index("filter"), header.index("filename")
    files = {}
    for row in rows[1:]:
        if len(row) > max(band_at, file_at):
            files.setdefault(row[band_at], row[file_at])
    missing = [band for band in bands if band not in files]
    if missing:
        raise RefusedError(f"the survey has no image of it in {', '.join(missing)}")
    return {band: files[band] for band in bands}
