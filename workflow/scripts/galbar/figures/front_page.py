"""The first page of the report: tables and a picture as one piece of HTML."""

import base64
import html
from pathlib import Path

from galbar import __version__

# Snakemake shows the first page in a narrow column beside the graph of the rules, centred, so that
# what is larger than the window cannot be reached: below each other, from the top left.
_STYLE = """\
<style>
.prose.max-w-lg {max-width: 62rem;}
.overflow-auto:has(.prose.max-w-lg) {align-items: flex-start; justify-content: flex-start;}
.items-start:has(> div > .prose.max-w-lg) {flex-direction: column;}
table.headline {font-size: 0.8rem; line-height: 1.2; width: auto;}
table.headline td, table.headline th {padding: 0.25rem 0.6rem; white-space: nowrap;}
table.headline caption {text-align: left; padding-bottom: 0.25rem; font-weight: bold;}
</style>
"""
_PICTURE = "A galaxy from its image to its bar length, and the lengths of the test set"


def front_page(tables, picture):
    """Write tables and a picture as HTML that needs no other file.

    Parameters
    ----------
    tables : dict of str to DataFrame of str, by what they show
    picture : str or Path, PNG

    Returns
    -------
    str, to stand within a page; with the version of galbar
    """
    shown = [_table(caption, table) for caption, table in tables.items()]
    data = base64.b64encode(Path(picture).read_bytes()).decode("ascii")
    image = f'<img alt="{_PICTURE}" style="width: 100%" src="data:image/png;base64,{data}">\n'
    return "".join([_STYLE, *shown, image, f"<p>galbar {__version__}</p>\n"])


def _table(caption, table):
    rows = [_row("th", table.columns), *(_row("td", row) for row in table.to_numpy())]
    lines = [f"<caption>{html.escape(caption)}</caption>", *rows]
    return '<table class="headline">\n{}\n</table>\n'.format("\n".join(lines))


def _row(cell, texts):
    cells = "".join(f"<{cell}>{html.escape(text)}</{cell}>" for text in texts)
    return f"<tr>{cells}</tr>"
