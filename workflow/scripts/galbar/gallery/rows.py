"""The galaxies of a gallery: what is shown of each, and where its picture is."""

import numpy as np
import pandas as pd

from galbar.gallery.columns import gallery_columns
from galbar.gallery.galaxy_scale import scale_bars
from galbar.gallery.identity import digest_rows

#: Columns for the page alone: sheet and cell of the picture, length [px of the 424 px image] and
#: text of the scale bar, whether north is up, and a digest of which galaxy it is.
HIDDEN = ("_sheet", "_cell", "_scale", "_scale_text", "_north", "_identity")


def gallery_rows(table, sheets):
    """Return what the gallery shows of a catalogue.

    Parameters
    ----------
    table : pandas.DataFrame, n rows, as in results/barlengths_{catalogue}.csv
    sheets : sequence of galbar.gallery.sheets.Sheets, of all shards, in their order

    Returns
    -------
    pandas.DataFrame, n rows in the order of the table
        Columns of `galbar.gallery.columns.gallery_columns`, then `HIDDEN`.

    Raises
    ------
    ValueError : if a galaxy is on no sheet
    """
    sheet, cell = _find_pictures(table["galaxy_id"].to_numpy(), sheets)
    length, text = scale_bars(table["petror90_r"], sheets[0].view.side * sheets[0].view.scale)
    north = table["north_up"].astype(bool) if "north_up" in table else False
    values = (sheet, cell, length, text, north, digest_rows(table))
    hidden = zip(HIDDEN, values, strict=True)
    return (
        gallery_columns(table)
        .assign(**{name: values for name, values in hidden})
        .assign(_north=lambda rows: rows["_north"].map({True: "yes", False: ""}))
    )


def _find_pictures(galaxy_ids, sheets):
    """Return number of the sheet, counted over all shards, and cell of each galaxy."""
    parts, before = [], 0
    for shard in sheets:
        number = np.arange(len(shard.galaxy_id))
        of_sheet, of_cell = before + number // shard.view.per_sheet, number % shard.view.per_sheet
        parts.append(pd.DataFrame({"sheet": of_sheet, "cell": of_cell}, index=shard.galaxy_id))
        before += shard.count
    places = pd.concat(parts).reindex(galaxy_ids)
    missing = places["sheet"].isna().to_numpy()
    if missing.any():
        raise ValueError(
            f"galaxy {galaxy_ids[missing][0]} has a length, but is on no sheet of pictures; "
            "expected the galaxies of the same catalogue"
        )
    return places["sheet"].to_numpy(dtype=int), places["cell"].to_numpy(dtype=int)
