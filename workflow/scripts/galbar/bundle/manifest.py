"""The manifest of a bundle: what it is, what belongs to it, and what it was made with."""

import re

from galbar import __version__
from galbar.bundle.contents import CARD, MANIFEST, parts_of
from galbar.bundle.sections import DEFINING, without_sources
from galbar.catalogues.decision_tree import VOTE_COLUMNS

# Version 2: class_columns, and the ranges of the training images in training_light.json.
FORMAT, VERSION = "galbar bundle", 2
_KEYS = {
    "format": str,
    "version": int,
    "galbar": str,
    "configuration": dict,
    "class_columns": list,
    "trained_on": dict,
    "members": dict,
    "versions": dict,
}
_SECTIONS = {
    "calibration": dict,
    "control": dict,
    "cosmology": dict,
    "heatmaps": dict,
    "image": dict,
    "lengths": dict,
    "models": list,
    "scores": dict,
    "seed": int,
    "training": dict,
}
_NAME = re.compile("[A-Za-z][A-Za-z0-9_]{0,99}")
_DIGEST = re.compile("[0-9a-f]{64}")
_MOST_RUNS = 99
#: Largest file, and all of them together, when unpacked [byte].
LARGEST, LARGEST_TOTAL = 4 << 30, 16 << 30


def make_manifest(configuration, trained_on, versions):
    """Make a manifest without its members.

    Parameters
    ----------
    configuration : dict, from `galbar.bundle.sections.sections_of`
    trained_on : dict
        simulated (bool), survey_seed (int, None of real galaxies), training_galaxies,
        calibrating_galaxies, looks (int, how often these were measured again in other colours)
    versions : dict of str, of the packages that the networks were trained with

    Returns
    -------
    dict
    """
    return {
        "format": FORMAT,
        "version": VERSION,
        "galbar": __version__,
        "configuration": configuration,
        "class_columns": list(VOTE_COLUMNS),
        "trained_on": trained_on,
        "versions": versions,
    }


def check_manifest(manifest, source):
    """Check a manifest that was read from a bundle.

    Parameters
    ----------
    manifest : object, from JSON
    source : str, the bundle, for the messages

    Raises
    ------
    ValueError
        If it is another format or version, lacks or has what it should not, or if its networks
        predict other votes than `galbar.catalogues.decision_tree.VOTE_COLUMNS`.
    """
    where = f"{source}: {MANIFEST}"
    kind = manifest.get("format") if isinstance(manifest, dict) else type(manifest).__name__
    if kind != FORMAT:
        raise ValueError(f"{where}: found the format {kind!r}, expected {FORMAT!r}")
    version = manifest.get("version")
    if type(version) is int and version > VERSION:
        raise ValueError(
            f"{where}: found the version {version} of the format, expected at most {VERSION}: a "
            "newer galbar made it, and can read it"
        )
    if type(version) is int and 1 <= version < VERSION:
        raise ValueError(
            f"{where}: found the version {version} of the format, expected {VERSION}: it does not "
            "say which votes its networks predict, nor how sharp and of which colours the images "
            "of its training are. Export it again with this galbar, from the run that made it"
        )
    _check_keys(where, manifest, tuple(_KEYS))
    for key, kind in _KEYS.items():
        if type(manifest[key]) is not kind:
            raise ValueError(f"{where}: {key}: found {manifest[key]!r}, expected {kind.__name__}")
    if version != VERSION:
        raise ValueError(f"{where}: found the version {version}, expected {VERSION}")
    _check_configuration(f"{where}: configuration", manifest["configuration"])
    _check_class_columns(f"{where}: class_columns", manifest["class_columns"])
    if type(manifest["trained_on"].get("simulated")) is not bool:
        raise ValueError(
            f"{where}: trained_on.simulated: found {manifest['trained_on'].get('simulated')!r}, "
            "expected true or false"
        )
    looks = manifest["trained_on"].get("looks")
    if type(looks) is not int or looks < 0:
        raise ValueError(
            f"{where}: trained_on.looks: found {looks!r}, expected an integer from 0 on"
        )
    _check_members(where, manifest)


def _check_keys(where, mapping, expected):
    missing = sorted(set(expected) - set(mapping))
    unknown = sorted(map(str, set(mapping) - set(expected)))
    if missing or unknown:
        raise ValueError(
            f"{where}: missing keys {missing}, unknown keys {unknown}; expected "
            f"{', '.join(sorted(expected))}"
        )


def _check_configuration(where, configuration):
    """Check what files are named by, and that nothing in it names a file or code."""
    _check_keys(where, configuration, tuple(_SECTIONS))
    for name, kind in _SECTIONS.items():
        if type(configuration[name]) is not kind:
            raise ValueError(
                f"{where}.{name}: found {configuration[name]!r}, expected {kind.__name__}"
            )
        if DEFINING.get(name):
            _check_keys(f"{where}.{name}", configuration[name], DEFINING[name])
    models = configuration["models"]
    names = [model.get("name") if isinstance(model, dict) else model for model in models]
    if not (
        all(isinstance(model, dict) for model in models)
        and names
        and all(isinstance(name, str) and _NAME.fullmatch(name) for name in names)
    ):
        raise ValueError(f"{where}.models: found the names {names!r}, expected letters and digits")
    if len({name.lower() for name in names}) < len(names):
        raise ValueError(f"{where}.models: found the names {names!r}, expected each once")
    for number, model in enumerate(models):
        _check_sources(f"{where}.models[{number}]", model)
    _check_sources(f"{where}.control.model", configuration["control"].get("model"))
    runs = configuration["training"].get("runs")
    if type(runs) is not int or not 1 <= runs <= _MOST_RUNS:
        raise ValueError(f"{where}.training.runs: found {runs!r}, expected 1 to {_MOST_RUNS}")
    criteria = configuration["lengths"].get("criteria")
    if not isinstance(criteria, list) or not all(isinstance(entry, str) for entry in criteria):
        raise ValueError(
            f"{where}.lengths.criteria: found {criteria!r}, expected names of galbar's criteria: a "
            "bundle holds no code"
        )


def _check_class_columns(where, columns):
    """Check that networks predict the votes that galbar takes them for, in its order."""
    for number, (column, expected) in enumerate(zip(columns, VOTE_COLUMNS, strict=False)):
        if column != expected:
            raise ValueError(f"{where}[{number}]: found {column!r}, expected {expected!r}")
    if len(columns) != len(VOTE_COLUMNS):
        raise ValueError(f"{where}: found {len(columns)} columns, expected {len(VOTE_COLUMNS)}")


def _check_sources(where, network):
    if not isinstance(network, dict) or without_sources(network) != network:
        raise ValueError(
            f"{where}: found {network!r}, expected a network whose weights are 'random' and that "
            "is trained nowhere else: a bundle has its own"
        )


def _check_members(where, manifest):
    """Check that the manifest lists what belongs to its configuration, in sane sizes."""
    members = manifest["members"]
    expected = {CARD, *parts_of(manifest)}
    if set(members) != expected:
        raise ValueError(
            f"{where}: members: missing {sorted(expected - set(members))}, unknown "
            f"{sorted(set(members) - expected)}; expected those of its configuration"
        )
    for name, member in members.items():
        size, digest = None, None
        if isinstance(member, dict):
            size, digest = member.get("size"), member.get("sha256")
        if type(size) is not int or not 0 <= size <= LARGEST:
            raise ValueError(
                f"{where}: size of {name}: found {size!r}, expected 0 to {LARGEST} bytes"
            )
        if not (isinstance(digest, str) and _DIGEST.fullmatch(digest)):
            raise ValueError(
                f"{where}: sha256 of {name}: found {digest!r}, expected 64 hexadecimal digits"
            )
    total = sum(member["size"] for member in members.values())
    if total > LARGEST_TOTAL:
        raise ValueError(f"{where}: found {total} bytes in all, expected at most {LARGEST_TOTAL}")
