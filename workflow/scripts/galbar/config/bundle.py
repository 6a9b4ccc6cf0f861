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


def join_bundle(config, defaults, bundled):
    """Take what a length depends on from a bundle.

    Parameters
    ----------
    config : dict, a user's own configuration, complete
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
    # Of a whole model only what is known of it here: the files of its weights are elsewhere.
    joined = config | {"selected_models": []}
    problems = []
    for name, value in bundled.items():
        if name in ACCOMPANYING:
            joined[name] = config[name] | value
            continue
        merged, faults = _merge(name, given[name], published[name], value)
        problems += faults
        joined[name] = config[name] | merged if isinstance(merged, dict) else merged
    return joined, problems


def _merge(key, given, published, bundled):
    """Return the bundle's value, or that of a user where it is free; and what contradicts it."""
    if isinstance(bundled, dict) and isinstance(given, dict):
        merged, problems = {}, []
        for name, value in bundled.items():
            part = f"{key}.{name}"
            merged[name], faults = _merge(part, given.get(name), published.get(name), value)
            problems += faults
        return merged, problems
    if given in (bundled, published):
        return bundled, []
    # "auto" is decided on the galaxies of the run, which a bundle has not got.
    if key in FREE_KEYS and given != "auto":
        return given, []
    if key == "models":
        shown = [model["name"] for model in given], [model["name"] for model in bundled]
        return bundled, [f"{key}: found {shown[0]}, expected nothing, or those of the bundle"]
    return bundled, [f"{key}: found {given!r}, expected nothing, or {bundled!r} as in the bundle"]
