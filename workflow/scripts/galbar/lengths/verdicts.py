"""What a user thinks of the bars of a catalogue: a table that the gallery has downloaded."""

import csv
import logging

import numpy as np

logger = logging.getLogger(__name__)

#: What a galaxy can be called; "" where nothing is said.
VERDICTS = ("", "good", "bad", "no bar")

# In front of what a spreadsheet would compute, the gallery writes an apostrophe.
_FORMULA = ("'=", "'+", "'-", "'@", "'\t", "'\r")


def read_verdicts(path):
    """Read verdicts and notes.

    Parameters
    ----------
    path : str or Path, CSV with the columns galaxy_id, verdict and note; others are ignored

    Returns
    -------
    dict of int to (str, str), galaxy_id to verdict, one of `VERDICTS`, and note

    Raises
    ------
    FileNotFoundError
    ValueError
        If a column is missing, an id is no whole number or there twice, or a verdict is none; the
        message names file and line.
    """
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
            verdicts[int(galaxy)] = verdict, _unquoted(row["note"] or "")
    return verdicts


def add_verdicts(table, paths):
    """Put the columns verdict and note behind the flag of a table of bar lengths.

    Without files it is returned as it is.

    Parameters
    ----------
    table : pandas.DataFrame, n rows, with galaxy_id and flag
    paths : sequence of str or Path, see `read_verdicts`; a later one has the last word

    Returns
    -------
    pandas.DataFrame, n rows; both are "" where nothing is said

    Raises
    ------
    FileNotFoundError, ValueError
        See `read_verdicts`; if none of the galaxies of a file is in the table.
    """
    if not paths:
        return table
    ids, verdicts = table["galaxy_id"].tolist(), {}
    for path in paths:
        read = read_verdicts(path)
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
        texts = [verdicts.get(galaxy, ("", ""))[number] for galaxy in ids]
        result.insert(first + number, name, np.array(texts, dtype=object))
    return result


def _unquoted(note):
    """Return a note as it was written."""
    return note[1:] if note.startswith(_FORMULA) else note
