"""Addresses with fields: ``https://.../cutout?ra={ra}&dec={dec}&size={size}``."""

import string
from urllib.parse import quote

#: Fields that say how large an image is to be: in pixels, arcsec and degrees.
SIZES = ("size", "size_arcsec", "size_deg")

#: Fields of an address: position [deg], sizes, scale of a pixel [arcsec], bands.
TEMPLATE_FIELDS = ("ra", "dec", *SIZES, "pixel_scale", "bands")


def fields_of(template):
    """Return the names of the fields of an address; ValueError if its braces do not match."""
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def template_problem(key, template, allowed):
    """Return what is wrong with an address of the configuration, or "".

    Parameters
    ----------
    key : str, of the configuration
    template : str
    allowed : sequence of str, fields that it may hold; ra and dec it must, unless there is a file
    """
    listed = ", ".join(f"{{{name}}}" for name in allowed)
    if not template.startswith(("http://", "https://")):
        return (
            f"{key}: found {template!r}, expected an address that begins with https:// or http://"
        )
    try:
        fields = fields_of(template)
        plain = all(not spec and not kind for *_, spec, kind in string.Formatter().parse(template))
    except ValueError as error:
        return f"{key}: found {template!r} ({error}), expected an address with fields of {listed}"
    unknown = sorted(fields - set(allowed))
    if unknown or not plain:
        first = f"{{{unknown[0]}}}" if unknown else "a format after a field's name"
        return f"{key}: found {first} in {template!r}, expected fields of {listed}"
    missing = [f"{{{name}}}" for name in ("ra", "dec") if name not in fields]
    if missing:
        return f"{key}: found {template!r}, expected {' and '.join(missing)} in it"
    return ""


def fill(template, values):
    """Return an address with its fields filled in; characters that mean something are escaped."""
    return template.format_map(
        {name: quote(str(value), safe="/") for name, value in values.items()}
    )
