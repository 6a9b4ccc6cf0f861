"""Output files that are written atomically, and digests of files."""

import errno
import hashlib
import json
import os
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def atomic_write(path):
    """Write a file atomically: yield a temporary path, rename it to ``path`` at the end.

    A job that is killed leaves at most a temporary file; what stood at ``path`` before is replaced
    in one step, on success only. Its folder is created. The temporary name keeps the suffix and
    holds the host and the process, so that two copies of a job never write into the same file.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.stem}.{os.uname().nodename}-{os.getpid()}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        _flush_to_disk(temporary)
        temporary.replace(path)
    except OSError as error:
        explained = explain_write_error(error, path)
        if explained is None:
            raise
        raise explained from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def explain_write_error(error, path):
    """Explain what a full disk, a used-up quota or a forbidden folder means for a job.

    ``path`` was to be written. Returns an OSError whose message names the cause and the remedy, or
    None if ``error``, an OSError, is another one.
    """
    for code, remedy in _WRITE_ERRORS.items():
        # HDF5 does not always pass the number on, but its text.
        if error.errno == code or os.strerror(code) in str(error):
            message = (
                f"{os.strerror(code)}: {remedy}, and run again; what was stored before is used"
            )
            return OSError(code, message, str(path))
    return None


_WRITE_ERRORS = {
    errno.ENOSPC: "make room on this disk, or move the results to another one",
    errno.EDQUOT: "free some of your quota, or move the results to another file system",
    errno.EROFS: "this file system is read-only on this node: move the results to another one",
    errno.EACCES: "you may not write here: change the folder's rights, or move the results",
    errno.EPERM: "you may not write here: change the folder's rights, or move the results",
}


def _flush_to_disk(path):
    """Flush a file to disk before it gets its name: after a power cut it must not be empty."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())


def write_csv(frame, path, **options):
    """Write a data frame atomically, without its index; options are those of its ``to_csv``."""
    with atomic_write(path) as temporary:
        frame.to_csv(temporary, index=False, **options)


def write_json(value, path):
    """Write a value atomically, as indented JSON; NaN and infinity raise ValueError."""
    with atomic_write(path) as temporary:
        temporary.write_text(json.dumps(value, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def file_digest(path, algorithm="sha256"):
    """Return the digest of a file's content in hexadecimal digits; see `hashlib.file_digest`."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()
