"""Where a bundle is: a file, or an address that it is fetched from once."""

import logging
from pathlib import Path

from galbar.io.atomic import atomic_write, file_digest
from galbar.io.download import download

logger = logging.getLogger(__name__)

_FOLDER = "results/bundles"


def local_bundle(bundle, *, timeout=60.0):
    """Return the file of a bundle; one with an address is fetched, unless it is there already.

    Parameters
    ----------
    bundle : str or dict, the configuration's key: a path, or url and sha256
    timeout : float, longest silence of the server [s]

    Returns
    -------
    str, a path; of a fetched bundle ``results/bundles/{sha256}.zip``

    Raises
    ------
    ConnectionError, naming the address, what happened and what to do instead
    ValueError, if the checksum is wrong
    """
    if isinstance(bundle, str):
        return bundle
    url, expected = bundle["url"], bundle["sha256"].lower()
    path = Path(_FOLDER, f"{expected}.zip")
    if path.is_file():
        return str(path)
    remedy = "Instead of fetching, give the path of the file as the key bundle."
    with atomic_write(path) as temporary:
        download(url, temporary, timeout=timeout, remedy=remedy)
        digest = file_digest(temporary)
        if digest != expected:
            raise ValueError(
                f"bundle: {url}: wrong checksum, found SHA-256 {digest} in "
                f"{temporary.stat().st_size} bytes, expected {expected}. {remedy}"
            )
    logger.info("fetched %s, checksum %s", url, expected)
    return str(path)
