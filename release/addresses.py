"""Where the repository is hosted: in CITATION.cff, and from there in the commands of the pages."""

import re
from pathlib import Path

from release.versions import CITATION

#: Their commands name the address, or have a placeholder while it is not set.
PAGES = ("README.md", "docs/index.md", "docs/module.md")
_OWNER, _CLONED = "<owner>/galbar", "<address of this repository>"
_ADDRESS = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+?)")
_CITED = re.compile(r"^repository-code: *(.*?) *$\n?", re.MULTILINE)


def read_address(root):
    """Read the address in CITATION.cff; None if it has none."""
    match = _CITED.search(Path(root, CITATION).read_text("utf-8"))
    return match and match[1].strip("\"'")


def write_address(root, address):
    """Write the address to CITATION.cff and into the pages, in place of the one that they have.

    Parameters
    ----------
    root : Path, of the repository
    address : str, such as "https://github.com/owner/galbar"

    Raises
    ------
    ValueError : if it is no such address
    """
    name = _name(address)
    before = read_address(root)
    replaced = {_CLONED: address, _OWNER: name}
    if before:
        replaced |= {before: address, f'"{_name(before)}"': f'"{name}"'}
    for page in PAGES:
        text = Path(root, page).read_text("utf-8")
        for old, new in replaced.items():
            text = text.replace(old, new)
        Path(root, page).write_text(text, "utf-8")
    path = Path(root, CITATION)
    text = _CITED.sub("", path.read_text("utf-8"))
    line = f'repository-code: "{address}"\n'
    path.write_text(re.sub(r"^(?=license:)", line, text, count=1, flags=re.MULTILINE), "utf-8")


def find_address_faults(root):
    """Yield that the address is not set, and each page that does not name it."""
    address = read_address(root)
    if not address:
        yield (
            f"{CITATION}: found no repository-code, expected where the repository is hosted, since "
            "nobody could clone or deploy this release: make release-address "
            "ADDRESS=https://github.com/owner/galbar writes it there and into the pages"
        )
        return
    try:
        name = _name(address)
    except ValueError as error:
        yield f"{CITATION}: {error}"
        return
    for page in PAGES:
        text = Path(root, page).read_text("utf-8")
        placeholders = [part for part in (_OWNER, _CLONED) if part in text]
        if placeholders or name not in text:
            text = " and ".join(placeholders) or "no address"
            yield (
                f"{page}: found {text}, expected {address} as in {CITATION}: "
                f"make release-address ADDRESS={address}"
            )


def _name(address):
    """Return "owner/galbar" of an address, which snakedeploy and Snakemake need on GitHub."""
    match = _ADDRESS.fullmatch(address)
    if match is None or match[1].endswith(".git"):
        raise ValueError(
            f"found the address {address!r}, expected one such as https://github.com/owner/galbar"
        )
    return match[1]
