"""Where the bytes of an image are: in a file, or in a ZIP archive in place of its folder.

A table names images by paths. If the folder ``images_training_rev1`` of such a path is not there
but ``images_training_rev1.zip`` is, the image is a member of it: one file where a file system
counts and looks up tens of thousands. The folder wins where both are. What decides is looked up
once per folder, the archive's directory is read once per process; reading is safe from threads.

One rule of names holds for folders and archives: an image is a file that ends in .jpg, .jpeg or
.png, in any case, and is not hidden. Archives may be made on Windows (backslashes), and their
images may lie below folders that they share.
"""

import errno
import io
import logging
import os
import threading
import time
import zipfile
import zlib
from collections import Counter
from pathlib import Path

logger = logging.getLogger(__name__)

# What macOS adds to archives.
_FOREIGN = "__MACOSX/"

_IMAGES = (".jpg", ".jpeg", ".png")

# Folders of an archive with a smaller share of its images are strays, not a part of its layout.
_STRAY_SHARE = 0.01

# (process, folder) -> (archive, folder within it), or None for a folder of files. By process, since
# a fork shares the position in the file.
_archives = {}
_lock = threading.Lock()


class _Archive:
    """A ZIP archive whose directory is in memory.

    Members may lie below folders that all images share, as in Kaggle's archives.
    """

    def __init__(self, path):
        self.path = path
        begin = time.monotonic()
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise ValueError(_not_whole(path, error)) from error
        self._members = {
            name: entry
            for entry in self._zip.infolist()
            if not entry.is_dir() and not (name := _plain_name(entry)).startswith(_FOREIGN)
        }
        self._images = [name for name in self._members if is_image(name)]
        # An archive of FITS files has no picture by which its layout is known.
        self._tops, strays = _shared_folders(self._images or list(self._members))
        message = "%s: %d files in the archive, its directory read in %.2f s"
        logger.info(message, path, len(self._members), time.monotonic() - begin)
        if strays:
            logger.warning(
                "%s: %d images are beside the folder of the others, %s: only found by their whole "
                "path; the first is %s",
                path,
                len(strays),
                self._tops[-1],
                strays[0],
            )

    def find(self, inner):
        """Find the member of a path; None if there is none."""
        members = (self._members.get(top + inner) for top in self._tops)
        return next((member for member in members if member is not None), None)

    def list(self, inner):
        """List the names of the images directly in a folder ("" or with a slash at its end)."""
        listed = []
        for top in self._tops:
            start = top + inner
            names = [name.removeprefix(start) for name in self._images if name.startswith(start)]
            names = [name for name in names if "/" not in name]
            # A stray beside the folder of the others does not stand for it.
            listed = max(listed, names, key=len)
        return listed

    def contents(self):
        """Return the names of all files, as in the archive."""
        return [entry.filename for entry in self._members.values()]

    def describe(self, inner):
        """Name a member for messages, whether it is there or not."""
        member = self.find(inner)
        return f"{self.path}, member {inner if member is None else member.filename}"

    def read(self, inner):
        """Read a member, checked by its CRC-32."""
        member, name = self.find(inner), self.describe(inner)
        if member is None:
            raise FileNotFoundError(errno.ENOENT, "No such member of the archive", name)
        try:
            return self._zip.read(member)
        except NotImplementedError as error:
            message = f"{name}: {error}, expected a stored or deflated member"
            raise ValueError(message) from error
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
            # RuntimeError: an encrypted member.
            raise ValueError(f"{name}: found a broken member ({error})") from error


def _plain_name(entry):
    """Return a member's name with slashes, whatever system has packed it."""
    name = entry.filename.replace("\\", "/")
    while name.startswith(("./", "/")):
        name = name.removeprefix("./").removeprefix("/")
    return name


def is_image(name):
    """Return whether a file is an image by its name; hidden ones are of other systems."""
    base = name.rpartition("/")[2]
    return base.lower().endswith(_IMAGES) and not base.startswith(".")


def _shared_folders(names):
    """List "" and the folders at the top that all names share, ["", "a/", "a/b/"], and strays.

    A few images in other places do not count: they are the strays.
    """
    counts = Counter(os.path.dirname(name) for name in names)
    usual = {folder for folder, count in counts.items() if count >= _STRAY_SHARE * len(names)}
    common = os.path.commonpath([f"/{folder}" for folder in usual] or ["/"])
    folders = [folder for folder in common.split("/") if folder]
    tops = ["".join(f"{name}/" for name in folders[:depth]) for depth in range(len(folders) + 1)]
    return tops, [name for name in names if not name.startswith(tops[-1])]


def _not_whole(path, reason):
    return (
        f"{path}: found no whole ZIP archive ({reason}), expected one; was its copying or "
        "downloading cut off?"
    )


def find_source(folder):
    """Find what the images of a folder are read from.

    Parameters
    ----------
    folder : str or Path, that images are in by their paths; it may name an archive itself

    Returns
    -------
    Path or None
        The folder, if it is there, else the archive that takes its place or that of a folder
        above; None if there is neither.
    """
    return _find_source(Path(folder))[0]


def _find_source(folder):
    """Find the source of a folder's images and the folder that it stands for."""
    if folder.is_dir():
        return folder, folder
    for replaced in (folder, *folder.parents):
        if replaced.is_dir() or not replaced.name:
            break
        archive = _beside(replaced)
        if archive.is_file():
            return archive, replaced
    return None, folder


def _beside(folder):
    """Return the path of the archive that can take the place of a folder."""
    return folder if folder.suffix == ".zip" else folder.with_name(f"{folder.name}.zip")


def source_problem(folder):
    """Return what is wrong with the images of a folder, without reading an archive's directory.

    Returns
    -------
    str, "" for a folder, or an archive that has its end (a truncated one has not)
    """
    source = find_source(folder)
    if source is None:
        return f"{folder}: found no such folder, nor its archive {_beside(Path(folder)).name}"
    if source.is_file() and not zipfile.is_zipfile(source):
        return _not_whole(source, "its end is missing")
    return ""


def _look_up(folder):
    """Return (archive, folder within it) for a folder, or None where it is no archive."""
    key = os.getpid(), str(folder)
    if key in _archives:
        return _archives[key]
    with _lock:
        if key not in _archives:
            source, replaced = _find_source(folder)
            if source is None:
                # Not remembered: it may come.
                return None
            _archives[key] = _open(source, replaced, folder)
        return _archives[key]


def _open(source, replaced, folder):
    """Open an archive, unless the source is a folder."""
    if source.is_dir():
        if folder.name and _beside(folder).is_file():
            logger.info("%s is used, not the archive beside it", folder)
        return None
    key = os.getpid(), str(source)
    # Several folders of one archive share it.
    archive = _archives[key][0] if _archives.get(key) else _Archive(source)
    _archives.setdefault(key, (archive, ""))
    inner = folder.relative_to(replaced).as_posix()
    return archive, "" if inner == "." else f"{inner}/"


def open_image_file(path):
    """Open an image's file, or its member of an archive.

    Returns
    -------
    Path or io.BytesIO, what ``PIL.Image.open`` takes

    Raises
    ------
    FileNotFoundError
        If the archive has no such member. (A file that is missing shows when it is opened.)
    ValueError
        If the archive is not whole, or the member is broken, encrypted or compressed in a way
        other than stored or deflated.
    """
    path = Path(path)
    location = _look_up(path.parent)
    if location is None:
        return path
    archive, inner = location
    return io.BytesIO(archive.read(inner + path.name))


def describe_image(path):
    """Name an image for messages: by its path, or by the archive and the member."""
    path = Path(path)
    location = _look_up(path.parent)
    if location is None:
        return str(path)
    archive, inner = location
    return archive.describe(inner + path.name)


def has_image(path):
    """Return whether there is such a file or member; it may be broken.

    ValueError if the archive is not whole.
    """
    path = Path(path)
    location = _look_up(path.parent)
    if location is None:
        return path.is_file()
    archive, inner = location
    return archive.find(inner + path.name) is not None


def list_images(folder):
    """List the images directly in a folder, or in the archive in its place, by the rule of names.

    Returns
    -------
    list of str, file names, sorted

    Raises
    ------
    ValueError : if the archive is not whole
    """
    folder = Path(folder)
    location = _look_up(folder)
    if location is not None:
        archive, inner = location
        names = archive.list(inner)
    else:
        names = os.listdir(folder) if folder.is_dir() else []
    return sorted(filter(is_image, names))


def images_by_stem(folder):
    """Return the images directly in a folder or its archive: dict, name without ending -> name.

    Of several that differ in their endings only, .jpg comes first; the others are logged.
    """
    images, others = {}, []
    for name in sorted(list_images(folder), key=lambda name: (not name.endswith(".jpg"), name)):
        stem = name.rpartition(".")[0]
        if stem in images:
            others.append(name)
        images.setdefault(stem, name)
    log_not_taken(folder, others, "there is another image of that name")
    return images


def log_not_taken(folder, names, reason):
    """Log how many files of a folder are not used, the first five of them, and why; if any."""
    if names:
        first = ", ".join(names[:5])
        logger.warning("%s: %d files are not used, %s: %s", folder, len(names), reason, first)


def explain_absence(path):
    """Say where an image was looked for, and what is there instead; one sentence."""
    path = Path(path)
    location = _look_up(path.parent)
    if location is not None:
        archive, inner = location
        place, sought, names = archive.path, f"{inner}{path.name}", archive.contents()
    else:
        place, sought = path.parent, path.name
        names = sorted(os.listdir(place)) if place.is_dir() else []
    first = ", ".join(map(repr, names[:3])) or "nothing"
    more = f" and {len(names) - 3} more files" if len(names) > 3 else ""
    hint = ""
    if names and all(name.lower().endswith(".zip") for name in names):
        hint = "; unpack what is in it"
    return f"looked for {sought!r} in {place}, which holds {first}{more}{hint}"
