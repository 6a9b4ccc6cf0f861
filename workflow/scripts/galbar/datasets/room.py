"""Disk space, before anything is fetched."""

import errno
import shutil

_MB = 1_000_000


def check_room(needs, directory):
    """Check that the disk has room for all that is to be fetched.

    Parameters
    ----------
    needs : dict, name -> disk space that it still takes [bytes]
    directory : Path, on the disk

    Raises
    ------
    OSError : ENOSPC, with what each of them needs
    """
    free, needed = shutil.disk_usage(directory).free, sum(needs.values())
    if needed > free:
        parts = ", ".join(f"{name} {need / _MB:.0f}" for name, need in needs.items())
        message = (
            f"found {free / _MB:.0f} MB free, expected {needed / _MB:.0f} MB for what is to be "
            f"fetched ({parts}): make room, or give another disk as data.directory"
        )
        raise OSError(errno.ENOSPC, message, str(directory))
