"""The names in result files, and those that a page documents."""

import json
import re

import h5py
from astropy.io import fits

# Names that a page writes by the first and the last, or by an example.
_SERIES = (r"Class\d+\.\d+", r"length_px_run\d+")


def names_in(path):
    """Return the columns of a table, datasets and attributes of HDF5, or keys of JSON."""
    if path.suffix == ".csv":
        return set(path.read_text(encoding="utf-8").split("\n", 1)[0].split(","))
    if path.suffix == ".json":
        return set(json.loads(path.read_text(encoding="utf-8")))
    if path.suffix == ".fits":
        return set(fits.getdata(path, 1).names)
    with h5py.File(path) as store:
        return {*store, *store.attrs}


def documented_names(text):
    """Return the texts between single backquotes: names, paths, ends of names."""
    return set(re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text))


def is_documented(name, documented):
    """Return whether a name is documented, whole or as the beginning and a documented end."""
    if name in documented or any(re.fullmatch(series, name) for series in _SERIES):
        return True
    ends = [text.removeprefix("...") for text in documented if re.match(r"(\.\.\.)?_\w+$", text)]
    return any(
        name.endswith(end) and is_documented(name.removesuffix(end), documented - {end})
        for end in ends
    )


def sections_of(page):
    """Split a page of Markdown at its headings of the second level: title -> text."""
    pieces = re.split(r"(?m)^## (.*)$", page)
    return dict(zip(["", *pieces[1::2]], pieces[0::2], strict=True))


def first_columns(text):
    """Return the documented names in the first cells of the tables of a text."""
    cells = re.findall(r"(?m)^\| (`[^|]*?) \|", text)
    return documented_names("\n".join(cells))
