"""Output files that appear whole or not at all."""

import json
import os
from contextlib import contextmanager
from pathlib import Path

__all__ = ["whole_file", "write_csv", "write_json"]


@contextmanager
def whole_file(path):
    """Yield a temporary path beside ``path`` and rename it to ``path`` at the end.

    A job that is killed leaves at most a temporary file; what stood at ``path``
    before is replaced in one step, on success only. The name holds the host and
    the process, so that two copies of a job never write into the same file.

    Parameters
    ----------
    path : str or Path
        The file to be written. Its folder is created.

    Yields
    ------
    Path
        Where to write; it keeps the suffix of ``path``.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{os.uname().nodename}-{os.getpid()}{path.suffix}")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_csv(frame, path, **options):
    """Write a data frame without its index; the file appears whole.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table.
    path : str or Path
        The file to be written.
    **options
        Passed on to `pandas.DataFrame.to_csv`.
    """
    with whole_file(path) as temporary:
        frame.to_csv(temporary, index=False, **options)


def write_json(value, path):
    """Write a value as indented JSON; the file appears whole.

    Raises
    ------
    ValueError
        If the value holds NaN or infinity, which JSON cannot.
    """
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps(value, indent=2, allow_nan=False) + "\n", encoding="utf-8")
