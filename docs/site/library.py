"""What the library defines, read from its source: packages, modules, names and what they export."""

import ast
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Name:
    """Function, class or constant of a module.

    Attributes
    ----------
    name : str
        As the module has it.
    kind : str
        "function", "class" or "data".
    summary : str
        First paragraph of its docstring; of a constant without one the comment above it, if any.
    value : str or None
        Of a constant, as the source has it.
    """

    name: str
    kind: str
    summary: str
    value: str | None = None


@dataclass(frozen=True)
class Module:
    """Module of the library.

    Attributes
    ----------
    name : str
        Dotted name.
    names : list of Name
        What it defines without a leading underscore, in its order.
    imports : dict of str to str
        Name -> dotted name of what it imports from galbar.
    parameters : dict of str to set of str
        Function, method ("Class.method") or class -> its parameters or attributes.
    """

    name: str
    names: list = field(default_factory=list)
    imports: dict = field(default_factory=dict)
    parameters: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Package:
    """Package of the library.

    Attributes
    ----------
    name : str
        Dotted name.
    modules : dict of str to Module
        By name within the package.
    exports : dict of str to str
        Public name -> module (within the package) that defines it.
    """

    name: str
    modules: dict = field(default_factory=dict)
    exports: dict = field(default_factory=dict)


def read_library(scripts):
    """Read every package below ``scripts/galbar`` that has modules, without importing it.

    Parameters
    ----------
    scripts : Path
        Folder that holds the folder ``galbar``.

    Returns
    -------
    list of Package
        By name.
    """
    packages = []
    for init in sorted((Path(scripts) / "galbar").rglob("__init__.py")):
        name = ".".join(init.parent.relative_to(scripts).parts)
        modules = {
            path.stem: _read_module(path, f"{name}.{path.stem}")
            for path in sorted(init.parent.glob("*.py"))
            if path != init
        }
        if modules:
            packages.append(Package(name, modules, _defining(_exports(init), name, modules)))
    return packages


def _exports(path):
    """Return the names that a package exports without importing their modules yet."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.keyword) and node.arg == "submod_attrs":
            return {
                name: module
                for module, names in ast.literal_eval(node.value).items()
                for name in names
            }
    return {}


def _defining(exports, package, modules):
    """Return the exports with the module that defines each, where another one only imports it."""
    for name, module in exports.items():
        origin = modules[module].imports.get(name, "")
        if origin.startswith(f"{package}."):
            exports[name] = origin.split(".")[-2]
    return exports


def _read_module(path, dotted):
    text = path.read_text()
    module = Module(dotted)
    statements = ast.parse(text).body
    for node, following in zip(statements, [*statements[1:], None], strict=True):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("galbar"):
            for alias in node.names:
                module.imports[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        for name in _defined(node, following, text):
            if not name.name.startswith("_"):
                module.names.append(name)
        module.parameters.update(_parameters(node))
    return module


def _defined(node, following, text):
    """Yield what a statement of a module's text defines; a constant's docstring follows it."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        kind = "class" if isinstance(node, ast.ClassDef) else "function"
        yield Name(node.name, kind, _first_paragraph(ast.get_docstring(node) or ""))
    if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        targets = [target for part in targets for target in getattr(part, "elts", None) or [part]]
        value = ast.get_source_segment(text, node.value) if len(targets) == 1 else None
        match following:
            case ast.Expr(value=ast.Constant(value=str(docstring))):
                summary = _first_paragraph(docstring)
            case _:
                summary = _comment_above(text.splitlines(), node.lineno)
        for target in targets:
            if isinstance(target, ast.Name):
                yield Name(target.id, "data", summary, value)


def _first_paragraph(docstring):
    return " ".join(docstring.strip().split("\n\n")[0].split())


def _comment_above(lines, number):
    """Return the comment that ends in the line before line ``number`` (from 1)."""
    comment = []
    for line in reversed(lines[: number - 1]):
        if not line.startswith("#"):
            break
        comment.insert(0, line.lstrip("#: "))
    return " ".join(comment)


def _parameters(node, within=""):
    """Return the parameters of a function or class and of what the class holds."""
    if isinstance(node, ast.FunctionDef):
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [part for part in (arguments.vararg, arguments.kwarg) if part]
        return {within + node.name: {argument.arg for argument in every}}
    if not isinstance(node, ast.ClassDef):
        return {}
    parameters = {}
    for part in node.body:
        parameters |= _parameters(part, f"{within}{node.name}.")
    own = {
        part.target.id
        for part in node.body
        if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
    }
    own |= parameters.get(f"{within}{node.name}.__init__", set())
    # Methods may speak of what their object holds.
    return {name: names | own for name, names in parameters.items()} | {within + node.name: own}
