"""What is known of a published file, and what can be wrong with a copy of it."""

from pathlib import Path
from typing import NamedTuple

from galbar.io.atomic import file_digest

LISTED = "the list of data sets; another edition needs another list: data.datasets"
"""Where a checksum of a `Dataset` is from, for messages."""

CHECKSUM = "^(md5:[0-9a-f]{32}|sha256:[0-9a-f]{64})$"
"""Regular expression of a checksum."""


class Download(NamedTuple):
    """How files are fetched.

    Attributes
    ----------
    mirror : str or None, address of a folder that is asked before all others
    retries : int, further tries of an address without any progress
    timeout : float, longest silence of a server [s]
    """

    mirror: str | None
    retries: int
    timeout: float


class Dataset(NamedTuple):
    """A published file.

    Attributes
    ----------
    name : str, path in the data directory
    version : str, of the publisher, or what else tells editions apart
    description, citation : str
    licence : str or None
    mirrors : list of str, addresses in the order in which they are asked
    kaggle : dict or None, competition and file, of files that Kaggle's own client fetches
    packed : "gzip", "zip" or None; of a ZIP archive the member called as the file is taken
    size : int or None, of what is downloaded [bytes]
    checksum : str or None, of what is downloaded, see `CHECKSUM`
    disk_mb : float, disk space for the download and what is unpacked from it, roughly [MB]
    """

    name: str
    version: str
    description: str
    citation: str
    licence: str | None
    mirrors: list
    kaggle: dict | None
    packed: str | None
    size: int | None
    checksum: str | None
    disk_mb: float

    def urls(self, mirror):
        """Return the addresses of the download, that of the user's own mirror first."""
        own = [] if mirror is None else [f"{mirror.rstrip('/')}/{self.published_name}"]
        return own + self.mirrors

    @property
    def published_name(self):
        """Name of the file that is downloaded, as on a user's own mirror."""
        if self.kaggle:
            return self.kaggle["file"]
        ending = {"gzip": ".gz", "zip": ".zip", None: ""}[self.packed]
        return Path(self.name).name + ending


class CorruptedError(ValueError):
    """A file that is not what was to be fetched; the message says what was found and expected."""


def compare_checksum(path, checksum, source):
    """Compare a file with a checksum.

    Parameters
    ----------
    path : Path
    checksum : str, see `CHECKSUM`
    source : str, where the checksum is from, for the message

    Raises
    ------
    CorruptedError
    """
    algorithm, _, expected = checksum.partition(":")
    digest = file_digest(path, algorithm)
    if digest != expected:
        raise CorruptedError(
            f"wrong checksum, found {algorithm}:{digest} in {path.stat().st_size} bytes, expected "
            f"{checksum} ({source})"
        )
