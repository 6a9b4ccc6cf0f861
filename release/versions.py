"""Where the version stands: one place that counts, and those that must say the same."""

import json
import re
from pathlib import Path

#: The place that counts; bundles, tables, logs and the report read it when they are written.
LIBRARY = "workflow/scripts/galbar/__init__.py"
CITATION, ZENODO = "CITATION.cff", ".zenodo.json"
#: Commands in it name the tag.
PAGE = "docs/module.md"
_VERSION = re.compile(r'^__version__ = "(.*)"$', re.MULTILINE)
_CITED = {
    key: re.compile(rf"^{key}: *(.*?) *$", re.MULTILINE) for key in ("version", "date-released")
}


def read_version(root):
    """Read the version of the library, such as "1.0.0".

    Raises
    ------
    ValueError : if the file has no line of it
    """
    return _search(_VERSION, Path(root, LIBRARY), "__version__")


def read_citation(root):
    """Read (version, date) of CITATION.cff; `ValueError` names the key that is not there."""
    path = Path(root, CITATION)
    return tuple(_search(pattern, path, key).strip("\"'") for key, pattern in _CITED.items())


def read_zenodo(root):
    """Read (version, date) of .zenodo.json; `ValueError` names the key that is not there."""
    path = Path(root, ZENODO)
    record = json.loads(path.read_text(encoding="utf-8"))
    keys = ("version", "publication_date")
    missing = [key for key in keys if key not in record]
    if missing:
        raise ValueError(f"{ZENODO}: found no {', '.join(missing)}, expected {' and '.join(keys)}")
    return tuple(record[key] for key in keys)


def write_versions(root, version, date):
    """Write version and date (both str, the date as 2026-11-29) wherever they stand."""
    library, citation, zenodo = (Path(root, name) for name in (LIBRARY, CITATION, ZENODO))
    _replace(library, _VERSION, f'__version__ = "{version}"')
    _replace(citation, _CITED["version"], f"version: {version}")
    _replace(citation, _CITED["date-released"], f"date-released: {date}")
    record = json.loads(zenodo.read_text(encoding="utf-8"))
    record |= {"version": version, "publication_date": date}
    text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    zenodo.write_text(text, encoding="utf-8")
    page = Path(root, PAGE)
    text = re.sub(r"\bv\d+\.\d+\.\d+\b", f"v{version}", page.read_text(encoding="utf-8"))
    page.write_text(text, encoding="utf-8")


def _search(pattern, path, key):
    match = pattern.search(path.read_text(encoding="utf-8"))
    if match is None:
        raise ValueError(f"{path.name}: found no line of {key}, expected one")
    return match[1]


def _replace(path, pattern, line):
    path.write_text(pattern.sub(line, path.read_text(encoding="utf-8"), count=1), encoding="utf-8")
