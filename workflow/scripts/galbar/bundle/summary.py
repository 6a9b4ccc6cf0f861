"""What was measured with a bundle, as plain text for a terminal."""

from pathlib import Path

import pandas as pd

from galbar.bundle.card import SIMULATED_ONLY
from galbar.io.result_tables import read_result_table

_SHOWN = 5
_COLUMNS = ("id", "bar", "p_bar", "length_arcsec", "length_kpc_h", "pa_sky")
# Columns of words that say what to be careful with.
_FLAGS = ("flag", "calibration_flag", "outside_training")


def summarise_measured(results, name, manifest):
    """Summarise the lengths of a catalogue.

    Parameters
    ----------
    results : str or Path, of the run that measured
    name : str, of the catalogue
    manifest : dict, of the bundle

    Returns
    -------
    str
        Where the table is, its first rows, what is flagged and how often, how many galaxies were
        left out, where it says why and how to try them again, where the gallery is; and whether the
        bundle has seen simulated galaxies only.
    """
    table = Path(results, f"barlengths_{name}.csv")
    dropped = Path(results, f"catalogues/{name}_dropped.csv")
    lengths, left_out = read_result_table(table), read_result_table(dropped)
    left_out = left_out[~left_out["reason"].str.contains("(kept:", regex=False)]
    shown = lengths.head(_SHOWN)
    rows = [list(column for column in ("galaxy_id", *_COLUMNS) if column in lengths)]
    rows[0] = [column for column in rows[0] if column != "galaxy_id" or "id" not in lengths]
    rows += [[_text(value) for value in row] for row in shown[rows[0]].to_numpy().tolist()]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [f"{len(lengths)} galaxies measured: {table}", ""]
    lines += [
        "  ".join(f"{text:>{width}}" for text, width in zip(row, widths, strict=True))
        for row in rows
    ]
    lines += [f"... and {len(lengths) - len(shown)} more"] if len(lengths) > len(shown) else []
    lines += ["", *_count_flags(lengths)]
    if len(left_out):
        lines.append(f"{len(left_out)} left out, with the reason: {dropped}")
        lines.append("Images that are mended since are looked at again with FORCE=1.")
    gallery = Path(results, f"gallery/{name}/index.html")
    if gallery.is_file():
        lines.append(f"with their pictures, in a browser: {gallery}")
    if manifest["trained_on"]["simulated"]:
        lines += ["", SIMULATED_ONLY]
    return "\n".join(lines)


def _count_flags(lengths):
    """List what columns of words say, with the number of galaxies of each."""
    lines = []
    if "bar" in lengths:
        counts = lengths["bar"].value_counts()
        answers = ", ".join(f"{answer}: {count}" for answer, count in counts.items())
        lines.append(f"bar: {answers} (a galaxy without one gets a length, too)")
    for column in _FLAGS:
        words = lengths[column].str.split("; ").explode() if column in lengths else pd.Series()
        counts = words[~words.isin(["", "ok"])].value_counts()
        lines += [f"{column}: {word}: {count}" for word, count in counts.items()]
    return lines


def _text(value):
    return f"{value:.3g}" if isinstance(value, float) else str(value)
