"""Links between pages read as links on a site: `[data.md](data.md)` as "data"."""

from pathlib import PurePosixPath

from docutils import nodes


def connect(app):
    """Shorten what links show when pages are written."""

    def shorten(app, doctree, docname):
        for reference in doctree.findall(nodes.reference):
            text = reference.astext()
            if reference.get("internal") and text.endswith(".md") and " " not in text:
                reference.children = []
                reference += nodes.Text(PurePosixPath(text).stem)

    app.connect("doctree-resolved", shorten)
