"""Write a page per package of the library, docs/api/*.rst, before Sphinx reads the sources."""

from library import read_library

DIRECTIVES = {"function": "autofunction", "class": "autoclass"}
# Values of constants that stand beside their names, and as a block below them; longer ones are for
# the source.
LONGEST_VALUE, MOST_LINES = 70, 20


def write(root):
    """Write the pages, and delete those of packages that are no more."""
    folder = root / "docs/api"
    folder.mkdir(exist_ok=True)
    packages = read_library(root / "workflow/scripts")
    pages = {f"{package.name}.rst": page_of(package) for package in packages}
    for path in folder.glob("*.rst"):
        if path.name not in pages:
            path.unlink()
    for name, text in pages.items():
        path = folder / name
        # An unchanged page is not read again.
        if not path.exists() or path.read_text() != text:
            path.write_text(text)


def page_of(package):
    """Return the page of a package: what it exports, then what else its modules have."""

    def is_public(module, name):
        return package.exports.get(name.name) == module

    public = [
        name
        for module, content in package.modules.items()
        for name in content.names
        if is_public(module, name)
    ]
    lines = [*_heading(package.name, "="), f".. automodule:: {package.name}", "   :no-members:", ""]
    if public:
        lines += [*_heading("Public names", "-"), *_table(public, package.name)]
        for name in public:
            lines += _entry(name, package.name)
    lines += _heading("Modules", "-")
    for module, content in package.modules.items():
        lines += [*_heading(module, "~"), f".. automodule:: {content.name}", "   :no-members:"]
        # A public function of the same name has the reference.
        lines += ["   :no-index:", ""] if module in package.exports else [""]
        for name in content.names:
            if not is_public(module, name):
                lines += _entry(name, content.name)
    return "\n".join(lines)


def _heading(title, line):
    return [title, line * len(title), ""]


def _table(names, module):
    lines = [".. list-table::", "   :widths: 30 70", "   :class: names", ""]
    for name in names:
        lines += [f"   * - :py:obj:`~{module}.{name.name}`", f"     - {_summary(name)}"]
    return [*lines, ""]


def _entry(name, module):
    """Return the directive that documents a name as one of ``module``."""
    if name.kind in DIRECTIVES:
        return [f".. {DIRECTIVES[name.kind]}:: {module}.{name.name}", ""]
    lines = [f".. py:data:: {name.name}", f"   :module: {module}"]
    if _is_short(name.value):
        lines.append(f"   :value: {name.value}")
    lines += ["", f"   {_text(name.summary)}", ""]
    block = (name.value or "").splitlines()
    if not _is_short(name.value) and 0 < len(block) <= MOST_LINES:
        lines += ["   .. code-block:: python", "", *(f"      {line}" for line in block), ""]
    return lines


def _is_short(value):
    return bool(value) and "\n" not in value and len(value) <= LONGEST_VALUE


def _summary(name):
    """Return what a table says of a name: of a constant without a comment its value."""
    if name.summary or not _is_short(name.value):
        return _text(name.summary)
    return f"``{name.value}``"


def _text(summary):
    """Return a comment or the first sentence of a docstring, without references in it."""
    return summary.replace("\\", "\\\\").replace("`", "").replace("*", "\\*").replace("|", "\\|")
