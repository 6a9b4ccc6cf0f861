"""Output files that are written atomically, and digests of files."""

import errno
import hashlib
import json
import os
import re
import shutil
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
        with explain_write_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            yield temporary
            _flush_to_disk(temporary)
            temporary.replace(path)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path):
    """Write a folder atomically: yield a temporary one, which is renamed to ``path`` at the end.

    What stood at ``path`` before is replaced as a whole, on success only, by a second rename: for a
    moment there may be no folder of that name, but never a part of one.
    """
    path = Path(path)
    temporary, before = (
        path.with_name(f".{path.name}.{role}-{os.uname().nodename}-{os.getpid()}")
        for role in ("new", "old")
    )
    try:
        with explain_write_errors(path):
            temporary.mkdir(parents=True)
            yield temporary
            for file in temporary.rglob("*"):
                if file.is_file():
                    _flush_to_disk(file)
            if path.exists():
                path.rename(before)
            temporary.rename(path)
    finally:
        for folder in (temporary, before):
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def explain_write_errors(path):
    """Explain what a full disk, a quota, a limit or a forbidden folder means for a job.

    An OSError of the block that says that ``path`` cannot be written gets a message that names the
    path, the cause and the remedy; others, of files that are read for example, stay as they are.
    """
    try:
        yield
    except OSError as error:
        # HDF5 does not always pass the number on, but its text.
        told = re.search(r"errno = (\d+)", str(error))
        code = error.errno or (int(told[1]) if told else None)
        remedy = _NO_LOCKS if "unable to lock file" in str(error) else _WRITE_ERRORS.get(code)
        if remedy is None or not _is_about(error, Path(path)):
            raise
        message = f"{os.strerror(code)}: {remedy}, and run again; what was stored before is used"
        raise OSError(code, message, str(path)) from error


def _is_about(error, path):
    """Return whether an error names a file beside ``path``, a folder above it, or no file."""
    told = re.search(r"name = '([^']*)'", str(error))
    named = error.filename or (told[1] if told else None)
    if named is None:
        return True
    path, named = Path(os.path.abspath(path)), Path(os.path.abspath(os.fsdecode(named)))
    return named.parent == path.parent or named in path.parents


_WRITE_ERRORS = {
    errno.ENOSPC: "make room on this disk, or move the results to another one",
    errno.EDQUOT: "free some of your quota, or move the results to another file system",
    errno.EROFS: "this file system is read-only on this node: move the results to another one",
    errno.EACCES: "you may not write here: change the folder's rights, or move the results",
    errno.EPERM: "you may not write here: change the folder's rights, or move the results",
    errno.EFBIG: (
        "files may not be this large here: raise the limit (ulimit -f), or move the results to "
        "another file system"
    ),
}
_NO_LOCKS = (
    "this file system has no file locks: set the variable HDF5_USE_FILE_LOCKING=FALSE, as the "
    "jobs of the workflow do, or move the results"
)


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
    """Return the digest of a file's content in hexadecimal digits; see ``hashlib.file_digest``."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()
