"""A bundle with a file more, of `galbar.bundle.contents.OPTIONAL`."""

from pathlib import Path

from galbar.bundle.contents import OPTIONAL
from galbar.bundle.read import read_contents
from galbar.bundle.write import write_contents


def extend_bundle(source, target, added):
    """Write a bundle with all files of another, bit for bit, optional ones and a new manifest.

    Parameters
    ----------
    source, target : str or Path, a bundle and that to be written
    added : dict, name of `OPTIONAL` -> file (str or Path), in place of one that the bundle has

    Raises
    ------
    FileNotFoundError, ValueError
        If the bundle is none, see `galbar.bundle.read.read_manifest`, a checksum is wrong, or a
        name is not optional.
    """
    unknown = sorted(set(added) - set(OPTIONAL))
    if unknown:
        raise ValueError(f"{target}: found {', '.join(unknown)}, expected of {', '.join(OPTIONAL)}")
    manifest, contents = read_contents(source)
    contents |= {name: Path(file).read_bytes() for name, file in added.items()}
    write_contents(target, manifest, contents)
