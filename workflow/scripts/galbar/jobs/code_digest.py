"""Digest of the library's code, so that an edit reruns what it feeds and nothing else.

The unit is a definition at the top of a module (function, class, constant), not the module: an
entry script is followed through the names that it imports to those that they use, and so on.
Names that are found only while the code runs (``getattr``, a registry) are not followed: the
library imports what it uses, and rules name the attribution method.
"""

import ast
import hashlib
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# They log, write files, keep what is half done and set up devices: an edit changes no result.
WITHOUT_EFFECT = frozenset(
    {
        "",
        "__init__",
        # The methods that a job uses are named by its rule.
        "attribution.methods.registry",
        "attribution.journal",
        "io.atomic",
        "io.job_log",
        "jobs.code_digest",
        "jobs.devices",
        "jobs.environment",
        "jobs.sigterm",
        "jobs.start",
        "jobs.takeover",
        "training.checkpoint",
    }
)


def code_digest(library, script, excluded_modules=(), loaded=()):
    """Return the digest of all definitions of the library that an entry script reaches.

    Comments, docstrings and layout do not count, nor does the module in which a definition lies:
    they cannot change a result.

    Parameters
    ----------
    library : dict of str to str
        Module name, dots for sub-packages ("survey.tables"), -> its file.
    script : str
        The entry script's file. Its own text does not count: Snakemake watches it.
    excluded_modules : collection of str
        Modules that the script imports but does not use with the present configuration; they, and
        what is reached through them alone, do not count.
    loaded : sequence of str
        "galbar.module:name" of what the script loads only while it runs.

    Returns
    -------
    str
        Twelve hexadecimal digits.

    Raises
    ------
    KeyError
        If a module is not in ``library``.
    """
    # Sorted by what they say: where a definition lies is no part of what it does.
    texts = sorted(definitions_of(library, script, excluded_modules, loaded).values())
    return hashlib.sha256("\n\n".join(texts).encode()).hexdigest()[:12]


def definitions_of(library, script, excluded_modules=(), loaded=()):
    """Find the definitions that an entry script reaches; arguments are those of `code_digest`.

    Returns (module, name) -> code without comments and docstrings. The statements of a module that
    define nothing are there under its name "".
    """
    code_of_definition = {}
    waiting = list(_imports(_parse(script)).values())
    waiting += [tuple(reference.removeprefix("galbar.").split(":")) for reference in loaded]
    while waiting:
        module, name = waiting.pop()
        inner = f"{module}.{name}".removeprefix(".")
        if inner in library:
            # "from galbar import splits": whatever is in it may be used.
            module, name = inner, "*"
        if module in WITHOUT_EFFECT or module in excluded_modules:
            continue
        if module not in library:
            raise KeyError(f"{module} is not registered as a module of the library (common.smk)")
        for node in _pick(_definitions(library[module]), name):
            if (module, node.name) not in code_of_definition:
                code_of_definition[module, node.name] = node.code
                waiting += [*node.outside, *((module, local_name) for local_name in node.inside)]
    return {key: text for key, text in code_of_definition.items() if text}


@dataclass(frozen=True)
class _Definition:
    """What a name at the top of a module stands for.

    Its code refers to ``outside``, (module, name) of other modules, and ``inside``, names of its
    own module.
    """

    name: str
    code: str
    outside: frozenset
    inside: frozenset


def _pick(definitions, name):
    """Return a definition ("*": all) and, under "", what runs whenever its module is imported."""
    if name == "*":
        return list(definitions.values())
    return [definitions[key] for key in ("", name) if key in definitions]


@cache
def _definitions(path):
    """Parse a module into its definitions, name -> `_Definition`."""
    tree = _parse(path)
    imported = _imports(tree)
    statements_of_name = {}
    for statement in tree.body:
        for name in _names_given(statement):
            statements_of_name.setdefault(name, []).append(statement)
    statements_of_name.pop("__all__", None)
    # A name that is only passed on leads to where it is from.
    definitions = {
        name: _Definition(name, "", frozenset([target]), frozenset())
        for name, target in imported.items()
    }
    for name, statements in statements_of_name.items():
        used = set().union(*map(_names_used, statements))
        definitions[name] = _Definition(
            name,
            "\n".join(ast.unparse(_WithoutImports().visit(deepcopy(each))) for each in statements),
            frozenset(imported[use] for use in used if use in imported),
            frozenset(use for use in used if use in statements_of_name and use != name),
        )
    return definitions


@cache
def _parse(path):
    """Parse a file, leaving out docstrings and what only type checkers need."""
    tree = ast.parse(Path(path).read_text(encoding="utf-8"))
    for node in [tree, *_walk(tree)]:
        if getattr(node, "body", None):
            kept = [statement for statement in node.body if not _is_idle(statement)]
            node.body = kept or [ast.Pass()]
    return tree


def _walk(node):
    """Yield the statements within a node, at any depth; unlike `ast.walk`, no expressions."""
    for part in ("body", "orelse", "finalbody", "handlers", "cases"):
        for inner in getattr(node, part, ()):
            yield inner
            yield from _walk(inner)


def _is_idle(statement):
    """Return whether a statement is a docstring, or the branch ``if TYPE_CHECKING``."""
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    return (
        isinstance(statement, ast.If)
        and isinstance(statement.test, ast.Name)
        and statement.test.id == "TYPE_CHECKING"
    )


class _WithoutImports(ast.NodeTransformer):
    """Leaves out imports from the library inside functions: they name modules, which may move."""

    def visit_ImportFrom(self, node):
        """Drop the import; what it names is followed and counts."""
        return ast.Pass() if (node.module or "").split(".")[0] == "galbar" else node


def _imports(tree):
    """Map local names of imports from the library, also inside functions, to (module, name)."""
    imported = {}
    for node in _walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "galbar":
            module = node.module.removeprefix("galbar").removeprefix(".")
            imported |= {alias.asname or alias.name: (module, alias.name) for alias in node.names}
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "galbar":
                    raise ValueError(f"write 'from galbar import ...' for 'import {alias.name}'")
    return imported


def _names_given(statement):
    """List the names that a top-level statement defines; [""] if it only runs."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [statement.name]
    if isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith("galbar"):
        return []
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return [(alias.asname or alias.name).split(".")[0] for alias in statement.names]
    if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign):
        stored = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
        return [node.id for node in stored if isinstance(node.ctx, ast.Store)] or [""]
    return [""]


def _names_used(statement):
    """Return the names that occur in a statement."""
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
