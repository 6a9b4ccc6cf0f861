"""Report and gallery of a finished demo as part of the site.

What the pages say of the demo stands where they have the mark `MARK`, a comment that is not seen
where the code is hosted.
"""

import json
import shutil
import zipfile
from datetime import UTC, datetime
from pathlib import Path

MARK = "<!-- the demo of this site -->"
# Those of `make demo` are 3360; with fewer than these it is the reduced demo of the tests.
FEWEST_GALAXIES = 1000
PARTS = {
    "report.html": "The report: every table and figure, with captions",
    "results/gallery/hoyle": "The gallery: every galaxy with its bar, to sort, filter and judge",
}


def is_finished(demo):
    """Whether a folder has the report, the gallery and the bundle of a finished demo."""
    return not _missing(demo)


def choose_demo(given, root):
    """Return the folder of the demo that the site shows, if it is finished.

    Parameters
    ----------
    given : str or None, a folder; "none" for a site without; None for that of `make demo`
    root : Path, of the project

    Raises
    ------
    ValueError : if a folder is given that has no finished demo, which the site would lack silently
    """
    if given in (None, "", "none"):
        return root / ("none" if given == "none" else "demo")
    demo = Path(given).resolve()
    missing = _missing(demo)
    if missing:
        raise ValueError(
            f"{demo}: found no {', '.join(missing)}, expected a finished demo (make demo), or "
            "DOCS_DEMO=none for a site without"
        )
    return demo


def _missing(demo):
    return [part for part in (*PARTS, "results/bundle.zip") if not (demo / part).exists()]


def connect(app, demo):
    """Say on the pages which demo it is, and copy what they link to."""
    finished = is_finished(demo)

    def mark(app, docname, source):
        if MARK in source[0]:
            source[0] = source[0].replace(MARK, describe(demo) if finished else WITHOUT)

    def copy(app, exception):
        target = app.outdir / "demo"
        shutil.rmtree(target, ignore_errors=True)
        if exception or not finished:
            return
        target.mkdir()
        for part in PARTS:
            copy_part = shutil.copytree if (demo / part).is_dir() else shutil.copyfile
            copy_part(demo / part, target / _name(part))

    app.connect("source-read", mark)
    app.connect("build-finished", copy)


WITHOUT = """```{note}
This site was built without a finished demo: `make demo`, then `make docs`, puts its report and its
gallery here, and its numbers into the [tutorial](tutorial.ipynb).
```"""


def describe(demo):
    """Return what a page says of the demo: links, version, date, seed and size."""
    with zipfile.ZipFile(demo / "results/bundle.zip") as bundle:
        manifest = json.loads(bundle.read("manifest.json"))
    trained = manifest["trained_on"]
    made = datetime.fromtimestamp((demo / "report.html").stat().st_mtime, UTC)
    lines = [
        f"This site shows the demo of galbar {manifest['galbar']} made on {made:%d %B %Y} with "
        f"survey seed {trained['survey_seed']}: networks trained on {trained['training_galaxies']} "
        f"galaxies, lengths calibrated on {trained['calibrating_galaxies']}.",
        "",
    ]
    if trained["training_galaxies"] < FEWEST_GALAXIES:
        lines += [
            "```{warning}",
            "This is the reduced demo of the tests: its networks have learned next to nothing. It "
            "shows what the pages look like, and no result.",
            "```",
            "",
        ]
    # Not Markdown's links: the files are copied when the pages are done.
    lines += [
        f'- <a href="../demo/{_page(demo, part)}">{title}</a> ({_size(demo / part):.0f} MB)'
        for part, title in PARTS.items()
    ]
    return "\n".join(lines)


def _name(part):
    """Return the name that a part of the demo has on the site."""
    return "gallery" if part.endswith("hoyle") else part


def _page(demo, part):
    return f"{_name(part)}/index.html" if (demo / part).is_dir() else _name(part)


def _size(path):
    """Return the size of a file, or of all files in a folder [MB]."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files) / 1e6
