"""Write a page per package of the library, docs/api/*.rst, before Sphinx reads the sources."""

from library import read_library

DIRECTIVES = {"function": "autofunction", "class": "autoclass"}
# Longer values are for the source.
LONGEST_VALUE = 70


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
    if name.value and len(name.value) <= LONGEST_VALUE:
        lines.append(f"   :value: {name.value}")
    return [*lines, "", f"   {_text(name.summary)}", ""]


def _summary(name):
    """Return what a table says of a name: of a constant without a comment its value."""
    if name.summary or not name.value or len(name.value) > LONGEST_VALUE:
        return _text(name.summary)
    return f"``{name.value}``"


def _text(summary):
    """Return a comment or the first sentence of a docstring, without references in it."""
    return summary.replace("\\", "\\\\").replace("`", "").replace("*", "\\*").replace("|", "\\|")
