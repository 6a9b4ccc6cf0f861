"""ImageNet weights: fetched, checked and found; no TensorFlow here."""

import hashlib
import logging
import shutil
from pathlib import Path

from galbar.io.atomic import atomic_write, file_digest
from galbar.io.download import download
from galbar.jobs.environment import find_keras_home
from galbar.networks.backbones.registry import BACKBONES

logger = logging.getLogger(__name__)


def fetch_weights(architecture, origin, path, *, timeout=60.0):
    """Fetch the ImageNet weights of a backbone without its top.

    A file with the right checksum, there already or in Keras's own cache, is not fetched again.

    Parameters
    ----------
    architecture : str, one of `galbar.networks.backbones.registry.BACKBONES`
    origin : str, address above the file's path (``weights.origin`` of the configuration)
    path : str or Path, file to write, atomically and only with the right checksum
    timeout : float, longest silence of the server [s]

    Raises
    ------
    ConnectionError, naming the address, what happened and what to do instead
    ValueError, if the checksum is wrong, or the architecture unknown
    """
    if architecture not in BACKBONES:
        known_architectures = ", ".join(BACKBONES)
        raise ValueError(
            f"no ImageNet weights for {architecture!r}, only for {known_architectures}"
        )
    name, expected = BACKBONES[architecture].weights_file, BACKBONES[architecture].weights_md5
    path, url = Path(path), f"{origin.rstrip('/')}/{name}"
    if path.is_file() and _md5(path) == expected:
        logger.info("%s is there already, checksum %s", path, expected)
        return
    cached = _keras_cache() / Path(name).name
    with atomic_write(path) as temporary:
        if cached.is_file() and _md5(cached) == expected:
            logger.info("copied from %s", cached)
            shutil.copyfile(cached, temporary)
            return
        download(url, temporary, timeout=timeout, remedy=_remedy(architecture))
        md5 = _md5(temporary)
        if md5 != expected:
            raise ValueError(
                f"{url}: wrong checksum, found MD5 {md5} in {temporary.stat().st_size} bytes, "
                f"expected {expected}. {_remedy(architecture)}"
            )
    logger.info("fetched %s, checksum %s", url, expected)


def find_weights(path, architecture):
    """Find initial weights: a file, or in a directory the file of the architecture.

    Parameters
    ----------
    path : str or Path
        A directory holds ``{architecture}.weights.h5`` or a file with the name that Keras gives it.
    architecture : str

    Returns
    -------
    Path

    Raises
    ------
    FileNotFoundError, naming what was looked for
    """
    path = Path(path)
    if path.is_file():
        return path
    names = [f"{architecture}.weights.h5"]
    if architecture in BACKBONES:
        names.append(Path(BACKBONES[architecture].weights_file).name)
    for name in names:
        if (path / name).is_file():
            return path / name
    problem = "is no directory" if not path.is_dir() else f"holds neither {' nor '.join(names)}"
    raise FileNotFoundError(f"weights for {architecture}: {path} {problem}")


def _remedy(architecture):
    return (
        f"Instead of fetching, put the file into a directory as {architecture}.weights.h5 and "
        "give that directory as the model's key weights."
    )


def _keras_cache():
    return find_keras_home() / "models"


def _md5(path):
    # Of these files no other checksum is published.
    return file_digest(path, lambda: hashlib.md5(usedforsecurity=False))
