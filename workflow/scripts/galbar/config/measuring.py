"""The configuration that ``make measure`` writes: one table, one bundle, a folder of its own."""

import json
import re
from pathlib import Path

import yaml

from galbar.config.data import is_reserved
from galbar.io.atomic import atomic_write
from galbar.io.galaxy_tables import table_stem


def configure_measuring(table, bundle, name="", images="", survey=""):
    """Return the configuration for a table of galaxies; paths become absolute.

    Parameters
    ----------
    table, bundle : str, files
    name : str, of the catalogue; "" for that of the table
    images : str, folder or ZIP archive; "" for the folder of the table
    survey : str, service that images are downloaded from (``catalogues[].images.survey``), or ""

    Returns
    -------
    dict

    Raises
    ------
    ValueError
        Naming the variable of ``make measure``, what was found and what is expected.
    """
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", bundle):
        raise ValueError(
            f"BUNDLE: found the address {bundle}, expected a file: an address needs a checksum, "
            "too, in a configuration (docs/bundles.md, In a configuration)"
        )
    if images and survey:
        raise ValueError(
            f"IMAGES and SURVEY: found {images} and {survey}, expected one of the two: images are "
            "there, or downloaded"
        )
    catalogue = {"name": _name_catalogue(table, name), "table": str(Path(table).resolve())}
    catalogue["formats"] = ["fits", "reg"]
    if images or survey:
        catalogue["images"] = {"survey": survey} if survey else str(Path(images).resolve())
    return {
        "bundle": str(Path(bundle).resolve()),
        "catalogues": [catalogue],
        "devices": {"without_gpu": "cpu"},
    }


def _name_catalogue(table, name):
    """Return the name of a catalogue, which files can have."""
    if name and not re.fullmatch("[A-Za-z0-9_-]{1,100}", name):
        raise ValueError(
            f"NAME: found {name!r}, expected up to 100 letters, digits, hyphens and underscores"
        )
    name = name or re.sub("[^A-Za-z0-9_-]+", "_", table_stem(table))[:100]
    if not name or is_reserved(name):
        raise ValueError(
            f"{table}: found {name!r} as the name of its results, expected one that galbar has no "
            "files of itself: give another with NAME="
        )
    return name


def keep_configuration(config, folder):
    """Write a configuration to ``folder``/config.yaml, unless another table is measured there.

    Parameters
    ----------
    config : dict, from `configure_measuring`
    folder : Path, made where it is not there

    Returns
    -------
    Path, of the file

    Raises
    ------
    ValueError : if the file is there and of another table
    """
    path, table = Path(folder, "config.yaml"), config["catalogues"][0]["table"]
    if path.is_file():
        earlier = _table_of(path)
        if earlier != table:
            raise ValueError(
                f"{path}: found results of the table {earlier}, expected those of {table}: give "
                "another name with NAME="
            )
    with atomic_write(path) as temporary:
        # JSON is YAML, and quotes whatever a path holds.
        temporary.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    return path


def _table_of(path):
    """Return the table that a configuration measures; None if it is no such one."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))["catalogues"][0]["table"]
    except (KeyError, IndexError, TypeError, yaml.YAMLError):
        return None
