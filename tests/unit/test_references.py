"""What docstrings, comments and pages name of the library, with its module, exists."""

import ast
import re

import pytest

REFERENCE = re.compile(r"(?<!`)`(galbar(?:\.\w+)+)(?:\(\))?`(?!`)")
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


@pytest.fixture(scope="module")
def defined(root):
    names = set()
    scripts = root / "workflow/scripts"
    for path in scripts.glob("galbar/**/*.py"):
        module = ".".join(path.relative_to(scripts).with_suffix("").parts)
        module = module.removesuffix(".__init__")
        names |= {module, *dotted(ast.parse(path.read_text()).body, module)}
    return names


def test_every_name_that_is_referred_to_exists(root, defined):
    files = [path for place in PLACES for path in root.glob(place)]
    found = [
        (str(path.relative_to(root)), name)
        for path in files
        for name in REFERENCE.findall(path.read_text())
    ]
    assert len(found) > 30
    assert [(path, name) for path, name in found if name not in defined] == []
