"""Pages, their links, the notebook and the pages of the library, without building the site."""

import ast
import importlib
import json
import re
import shutil
import zipfile

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from galbar import __version__

FENCE = re.compile(r"^ *(`{3,}|:{3,}).*?^ *\1 *$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[(?:[^\]]|\n)*?\]\(([^)\s]+)\)")
OUTSIDE = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "CODE_OF_CONDUCT.md",
    "config/README.md",
)


@pytest.fixture
def site(root, monkeypatch):
    """Give a function that imports a module of docs/site."""
    monkeypatch.syspath_prepend(str(root / "docs/site"))
    return importlib.import_module


def pages(root):
    return [*(root / name for name in OUTSIDE), *sorted(root.glob("docs/*.md"))]


def notebooks(root):
    return sorted(root.glob("docs/*.ipynb"))


def text_of(path):
    """Return the text of a page or of the Markdown cells of a notebook, without blocks of code."""
    text = path.read_text()
    if path.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text = "\n\n".join(
            "".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"
        )
    return FENCE.sub("", text)


def anchors(path):
    """Return the anchors that the headings of a page have where it is hosted."""
    headings = re.findall(r"^#+ +(.*?) *$", text_of(path), flags=re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).replace(" ", "-")
        for heading in headings
    }


def test_every_page_is_in_the_contents_once(root):
    text = (root / "docs/index.md").read_text()
    blocks = re.findall(r"^```\{toctree\}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line[:1] not in ("", ":")]
    entries = [re.sub(r".*<(.*)>", r"\1", line) for line in lines]
    inside = [path.stem for path in (*pages(root), *notebooks(root)) if path.parent.name == "docs"]
    expected = {*inside, *(f"../{name.removesuffix('.md')}" for name in OUTSIDE)} - {"index"}
    # If this fails: a page is missing in docs/index.md, or is no more.
    assert sorted(entries) == sorted(expected)


def test_every_link_leads_to_a_file_and_to_a_heading_of_it(root):
    dead, count = [], 0
    for path in (*pages(root), *notebooks(root)):
        for link in LINK.findall(text_of(path)):
            if re.match(r"https?://|mailto:", link):
                continue
            count += 1
            name, _, anchor = link.partition("#")
            target = (path.parent / name).resolve() if name else path
            if not target.is_relative_to(root) or not target.is_file():
                dead.append((path.name, link, "no such file in the project"))
            elif anchor and anchor not in anchors(target):
                dead.append((path.name, link, "no such heading"))
    assert dead == []
    assert count > 100


def test_notebooks_are_stored_without_outputs(root):
    assert notebooks(root)
    for path in notebooks(root):
        cells = json.loads(path.read_text())["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        assert all(cell["outputs"] == [] for cell in code), path.name
        assert all(cell["execution_count"] is None for cell in code), path.name
        ids = [cell["id"] for cell in cells]
        assert len(ids) == len(set(ids)), path.name


def test_every_package_has_a_page_with_all_that_it_exports(root, site):
    library, api_pages = site("library"), site("api_pages")
    packages = library.read_library(root / "workflow/scripts")
    folders = {path.parent for path in (root / "workflow/scripts/galbar").rglob("*.py")}
    names = {".".join(folder.relative_to(root / "workflow/scripts").parts) for folder in folders}
    assert {package.name for package in packages} == names - {"galbar"}
    for package in packages:
        lines = api_pages.page_of(package).splitlines()
        entries = {line.split(":: ")[1] for line in lines if line.startswith(".. auto")}
        constants = {line.split(":: ")[1] for line in lines if line.startswith(".. py:data")}
        for name in importlib.import_module(package.name).__all__:
            assert f"{package.name}.{name}" in entries or name in constants, (package.name, name)


SOURCE = '''"""A module."""

from galbar.io.images import read_image as read

# The first,
# in [px].
WIDTH = 424
LOW, HIGH = 1, 2
FILMS = {
    "slow": 50,
}
"""Sensitivity of a film,
of each kind."""
_HIDDEN = 3


class Camera:
    """Takes images.

    More of it.
    """

    side: int

    def shoot(self, seconds, *, flash=False):
        """Take one."""


def develop(film):
    """Develop a film
    in the dark.
    """
'''


def test_a_module_is_read_with_names_comments_and_parameters(tmp_path, site):
    folder = tmp_path / "galbar/shop"
    folder.mkdir(parents=True)
    (folder / "photo.py").write_text(SOURCE)
    (folder / "__init__.py").write_text(
        'import lazy_loader\n\nlazy_loader.attach("", submod_attrs={"photo": ["Camera"]})\n'
    )
    (package,) = site("library").read_library(tmp_path)
    assert (package.name, package.exports) == ("galbar.shop", {"Camera": "photo"})
    module = package.modules["photo"]
    assert [(name.name, name.kind, name.summary, name.value) for name in module.names] == [
        ("WIDTH", "data", "The first, in [px].", "424"),
        ("LOW", "data", "", None),
        ("HIGH", "data", "", None),
        ("FILMS", "data", "Sensitivity of a film, of each kind.", '{\n    "slow": 50,\n}'),
        ("Camera", "class", "Takes images.", None),
        ("develop", "function", "Develop a film in the dark.", None),
    ]
    assert module.imports == {"read": "galbar.io.images.read_image"}
    assert module.parameters["Camera.shoot"] == {"self", "seconds", "flash", "side"}
    page = site("api_pages").page_of(package)
    public, modules = page.split("Modules\n-------")
    assert ".. autoclass:: galbar.shop.Camera" in public
    assert ".. autofunction:: galbar.shop.photo.develop" in modules
    assert "Camera" not in modules
    assert "   :value: 424" in modules
    assert '   .. code-block:: python\n\n      {\n          "slow": 50,\n      }\n' in modules


def finished_demo(folder, training_galaxies):
    """Write what the site takes of a demo."""
    (folder / "results/gallery/hoyle").mkdir(parents=True)
    (folder / "results/gallery/hoyle/index.html").write_text("a" * 3_000_000)
    (folder / "report.html").write_text("a" * 12_000_000)
    trained_on = {
        "survey_seed": 2002,
        "training_galaxies": training_galaxies,
        "calibrating_galaxies": 360,
    }
    with zipfile.ZipFile(folder / "results/bundle.zip", "w") as bundle:
        manifest = {"galbar": "1.2.3", "trained_on": trained_on}
        bundle.writestr("manifest.json", json.dumps(manifest))
    return folder


def test_the_site_says_which_demo_it_shows(tmp_path, site):
    demo_pages = site("demo_pages")
    assert not demo_pages.is_finished(tmp_path)
    demo = finished_demo(tmp_path, 3360)
    assert demo_pages.is_finished(demo)
    text = demo_pages.describe(demo)
    for part in ("galbar 1.2.3", "seed 2002", "3360", "360", "report.html", "(12 MB)", "(3 MB)"):
        assert part in text
    assert re.search(r"made on \d\d [A-Z][a-z]+ 20\d\d", text)
    assert "warning" not in text


def test_a_demo_that_is_given_has_to_be_finished(tmp_path, site):
    choose = site("demo_pages").choose_demo
    assert choose(None, tmp_path) == choose("", tmp_path) == tmp_path / "demo"
    assert not choose("none", tmp_path).exists()
    with pytest.raises(
        ValueError, match=r"demo: found no report\.html, results/gallery/hoyle, res"
    ):
        choose(str(tmp_path / "demo"), tmp_path)
    demo = finished_demo(tmp_path / "demo", 3360)
    assert choose(str(demo), tmp_path) == demo
    (demo / "results/bundle.zip").unlink()
    with pytest.raises(ValueError, match=r"found no results/bundle\.zip, expected a finished demo"):
        choose(str(demo), tmp_path)


def test_the_reduced_demo_of_the_tests_is_no_result(tmp_path, site):
    text = site("demo_pages").describe(finished_demo(tmp_path, 77))
    assert "```{warning}" in text
    assert "no result" in text


def test_the_mark_of_the_demo_is_on_its_page(root, site):
    assert site("demo_pages").MARK in (root / "docs/examples.md").read_text()


@pytest.fixture
def tutorial(root):
    """Give the code of the tutorial, without what is Jupyter's."""
    cells = json.loads((root / "docs/tutorial.ipynb").read_text())["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    return "\n".join(line for line in code.splitlines() if not line.startswith("%"))


def test_the_tutorial_leaves_out_what_a_run_has_not_got(root, tmp_path, tutorial, monkeypatch):
    """The stored run keeps no heat maps of these galaxies; here it has no truth and one network."""
    results = tmp_path / "results"
    shutil.copytree(root / f"tests/stored/results-{__version__}/results", results)
    (results / "survey/truth.csv").unlink()
    single = pd.read_csv(results / "calibrated_by_network.csv")
    single[single["model"] == "vgg16_tiny"].to_csv(results / "calibrated_by_network.csv")
    monkeypatch.setenv("GALBAR_RESULTS", str(results))
    names = {}
    exec(compile(tutorial, "tutorial", "exec"), names)
    assert names["heat_map"] is None
    assert list(names["resampled_r"]) == names["networks"] == ["vgg16_tiny"]
    assert list(names["summary"]) == ["human"]
    plt.close("all")


def test_the_tutorial_imports_nothing_of_galbar(tutorial):
    """It says so, and it can be run anywhere."""
    tree = ast.parse(tutorial)
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else alias.name).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert imported <= {
        "json",
        "os",
        "pathlib",
        "h5py",
        "matplotlib",
        "numpy",
        "pandas",
        "PIL",
        "scipy",
    }
