"""Reading a bundle, which anyone may have made: nothing in it is trusted before it is checked."""

import hashlib
import json
import stat
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path

from galbar.bundle.contents import CARD, MANIFEST, parts_of
from galbar.bundle.manifest import check_manifest
from galbar.bundle.networks import check_links, check_network
from galbar.bundle.sections import with_added_keys
from galbar.io.atomic import atomic_write

_LARGEST_MANIFEST = 4 << 20
_ENCRYPTED = 0x1


def read_manifest(path):
    """Read the manifest of a bundle, and check that the archive holds what it lists.

    Contents are not read: `unpack_bundle` compares their checksums.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    dict, see `galbar.bundle.manifest.make_manifest`; members: name -> sha256, size [byte]

    Raises
    ------
    FileNotFoundError, ValueError, naming the bundle, the member, what was found and expected
    """
    with _open_archive(path) as archive:
        return _checked_manifest(archive, str(path))


def unpack_bundle(path, targets):
    """Unpack the parts of a bundle, each checked and written atomically.

    Parameters
    ----------
    path : str or Path
    targets : dict, name of a part -> file to write; all parts, from
        `galbar.bundle.contents.parts_of`

    Returns
    -------
    dict, the manifest

    Raises
    ------
    FileNotFoundError, ValueError, as `read_manifest`; if a checksum is wrong, or a network has code
    """
    with _open_archive(path) as archive:
        manifest = _checked_manifest(archive, str(path))
        members = manifest["members"]
        if set(targets) != set(parts_of(manifest)):
            raise ValueError(f"{path}: found other parts than when the run was planned: run again")
        _read_member(archive, str(path), CARD, members[CARD])
        for name, target in targets.items():
            content = _read_member(archive, str(path), name, members[name])
            if name.endswith(".keras"):
                check_network(content, f"{path}: {name}")
            elif name.endswith(".h5"):
                check_links(content, f"{path}: {name}")
            with atomic_write(target) as temporary:
                temporary.write_bytes(content)
    return manifest


def read_contents(path):
    """Read a bundle as it is.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    manifest : dict
    contents : dict of bytes, by name, of all members but the manifest, their checksums compared

    Raises
    ------
    FileNotFoundError, ValueError, as `read_manifest`; if a checksum is wrong
    """
    with _open_archive(path) as archive:
        manifest = _checked_manifest(archive, str(path))
        members = manifest["members"].items()
        return manifest, {
            name: _read_member(archive, str(path), name, member) for name, member in members
        }


@contextmanager
def _open_archive(path):
    if not Path(path).is_file():
        raise FileNotFoundError(f"bundle: found no file {path}")
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except zipfile.BadZipFile as error:
        raise ValueError(
            f"{path}: found no whole ZIP archive, expected a bundle ({error})"
        ) from error


def _checked_manifest(archive, source):
    infos = _checked_infos(archive, source)
    if MANIFEST not in infos:
        raise ValueError(f"{source}: found no {MANIFEST}, expected a bundle of galbar")
    if infos[MANIFEST].file_size > _LARGEST_MANIFEST:
        raise ValueError(
            f"{source}: {MANIFEST}: found {infos[MANIFEST].file_size} bytes, expected at most "
            f"{_LARGEST_MANIFEST}"
        )
    text = _read_at_most(archive, source, MANIFEST, infos[MANIFEST].file_size)
    try:
        manifest = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{source}: {MANIFEST}: expected JSON ({error})") from error
    if isinstance(manifest, dict) and isinstance(manifest.get("configuration"), dict):
        manifest["configuration"] = with_added_keys(manifest["configuration"])
    check_manifest(manifest, source)
    members = manifest["members"]
    missing, unknown = set(members) - set(infos), set(infos) - {MANIFEST, *members}
    if missing or unknown:
        raise ValueError(
            f"{source}: missing members {sorted(missing)}, unknown members {sorted(unknown)}; "
            f"expected those of {MANIFEST}"
        )
    for name, member in members.items():
        if infos[name].file_size != member["size"]:
            raise ValueError(
                f"{source}: {name}: found {infos[name].file_size} bytes, expected {member['size']}"
            )
    return manifest


def _checked_infos(archive, source):
    """Return the entries of an archive by name; refuse those that are no plain files within it."""
    infos = {}
    for info in archive.infolist():
        name = info.orig_filename
        parts = name.split("/")
        if name != info.filename or "\\" in name or ":" in name or {"", ".", ".."} & set(parts):
            raise ValueError(
                f"{source}: {name!r}: found a path that leads elsewhere or is a folder, expected "
                "names of files, relative and with slashes"
            )
        if name in infos:
            raise ValueError(f"{source}: {name}: found the member again, expected each once")
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise ValueError(
                f"{source}: {name}: found a link or another special file (mode {kind:o}), expected "
                "a file"
            )
        if info.flag_bits & _ENCRYPTED:
            raise ValueError(f"{source}: {name}: found an encrypted member, expected a plain one")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError(
                f"{source}: {name}: found the compression {info.compress_type}, expected members "
                "that are stored or deflated"
            )
        infos[name] = info
    return infos


def _read_member(archive, source, name, member):
    """Return the content of a member whose size and checksum are those of the manifest."""
    content = _read_at_most(archive, source, name, member["size"])
    digest = hashlib.sha256(content).hexdigest()
    if len(content) != member["size"] or digest != member["sha256"]:
        raise ValueError(
            f"{source}: {name}: wrong checksum, found SHA-256 {digest} of {len(content)} bytes, "
            f"expected {member['sha256']} of {member['size']}"
        )
    return content


def _read_at_most(archive, source, name, size):
    """Return at most the first ``size`` bytes of a member and one more, whatever it unpacks to."""
    try:
        with archive.open(name) as file:
            return file.read(size + 1)
    except (zipfile.BadZipFile, EOFError, OSError, zlib.error) as error:
        raise ValueError(f"{source}: {name}: found a damaged member ({error})") from error
