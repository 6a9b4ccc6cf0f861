"""Files that were fetched, by a digest of the request: what is there is never asked for again."""

import hashlib
import threading
from pathlib import Path

import numpy as np

from galbar.downloads.answers import RefusedError
from galbar.io.atomic import atomic_write
from galbar.stamps.image_files import read_survey_image

# Share of an image's side, in its middle, in which something must be.
_MIDDLE = 0.1

# Reading turns warnings into errors and back, for the whole process.
_reading = threading.Lock()


class Store:
    """A folder of answers.

    An answer without an image that would be the same again is kept, too, as its reason
    (``*.refused``): delete these files to ask again.

    Parameters
    ----------
    folder : str or Path, made where it is not there
    client : galbar.downloads.client.Client
    """

    def __init__(self, folder, client):
        self._folder, self._client = Path(folder), client

    def image(self, url, ending, expected):
        """Return the path of an image in the folder, fetched and checked if it is not there.

        Parameters
        ----------
        url : str
        ending : str, of the file's name
        expected : galbar.downloads.cutouts.Expected

        Returns
        -------
        str, relative to the folder

        Raises
        ------
        RefusedError, FailedError, ServiceDownError
            See `galbar.downloads.client.Client.fetch`; also where the image is blank.
        """
        return self._keep(url, ending, lambda path: check_image(path, expected))

    def text(self, url):
        """Return a text, fetched if it is not there; errors as of `image`."""
        path = self._keep(url, ".txt", _check_text)
        return (self._folder / path).read_text(encoding="utf-8")

    def _keep(self, url, ending, check):
        name = digest_of(url)
        relative = f"{name[:2]}/{name}{ending}"
        path = self._folder / relative
        refused = path.with_suffix(".refused")
        if path.is_file():
            self._client.end_row()
            return relative
        if refused.is_file():
            self._client.end_row()
            raise RefusedError(refused.read_text(encoding="utf-8").splitlines()[0])

        def accept(content):
            with atomic_write(path) as temporary:
                temporary.write_bytes(content)
                check(temporary)

        try:
            self._client.fetch(url, accept)
        except RefusedError as error:
            with atomic_write(refused) as temporary:
                temporary.write_text(f"{error}\n{url}\n", encoding="utf-8")
            raise
        return relative


def digest_of(url):
    """Return the name of a request's answer."""
    return hashlib.sha256(f"GET {url}".encode()).hexdigest()[:32]


def check_image(path, expected):
    """Check a file that a service has sent.

    Parameters
    ----------
    path : Path
    expected : galbar.downloads.cutouts.Expected

    Raises
    ------
    ValueError : if it cannot be read to its end, or is not what was asked for
    RefusedError : if nothing is on it, or in its middle: outside the survey
    """
    with _reading:
        try:
            image = read_survey_image(path, expected.extension)
        except (ArithmeticError, AttributeError, MemoryError) as error:
            raise ValueError(f"found an image that cannot be read ({error})") from error
        except ValueError as error:
            text = str(error).removeprefix(f"{path}: ")
            if "no pixel with a number" in text:
                raise RefusedError("the service has nothing there: its image is empty") from error
            raise ValueError(text) from error
    ny, nx = image.planes.shape[1:]
    if expected.wcs and image.wcs is None:
        raise ValueError("found an image without world coordinates, expected them")
    if image.wcs is None and expected.side and (ny, nx) != (expected.side, expected.side):
        raise ValueError(
            f"found a picture of {nx} x {ny} px, expected {expected.side} x {expected.side}: its "
            "scale is not what was asked for"
        )
    blank = [_is_blank(plane) for plane in image.planes]
    # A picture may be without blue; a plane of light that is missing makes wrong colours.
    if all(blank) or (image.linear and any(blank)):
        raise RefusedError("the service has nothing there: its image is blank")


def _is_blank(plane):
    """Return whether a plane (ny, nx) is of one value, or there is nothing in its middle."""
    numbers = plane[np.isfinite(plane)]
    if not numbers.size or np.ptp(numbers) == 0:
        return True
    margins = [int((size - max(1, _MIDDLE * size)) / 2) for size in plane.shape]
    middle = plane[tuple(slice(margin, -margin or None) for margin in margins)]
    return not (np.nan_to_num(middle) != 0).any()


def _check_text(path):
    content = path.read_bytes()
    if content.lstrip()[:1] == b"<":
        raise ValueError("found a web page, expected a list of images")
    content.decode("utf-8")
