"""Writing a bundle."""

import hashlib
import json
import zipfile
from pathlib import Path

from galbar.bundle.contents import CARD, MANIFEST
from galbar.bundle.manifest import check_manifest
from galbar.bundle.networks import check_network, without_optimizer
from galbar.io.atomic import atomic_write

# What archives can say of a time; the same bundle has the same bytes.
_TIME = (1980, 1, 1, 0, 0, 0)


def write_bundle(path, manifest, parts, card):
    """Write a bundle, atomically; the same parts give the same bytes.

    Parameters
    ----------
    path : str or Path
    manifest : dict, from `galbar.bundle.manifest.make_manifest`
    parts : dict, name in the bundle -> file (str or Path)
    card : str, the model card, Markdown

    Raises
    ------
    ValueError
        If the parts are not those of the configuration in the manifest, or a network has code.
    """
    contents = {CARD: card.encode()}
    for name, file in sorted(parts.items()):
        is_network = name.endswith(".keras")
        contents[name] = without_optimizer(file) if is_network else Path(file).read_bytes()
        if is_network:
            check_network(contents[name], f"{path}: {file}")
    write_contents(path, manifest, contents)


def write_contents(path, manifest, contents):
    """Write a bundle of the contents of its members, but its manifest, atomically.

    Parameters
    ----------
    path, manifest : as for `write_bundle`; members that the manifest has are replaced
    contents : dict, name -> bytes

    Raises
    ------
    ValueError : if the members are not those of the configuration in the manifest
    """
    members = {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
        for name, content in contents.items()
    }
    manifest = manifest | {"members": members}
    # As it will be read: what JSON changes is a fault here, and not at another's desk.
    text = json.dumps(manifest, indent=2, sort_keys=True, allow_nan=False) + "\n"
    check_manifest(json.loads(text), str(path))
    with (
        atomic_write(path) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name, content in {MANIFEST: text.encode(), **contents}.items():
            info = zipfile.ZipInfo(name, _TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o100644 << 16
            archive.writestr(info, content)
