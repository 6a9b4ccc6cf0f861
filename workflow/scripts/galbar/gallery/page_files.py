"""The files of the page, in page/: also for the rules, which know nothing else of the gallery."""

#: In the order in which the page loads them.
SCRIPTS = ("rows.js", "verdicts.js", "draw.js", "filters.js", "grid.js", "large.js", "page.js")
STYLE = "gallery.css"
TEMPLATE = "index.html"
#: What the page is made of.
PAGE_FILES = (TEMPLATE, STYLE, *SCRIPTS)
