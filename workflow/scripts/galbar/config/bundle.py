"""The key bundle, and how the configuration of a bundle joins a user's own."""

from pydantic import Field

from galbar.bundle.sections import ACCOMPANYING, FREE_KEYS, sections_of
from galbar.config.section import Section


class BundleAddress(Section):
    """Where a bundle is fetched from."""

    url: str = Field(pattern="^https?://", description="address of the bundle")
    sha256: str = Field(
        pattern="^[0-9a-fA-F]{64}$", description="its SHA-256 checksum, in hexadecimal digits"
    )


def key_problems(bundled, expected, where="configuration"):
    """List the keys that the configuration of a bundle lacks or has too many, in its sections.

    Parameters
    ----------
    bundled : dict, the configuration of the bundle's manifest
    expected : dict, of `galbar.bundle.sections.sections_of`, of any configuration
    where : str, for the messages

    Returns
    -------
    list of str, one line per section
    """
    missing, unknown = sorted(set(expected) - set(bundled)), sorted(set(bundled) - set(expected))
    if missing or unknown:
        return [
            f"{where}: missing keys {missing}, unknown keys {unknown}; expected "
            f"{', '.join(sorted(expected))}"
        ]
    problems = []
    for name, part in expected.items():
        inner = {f"{where}.{name}": bundled[name]}
        if part and isinstance(part, list) and isinstance(part[0], dict):
            # Networks, each of which has the same keys.
            part = part[0]
            inner = {f"{where}.{name}[{k}]": item for k, item in enumerate(bundled[name])}
        for key, value in inner.items():
            if isinstance(part, dict) and isinstance(value, dict):
                problems += key_problems(value, part, key)
    return problems


def join_bundle(config, written, defaults, bundled):
    """Take what a length depends on from a bundle.

    Parameters
    ----------
    config : dict, a user's own configuration, complete
    written : dict, what of it the user has written: of free keys the published value counts, too
    defaults : dict, the published configuration, complete
    bundled : dict, the configuration of the bundle's manifest

    Returns
    -------
    dict, the joined configuration
    problems : list of str
        One line per key that is neither as published nor as in the bundle: it would measure
        something else than the bundle was calibrated for.
    """
    given, published = sections_of(config), sections_of(defaults)
    chosen = [key for key in FREE_KEYS if _has(written, key)]
    # Of a whole model only what is known of it here: the files of its weights are elsewhere.
    joined = config | {"selected_models": []}
    problems = []
    for name, value in bundled.items():
        if name in ACCOMPANYING:
            joined[name] = config[name] | value
            continue
        merged, faults = _merge(name, given[name], published[name], value, chosen)
        problems += faults
        joined[name] = config[name] | merged if isinstance(merged, dict) else merged
    return joined, problems


def _has(written, key):
    """Return whether a mapping of mappings has a key such as heatmaps.batch_size."""
    for name in key.split("."):
        if not isinstance(written, dict) or name not in written:
            return False
        written = written[name]
    return True


def _merge(key, given, published, bundled, chosen):
    """Return the bundle's value, or that which a user has chosen; and what contradicts it."""
    if isinstance(bundled, dict) and isinstance(given, dict):
        merged, problems = {}, []
        for name, value in bundled.items():
            part = f"{key}.{name}"
            merged[name], faults = _merge(part, given.get(name), published.get(name), value, chosen)
            problems += faults
        return merged, problems
    # "auto" is decided on the galaxies of the run, which a bundle has not got.
    if key in chosen and given != "auto":
        return given, []
    if given in (bundled, published):
        return bundled, []
    if key == "models":
        shown = [model["name"] for model in given], [model["name"] for model in bundled]
        return bundled, [f"{key}: found {shown[0]}, expected nothing, or those of the bundle"]
    return bundled, [f"{key}: found {given!r}, expected nothing, or {bundled!r} as in the bundle"]
