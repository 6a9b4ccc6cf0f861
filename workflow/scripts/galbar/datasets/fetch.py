"""Fetching of all files of a data directory: what is missing, and nothing over what is there."""

import fcntl
import glob
import hashlib
import logging
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from galbar.datasets.contents import check_contents, check_download, put_in_place
from galbar.datasets.dataset import LISTED, CorruptedError, compare_checksum
from galbar.datasets.kaggle import fetch_from_kaggle
from galbar.datasets.lock_file import LockFile
from galbar.datasets.mirrors import fetch_from_mirrors
from galbar.datasets.room import check_room
from galbar.io.atomic import explain_write_errors, file_digest
from galbar.io.download import TransferError, forget_part
from galbar.io.job_log import announce

logger = logging.getLogger(__name__)

_MB = 1_000_000


def fetch_datasets(datasets, directory, download):
    """Fetch the files that are missing from a data directory, and check the others.

    Parameters
    ----------
    datasets : sequence of galbar.datasets.dataset.Dataset
    directory : str or Path, created if it is not there
    download : galbar.datasets.dataset.Download

    Raises
    ------
    ValueError
        Says of each file that is not as it should be, or could not be fetched, why; the others are
        there by then.
    OSError : if the disk is too small or does not take a file
    """
    directory = Path(directory)
    with explain_write_errors(directory):
        directory.mkdir(parents=True, exist_ok=True)
    with _alone(directory):
        lock_file = LockFile(directory)
        missing, problems = _look_at_present(datasets, directory, lock_file)
        needs = {dataset.name: _need(dataset, directory) for dataset in missing}
        check_room(needs, directory)
        for dataset in missing:
            announce(f"{dataset.name}: fetching {_describe(dataset)}")
            try:
                _fetch(dataset, directory, download, lock_file)
            except (ConnectionError, ValueError) as error:
                problems.append(f"{directory / dataset.name}: {error}")
    if problems:
        raise ValueError("\n".join(["not all data could be fetched:", *problems]))
    announce(
        f"{directory}: {len(datasets)} files are as they should be, {len(missing)} of them fetched "
        f"now; checksums: {lock_file.path}"
    )


@contextmanager
def _alone(directory):
    """Wait until no other process fetches into a directory, and keep others from it."""
    path = directory / ".fetch_data.lock"
    with explain_write_errors(path):
        file = open(path, "w")
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            announce(f"{directory}: another process fetches data; waiting until it ends")
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError as error:
            logger.warning("%s has no locks (%s): run fetch_data only once", directory, error)
        yield


def _look_at_present(datasets, directory, lock_file):
    """Return the data sets of which nothing is there, and what is wrong with the others."""
    missing, problems = [], []
    for dataset in datasets:
        try:
            if not _is_present(dataset, directory / dataset.name, lock_file):
                missing.append(dataset)
        except CorruptedError as error:
            problems.append(
                f"{directory / dataset.name}: {error}. It was not overwritten: move it away, and "
                "run again to fetch it"
            )
    return missing, problems


def _is_present(dataset, path, lock_file):
    """Return whether a file is there, as recorded; what is met for the first time is recorded."""
    unpacked = path.with_suffix("")
    if path.suffix == ".zip" and not path.exists() and _has_entries(unpacked):
        logger.info("%s: the folder %s is there and taken as it is", path, unpacked.name)
        return True
    if not path.exists():
        return False
    if lock_file.compare_file(dataset, path):
        logger.info("%s: is there already, checksum as recorded", path)
        return True
    if not dataset.packed and dataset.checksum:
        compare_checksum(path, dataset.checksum, LISTED)
    elif not dataset.packed:
        check_contents(path, dataset)
    lock_file.record(dataset, path, "was there")
    logger.warning("%s: was there already; its checksum is recorded", path)
    return True


def _describe(dataset):
    licence = dataset.licence or "see there"
    return (
        f"{dataset.description}, version {dataset.version}. Cite {dataset.citation}; licence: "
        f"{licence}"
    )


def _has_entries(folder):
    return folder.is_dir() and any(folder.iterdir())


def _part_of(dataset, directory, url=None):
    """Return where what is received of a file is kept: from each address another one."""
    path = directory / dataset.name
    address = "" if url is None else f"-{hashlib.sha256(url.encode()).hexdigest()[:8]}"
    return path.with_name(f".{path.name}.part{address}")


def _list_parts(dataset, directory):
    """List what there is of a file, from all addresses, with its records."""
    part = _part_of(dataset, directory)
    return sorted(part.parent.glob(f"{glob.escape(part.name)}*"))


def _need(dataset, directory):
    """Return the disk space that a file still takes [bytes]."""
    received = max((part.stat().st_size for part in _list_parts(dataset, directory)), default=0)
    return max(0, dataset.disk_mb * _MB - received)


def _fetch(dataset, directory, download, lock_file):
    """Fetch one file from the first source that has it."""
    path = directory / dataset.name

    def accept(source, whole):
        check_download(whole, dataset, lock_file)
        digest = f"sha256:{file_digest(whole)}"
        put_in_place(whole, path, dataset, partial(lock_file.compare_content, dataset))
        for part in _list_parts(dataset, directory):
            part.unlink()
        lock_file.record(dataset, path, source, digest)
        logger.info("%s: fetched from %s, %s", path, source, digest)

    parts = {url: _part_of(dataset, directory, url) for url in dataset.urls(download.mirror)}
    answers = []
    if parts:
        check_size = partial(_check_size, dataset, directory)
        try:
            fetch_from_mirrors(parts, download, check_size=check_size, accept=accept)
            return
        except ConnectionError as error:
            if not dataset.kaggle:
                raise
            answers.append(f"{error}\n")
    part = _part_of(dataset, directory)
    try:
        fetch_from_kaggle(dataset, part)
        accept(f"kaggle competitions download -c {dataset.kaggle['competition']}", part)
    except CorruptedError as error:
        forget_part(part)
        raise ValueError(f"{''.join(answers)}{error}; deleted") from error
    except ConnectionError as error:
        raise ConnectionError(f"{''.join(answers)}{error}") from error


def _check_size(dataset, directory, size, received):
    """Refuse a download of another size than is known, or too large for the disk."""
    if size is None:
        return
    if dataset.size is not None and size != dataset.size:
        raise TransferError(
            f"the server states {size} bytes, expected {dataset.size}", is_final=True
        )
    check_room({dataset.name: size - received}, directory)
