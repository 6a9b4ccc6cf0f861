"""The folder of a gallery: page, chunks of numbers, sheets of pictures; and a page of one file."""

import base64
import html
from pathlib import Path
from string import Template
from typing import NamedTuple

from galbar.gallery.cards import card
from galbar.gallery.chunks import ROWS_PER_CHUNK, as_script, describe_columns, list_chunks
from galbar.gallery.page_files import SCRIPTS, STYLE, TEMPLATE
from galbar.gallery.rows import HIDDEN, gallery_rows
from galbar.gallery.sheets import read_about, read_sheet
from galbar.io.atomic import atomic_folder, atomic_write

# Beside this module, where Snakemake's source cache has them, too (gallery_inputs.smk).
PAGE = Path(__file__).parent / "page"

#: Galaxies that are there without JavaScript.
FIRST_ROWS = 100
#: Most bytes of the page of one file. In a report it becomes an address, a third longer than the
#: file, and Chromium shows none beyond 2 MiB.
SINGLE_FILE_BYTES = 1_500_000

# Of these for style and scripts, and for the numbers of each galaxy.
_CODE_BYTES, _ROW_BYTES = 60_000, 500


class _Gallery(NamedTuple):
    """What pages are made of: rows, archives of sheets with what they say, what the page knows."""

    rows: object
    archives: list
    about: dict

    def list_sheets(self):
        """Yield number, images, heat maps and outlines of the sheets."""
        number = 0
        for path, sheets in self.archives:
            for inner in range(sheets.count):
                yield number, *read_sheet(path, inner, maps=sheets.maps)
                number += 1


def write_gallery(folder, page, catalogue, table, archives, *, setting):
    """Write the gallery of a catalogue, both outputs atomically.

    Parameters
    ----------
    folder : str or Path
        Of index.html, which opens from disk, and what it loads; replaced as a whole.
    page : str or Path
        The same as one file, for the report: of the first galaxies, see `SINGLE_FILE_BYTES`.
    catalogue : str, name of the catalogue
    table : pandas.DataFrame, n rows, as in results/barlengths_{catalogue}.csv
    archives : sequence of str or Path, sheets of all shards, see `galbar.gallery.sheets`
    setting : str, with which bars are isolated on the heat maps, in words

    Raises
    ------
    ValueError : if an archive is none, or a galaxy is on no sheet
    """
    sheets = [(path, read_about(path)) for path in archives]
    rows = gallery_rows(table, [about for _, about in sheets])
    view, maps = sheets[0][1].view, all(about.maps for _, about in sheets)
    about = {
        "catalogue": catalogue,
        "rows": len(rows),
        "rows_per_chunk": ROWS_PER_CHUNK,
        "columns": describe_columns(rows.drop(columns=list(HIDDEN))),
        "hidden": list(HIDDEN),
        "view": {**view._asdict(), "shown": view.side * view.scale},
        "maps": maps,
        "setting": setting,
    }
    gallery = _Gallery(rows, sheets, about)
    with atomic_folder(folder) as temporary:
        _write_folder(temporary, gallery)
    with atomic_write(page) as temporary:
        temporary.write_text(_single_page(gallery), encoding="utf-8")


def _write_folder(folder, gallery):
    """Write the page and what it loads, one sheet after another."""
    for name in ("data", "sheets"):
        (folder / name).mkdir(parents=True)
    for name in (STYLE, *SCRIPTS):
        (folder / name).write_bytes((PAGE / name).read_bytes())
    _write_script(folder / "data/about.js", "Gallery.about", gallery.about)
    for number, chunk in enumerate(list_chunks(gallery.rows)):
        _write_script(folder / f"data/{number}.js", "Gallery.chunk", number, chunk)
    for number, images, heatmaps, outlines in gallery.list_sheets():
        (folder / f"sheets/{number}.jpg").write_bytes(images)
        if heatmaps is not None:
            (folder / f"sheets/{number}_map.jpg").write_bytes(heatmaps)
            _write_script(folder / f"sheets/{number}.js", "Gallery.outlines", number, outlines)
    sources = ["rows.js", "data/about.js", *SCRIPTS[1:]]
    text = _fill(
        gallery.about,
        style=f'<link rel="stylesheet" href="{STYLE}">',
        cards="\n".join(
            card(row, gallery.archives[0][1].view, "sheets/")
            for row in gallery.rows.head(FIRST_ROWS).to_dict("records")
        ),
        scripts="\n".join(f'<script src="{source}"></script>' for source in sources),
    )
    (folder / "index.html").write_text(text, encoding="utf-8")


def _write_script(path, *call):
    path.write_text(as_script(*call), encoding="utf-8")


def _single_page(gallery):
    """Return a page that holds scripts, numbers and pictures of the first galaxies itself."""
    pictures, last = _first_sheets(gallery)
    is_beyond = (gallery.rows["_sheet"] > last).to_numpy()
    rows = gallery.rows.head(is_beyond.argmax() if is_beyond.any() else len(is_beyond))
    about = {**gallery.about, "rows": len(rows), "all_rows": len(gallery.rows)}
    data = [as_script("Gallery.about", about)]
    chunks = list_chunks(rows)
    data += [as_script("Gallery.chunk", number, chunk) for number, chunk in enumerate(chunks)]
    code = [(PAGE / name).read_text(encoding="utf-8") for name in SCRIPTS]
    texts = [code[0], *data, *pictures, *code[1:]]
    style = (PAGE / STYLE).read_text(encoding="utf-8")
    return _fill(
        about,
        style=f"<style>\n{style}</style>",
        cards="",
        scripts="\n".join(f"<script>\n{text}</script>" for text in texts),
    )


def _first_sheets(gallery):
    """Return as scripts the sheets, at least one, that a page of one file has room for.

    With the number of the last of them, -1 if there is none.
    """
    scripts, last, room = [], -1, SINGLE_FILE_BYTES - _CODE_BYTES
    for number, images, heatmaps, outlines in gallery.list_sheets():
        texts = [
            as_script("Gallery.inlined", number, _as_address(images), _as_address(heatmaps)),
            as_script("Gallery.outlines", number, outlines),
        ]
        room -= sum(map(len, texts)) + _ROW_BYTES * len(outlines)
        if room < 0 and scripts:
            break
        scripts, last = [*scripts, *texts], number
    return scripts, last


def _as_address(jpeg):
    """Return a JPEG file as an address that holds it; "" for none."""
    if jpeg is None:
        return ""
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode('ascii')}"


def _fill(about, **parts):
    """Fill the page's template."""
    text = Template((PAGE / TEMPLATE).read_text(encoding="utf-8"))
    count = "1 galaxy" if about["rows"] == 1 else f"{about['rows']:,} galaxies"
    if about.get("all_rows", about["rows"]) > about["rows"]:
        count = f"the first {about['rows']:,} of {about['all_rows']:,} galaxies"
    return text.substitute(title=html.escape(about["catalogue"]), count=count, **parts)
