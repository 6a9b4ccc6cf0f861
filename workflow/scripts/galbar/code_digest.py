"""Digest of the library's code, so that an edit reruns what it feeds and nothing else."""

import ast
import hashlib
from functools import cache
from pathlib import Path

__all__ = ["code_digest", "modules_of"]

# They log, write files and set up devices: an edit there changes no result.
WITHOUT_EFFECT = frozenset({"__init__", "devices", "files", "runlog"})


def code_digest(library, *names):
    """Digest of modules and of all modules of the library that they import.

    Comments, docstrings and layout do not count: they cannot change a result.

    Parameters
    ----------
    library : dict of str to str
        Module name, dots for sub-packages ("bars", "survey.tables"), -> its file.
    *names : str
        The modules that a rule uses.

    Returns
    -------
    str
        Twelve hexadecimal digits.

    Raises
    ------
    KeyError
        If a module is not in ``library``.
    """
    needed, waiting = set(), list(names)
    while waiting:
        name = waiting.pop()
        if name in needed or name in WITHOUT_EFFECT:
            continue
        if name not in library:
            raise KeyError(f"{name} is not in the list of the library's modules (common.smk)")
        needed.add(name)
        waiting += [found for found in _imports(library[name]) if found in library]
    code = "\n".join(f"{name}\n{_code(library[name])}" for name in sorted(needed))
    return hashlib.sha256(code.encode()).hexdigest()[:12]


def modules_of(script):
    """List the modules of galbar that a script imports.

    Parameters
    ----------
    script : str
        File of an entry script.

    Returns
    -------
    list of str
        Module names as in `code_digest`, sorted.
    """
    return sorted(set(_imports(script)))


@cache
def _tree(path):
    return ast.parse(Path(path).read_text(encoding="utf-8"))


@cache
def _imports(path):
    """Return the modules of galbar that a file imports, at its top or inside functions."""
    names = []
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "galbar":
            package = node.module.removeprefix("galbar").removeprefix(".")
            names.append(package)
            names += [f"{package}.{alias.name}".removeprefix(".") for alias in node.names]
        elif isinstance(node, ast.Import):
            names += [
                alias.name.removeprefix("galbar.")
                for alias in node.names
                if alias.name.startswith("galbar.")
            ]
    return names


@cache
def _code(path):
    """Return the code of a file without comments and docstrings."""
    tree = ast.parse(Path(path).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if not isinstance(body, list) or not body:
            continue
        first = body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            node.body = body[1:] or [ast.Pass()]
    return ast.unparse(tree)
