"""Whether the stored results of a version are those of what is released."""

import json
import re
import zipfile
from pathlib import Path

import yaml

#: Results, the published settings and the names of rules of a version.
STORED = "tests/stored/results-{version}"
PUBLISHED, RULES = Path("config/config.yaml"), "rules.txt"
_AGAIN = "make stored-results"
_TESTS = "tests/workflow/test_compatibility.py"
_RULE = re.compile(r'^\s*(?:(?:rule|checkpoint) (\w+):|name:\s*f?"([\w{}]+)")', re.MULTILINE)
_SINCE = re.compile(r"^SINCE = (.*)$", re.MULTILINE)


def flatten(settings, above=""):
    """Return the settings of all sections, {"section.key": value}; lists are single values."""
    flat = {}
    for key, value in settings.items():
        flat |= (
            flatten(value, f"{above}{key}.") if isinstance(value, dict) else {above + key: value}
        )
    return flat


def list_rules(root):
    """Return the sorted names of all rules and targets, "only_{model}" for those of each model."""
    files = [Path(root, "Snakefile"), *Path(root, "workflow/rules").glob("*.smk")]
    matches = [match for path in files for match in _RULE.findall(path.read_text("utf-8"))]
    return sorted({name or target for name, target in matches})


def find_stored_faults(root, version):
    """Yield what is missing in the results stored of a version, or is not of it.

    Parameters
    ----------
    root : Path, of the repository
    version : str, that is released

    Yields
    ------
    str, what was found and what was expected
    """
    folder = STORED.format(version=version)
    if not Path(root, folder).is_dir():
        yield f"{folder}: found none, expected the results of this version: {_AGAIN}"
        return
    missing = _missing(root, folder)
    yield from (f"{folder}/{name}: found none, expected it: {_AGAIN}" for name in missing)
    if not missing:
        yield from _compare_settings(root, folder)
        yield from _compare_rules(root, folder)
        with zipfile.ZipFile(Path(root, folder, "results/bundle.zip")) as bundle:
            written = json.loads(bundle.read("manifest.json")).get("galbar")
        if written != version:
            path = f"{folder}/results/bundle.zip"
            yield f"{path}: found galbar {written}, expected {version}: {_AGAIN}"
    since = _SINCE.search(Path(root, _TESTS).read_text("utf-8"))
    if since is None or since[1] != "set()":
        line = since[0] if since else "no line of SINCE"
        yield f"{_TESTS}: found {line!r}, expected 'SINCE = set()': all is of this version now"


def _missing(root, folder):
    names = (PUBLISHED.name, RULES, "results/bundle.zip")
    return [name for name in names if not Path(root, folder, name).is_file()]


def _compare_settings(root, folder):
    """Compare the published settings that are stored with those that are published."""
    paths = (Path(root, folder, PUBLISHED.name), Path(root, PUBLISHED))
    stored, published = (flatten(yaml.safe_load(path.read_text("utf-8"))) for path in paths)
    for key in sorted({*stored, *published}):
        values = [settings.get(key, "no such key") for settings in (stored, published)]
        if values[0] != values[1]:
            yield (
                f"{folder}/{PUBLISHED.name}: found {key}: {values[0]}, expected {values[1]} as in "
                f"{PUBLISHED}: {_AGAIN}"
            )


def _compare_rules(root, folder):
    stored, rules = set(Path(root, folder, RULES).read_text("utf-8").split()), set(list_rules(root))
    if stored != rules:
        names = ", ".join(sorted(stored ^ rules))
        yield f"{folder}/{RULES}: found other rules than there are ({names}): {_AGAIN}"
