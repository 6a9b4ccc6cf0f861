"""Checks of a download by what is in it, and its unpacking into its place."""

import gzip
import os
import shutil
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path

from galbar.datasets.dataset import LISTED, CorruptedError, compare_checksum
from galbar.io.atomic import atomic_write, explain_write_errors

_BLOCK = 1 << 20


def check_download(path, dataset, lock_file):
    """Check a download: by its checksum if one is known, else by what is in it.

    Parameters
    ----------
    path : Path
    dataset : galbar.datasets.dataset.Dataset
    lock_file : galbar.datasets.lock_file.LockFile

    Raises
    ------
    galbar.datasets.dataset.CorruptedError
    """
    size = path.stat().st_size
    if dataset.size is not None and size != dataset.size:
        raise CorruptedError(f"found {size} bytes, expected {dataset.size}")
    if dataset.checksum:
        compare_checksum(path, dataset.checksum, LISTED)
    if not lock_file.compare_download(dataset, path) and not dataset.checksum:
        check_contents(path, dataset)


def check_contents(path, dataset):
    """Check a file of which no checksum is known; raises `CorruptedError`.

    It is no web page and not empty, and a ZIP archive is whole to the last byte of its members.
    """
    with open(path, "rb") as file:
        begin = file.read(512).lstrip().lower()
    if begin.startswith((b"<!doctype", b"<html")):
        raise CorruptedError(f"found a web page, expected {dataset.description}")
    if not begin:
        raise CorruptedError(f"found an empty file, expected {dataset.description}")
    if Path(dataset.published_name).suffix != ".zip":
        return
    try:
        with zipfile.ZipFile(path) as archive:
            broken = archive.testzip()
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise CorruptedError(f"found no whole ZIP archive ({error})") from error
    if broken:
        raise CorruptedError(f"found a broken member {broken}, expected a whole ZIP archive")


def put_in_place(download, path, dataset, check):
    """Unpack or move a download to its place, where nothing stands, in one step.

    Parameters
    ----------
    download : Path, in the folder of ``path``; gone afterwards
    path : Path
    dataset : galbar.datasets.dataset.Dataset
    check : callable
        Of the Path of what is to be put there, unpacked, before it is; raises if it should not be.

    Raises
    ------
    galbar.datasets.dataset.CorruptedError : if it cannot be unpacked
    OSError : if the disk does not take it
    """
    with explain_write_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if dataset.packed:
            with atomic_write(path) as temporary:
                _unpack(download, temporary, dataset)
                check(temporary)
            download.unlink()
            return
        check(download)
        with open(download, "rb") as file:
            os.fsync(file.fileno())
        download.replace(path)


def _unpack(download, path, dataset):
    """Write what a packed download holds."""
    try:
        with _open_packed(download, dataset) as packed, open(path, "wb") as file:
            shutil.copyfileobj(packed, file, _BLOCK)
    except (gzip.BadGzipFile, zipfile.BadZipFile, zlib.error, EOFError, KeyError) as error:
        raise CorruptedError(f"cannot be unpacked as {dataset.packed} ({error})") from error


@contextmanager
def _open_packed(download, dataset):
    """Open what is packed, to be read."""
    if dataset.packed == "gzip":
        with gzip.open(download) as file:
            yield file
        return
    with zipfile.ZipFile(download) as archive:
        wanted = Path(dataset.name).name
        names = [name for name in archive.namelist() if name.rpartition("/")[2] == wanted]
        if len(names) != 1:
            raise CorruptedError(
                f"found {', '.join(archive.namelist()[:5]) or 'nothing'} in the archive, expected "
                f"one {wanted}"
            )
        with archive.open(names[0]) as file:
            yield file
