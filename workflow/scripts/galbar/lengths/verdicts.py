"""What a user thinks of the bars of a catalogue: a table that the gallery has downloaded."""

import csv
import logging
import re
from typing import NamedTuple

import numpy as np

logger = logging.getLogger(__name__)

#: What a galaxy can be called; "" where nothing is said.
VERDICTS = ("", "good", "bad", "no bar")

# In front of what a spreadsheet would compute, and of what then looks like that, the gallery writes
# an apostrophe: page/verdicts.js.
_QUOTED = re.compile(r"'+[=+\-@\t\r]")


class Judged(NamedTuple):
    """What a file says of a galaxy: verdict, of `VERDICTS`, note and id, "" where there is none."""

    verdict: str
    note: str
    id: str = ""


def read_verdicts(path):
    """Read verdicts and notes.

    Parameters
    ----------
    path : str or Path
        CSV in UTF-8 with the columns galaxy_id, verdict and note, and perhaps id; others are
        ignored.

    Returns
    -------
    dict of int to Judged, by galaxy_id

    Raises
    ------
    FileNotFoundError
    ValueError
        If it is no CSV in UTF-8, a column is missing, an id is no whole number or there twice, or a
        verdict is none; the message names the file, and where it can the line.
    """
    try:
        return _read(path)
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(
            f"{path}: found no CSV in UTF-8 ({error}), expected a table from the gallery; has a "
            "spreadsheet saved it?"
        ) from error


def _read(path):
    """Read verdicts as `read_verdicts`, but for errors of the file itself."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        header = reader.fieldnames or []
        missing = [name for name in ("galaxy_id", "verdict", "note") if name not in header]
        if missing:
            raise ValueError(
                f"{path}: missing columns {', '.join(missing)}; found "
                f"{', '.join(header[:12]) or 'none'}, expected a table from the gallery"
            )
        verdicts = {}
        for row in reader:
            where = f"{path}, line {reader.line_num}"
            galaxy, verdict = (row["galaxy_id"] or "").strip(), (row["verdict"] or "").strip()
            if not (galaxy.isascii() and galaxy.isdecimal()):
                raise ValueError(
                    f"{where}, column galaxy_id: found {galaxy!r:.60}, expected a whole number; "
                    "has a spreadsheet rounded it?"
                )
            if verdict not in VERDICTS:
                raise ValueError(
                    f"{where}, column verdict: found {verdict!r:.60}, expected "
                    f"{', '.join(VERDICTS[1:])} or nothing"
                )
            if int(galaxy) in verdicts:
                raise ValueError(f"{where}: found galaxy {galaxy} again, expected each once")
            texts = (_unquoted(row.get(name) or "") for name in ("note", "id"))
            verdicts[int(galaxy)] = Judged(verdict, *texts)
    return verdicts


def add_verdicts(table, paths):
    """Put the columns verdict and note behind the flag of a table of bar lengths.

    Without files it is returned as it is.

    Parameters
    ----------
    table : pandas.DataFrame, n rows, with galaxy_id, flag and perhaps id
        A galaxy of a file is that with its galaxy_id, else that with its id: galaxy_id follows from
        the ids of the whole table, and changes where one that is a text is added.
    paths : sequence of str or Path, see `read_verdicts`; a later one has the last word

    Returns
    -------
    pandas.DataFrame, n rows; both are "" where nothing is said

    Raises
    ------
    FileNotFoundError, ValueError
        See `read_verdicts`; if none of the galaxies of a file is in the table, or two are the same.
    """
    if not paths:
        return table
    ids, verdicts = table["galaxy_id"].tolist(), {}
    number_of = dict(zip(table["id"], ids, strict=True)) if "id" in table else {}
    for path in paths:
        read = _find_by_id(path, read_verdicts(path), set(ids), number_of)
        unknown = set(read) - set(ids)
        if read and len(unknown) == len(read):
            raise ValueError(
                f"{path}: found verdicts of {len(read)} galaxies, none of them in this "
                f"catalogue (the first is {next(iter(read))}); expected those of its gallery"
            )
        if unknown:
            logger.warning("%s: %d of its galaxies are not in the catalogue", path, len(unknown))
        verdicts |= read
    first = table.columns.get_loc("flag") + 1
    result = table.copy()
    for number, name in enumerate(("verdict", "note")):
        texts = [verdicts.get(galaxy, Judged("", ""))[number] for galaxy in ids]
        result.insert(first + number, name, np.array(texts, dtype=object))
    return result


def _find_by_id(path, read, ids, number_of):
    """Return verdicts by the galaxy_id of the table, also where the file's is not in it.

    ``ids`` is a set of galaxy_id, ``number_of`` a dict of id to galaxy_id.
    """
    verdicts = {}
    for galaxy, judged in read.items():
        number = galaxy if galaxy in ids else number_of.get(judged.id, galaxy)
        if number in verdicts:
            raise ValueError(
                f"{path}: found galaxy {number} again, by its id {judged.id!r:.60}, expected each "
                "once"
            )
        verdicts[number] = judged
    return verdicts


def _unquoted(text):
    """Return a text as it was before the gallery wrote it."""
    return text[1:] if _QUOTED.match(text) else text
