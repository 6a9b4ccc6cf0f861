"""Public services of cutouts: what each can be asked for."""

from typing import NamedTuple

from galbar.downloads.templates import TEMPLATE_FIELDS


class Service(NamedTuple):
    """A kind of service.

    Attributes
    ----------
    ending : str, of its files' names
    pixel_scale : float or None
        Its own [arcsec], which is asked for: some services scale images without scaling the light
        in a pixel, and the images of a catalogue must be in one unit. None: the configuration's.
    sides : tuple of int, shortest and longest side of an image [px]
    bands : str, asked for by default, one letter each
    is_picture : bool
        Whether its images are scaled for the eye and have no world coordinates; they have north up
        and the position in the middle, and may be asked for on any scale.
    """

    ending: str
    pixel_scale: float | None
    sides: tuple
    bands: str = ""
    is_picture: bool = False


#: Name of a survey in the configuration, and "template" for an address of a user's own.
SERVICES = {
    "sdss": Service(".jpg", 0.396, (64, 2048), is_picture=True),
    "legacy": Service(".fits", 0.262, (32, 3000), "grz"),
    "panstarrs": Service(".fits", 0.25, (32, 6000), "gri"),
    "hips": Service(".fits", 0.4, (32, 5000)),
    "template": Service(".image", None, (32, 10000)),
}

#: Fields that the address of each service may hold.
ENDPOINT_FIELDS = {
    "sdss": TEMPLATE_FIELDS,
    "legacy": TEMPLATE_FIELDS,
    "panstarrs": (*TEMPLATE_FIELDS, "file"),
    "panstarrs_files": TEMPLATE_FIELDS,
    "hips": (*TEMPLATE_FIELDS, "hips"),
}
