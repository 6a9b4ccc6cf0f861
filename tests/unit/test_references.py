"""What docstrings, comments and pages name of the library, with its module, exists."""

import ast
import re

import pytest

REFERENCE = re.compile(r"(?<!`)`(galbar(?:\.\w+)+)(?:\(\))?`(?!`)")
IMPORT = re.compile(r"^ *from (galbar\.[\w.]+) import (\([^)]*\)|.*)", re.MULTILINE)
PLACES = ("workflow/**/*.py", "workflow/**/*.smk", "tests/**/*.py", "benchmarks/*.py", "docs/*.md")


def dotted(statements, prefix):
    """Yield the dotted names that statements define, those of a class included."""
    for node in statements:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield f"{prefix}.{node.name}"
        if isinstance(node, ast.ClassDef):
            yield from dotted(node.body, f"{prefix}.{node.name}")
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (f"{prefix}.{target.id}" for target in targets if hasattr(target, "id"))


def exported(tree):
    """Yield the (module, name) that a package exports without importing the module yet."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "submod_attrs":
            for module, names in ast.literal_eval(node.value).items():
                yield from ((module, name) for name in names)


@pytest.fixture(scope="module")
def trees(root):
    scripts = root / "workflow/scripts"
    return {
        ".".join(path.relative_to(scripts).with_suffix("").parts): ast.parse(path.read_text())
        for path in scripts.glob("galbar/**/*.py")
    }


@pytest.fixture(scope="module")
def defined(trees):
    names = set()
    for path, tree in trees.items():
        module = path.removesuffix(".__init__")
        names |= {module, *dotted(tree.body, module)}
        names |= {f"{module}.{name}" for _, name in exported(tree)}
    return names


def used_outside(root):
    """Return package -> (module, name) of what files outside the package import from it."""
    used = {}
    scripts = root / "workflow/scripts"
    places = ("workflow/**/*.py", "workflow/rules/*.smk", "benchmarks/*.py", "docs/*.py")
    for path in (path for place in places for path in root.glob(place)):
        own = ".".join(path.parent.relative_to(scripts).parts) if scripts in path.parents else ""
        for module, names in IMPORT.findall(path.read_text()):
            package, _, module = module.rpartition(".")
            if package != own:
                names = re.findall(r"(\w+)(?: as \w+)?", re.sub("#.*", "", names))
                used.setdefault(package, set()).update((module, name) for name in names)
    return used


def test_every_package_says_what_it_is_for_and_exports_what_is_used_outside_it(root, trees):
    packages = [name for name in trees if name.endswith(".__init__") and name.count(".") > 1]
    assert len(packages) >= 12
    used = used_outside(root)
    # What pages and docstrings tell users to import from the package itself.
    documented = {}
    for page in [*root.glob("docs/*.md"), *root.glob("workflow/scripts/**/*.py")]:
        text = page.read_text()
        for package, names in IMPORT.findall(text):
            if f"{package}.__init__" in trees:
                documented.setdefault(package, set()).update(re.findall(r"\w+", names))
        for package, name in re.findall(r"`(galbar(?:\.\w+)+)\.(\w+)`", text):
            if f"{package}.__init__" in trees and f"{package}.{name}" not in trees:
                documented.setdefault(package, set()).add(name)
    for package in packages:
        folder = package.removesuffix(".__init__")
        assert len(ast.get_docstring(trees[package]).split()) > 20, package
        found = set(exported(trees[package]))
        shown = {entry for entry in found if entry[1] in documented.get(folder, set())}
        assert found == used.get(folder, set()) | shown, package
        assert documented.get(folder, set()) <= {name for _, name in found}, package


def test_every_name_that_is_referred_to_exists(root, defined):
    files = [path for place in PLACES for path in root.glob(place)]
    found = [
        (str(path.relative_to(root)), name)
        for path in files
        for name in REFERENCE.findall(path.read_text())
        # A file of the user's.
        if name != "galbar.sif"
    ]
    assert len(found) > 30
    assert [(path, name) for path, name in found if name not in defined] == []


def test_every_module_that_the_pages_name_exists(root):
    """Names such as `lengths/units.py`, with their package."""
    library = root / "workflow/scripts/galbar"
    pages = [root / "README.md", *root.glob("docs/*.md")]
    named = {
        (page.name, name)
        for page in pages
        for name in re.findall(r"`((?:\w+/)*\w+\.py)`", page.read_text())
    }
    assert len(named) > 15
    own = {"my_criterion.py"}
    missing = {
        (page, name)
        for page, name in named
        if name not in own
        and not any((folder / name).exists() for folder in (root, library, library.parent))
    }
    assert missing == set()
