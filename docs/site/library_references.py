"""References in docstrings, as their authors mean them: within the module that they are in.

Sphinx looks a short name up in the package, where public names are documented. Here it is looked up
among the names that its module defines and imports; a name by the module that defines it leads to
the public name; and a parameter is shown as such. Whatever else is not there is dead.
"""

import re

from library import read_library
from sphinx.util.nodes import get_node_source, make_refnode

DOCSTRING = re.compile(r"/(galbar/[\w/]+)\.py:docstring of (galbar[\w.]*)")


def connect(app, root):
    """Let Sphinx ask here before a reference counts as dead."""
    packages = read_library(root / "workflow/scripts")
    modules = {module.name: module for package in packages for module in package.modules.values()}
    public = {
        f"{package.name}.{module}.{name}": f"{package.name}.{name}"
        for package in packages
        for name, module in package.exports.items()
    }

    def resolve(app, env, node, contnode):
        if node.get("refdomain") != "py":
            return None
        objects = env.get_domain("py").objects
        module, parameters = context_of(node, modules)
        target = node["reftarget"]
        for name in candidates(target, node.get("py:module"), module, public):
            if name in objects:
                entry = objects[name]
                return make_refnode(
                    app.builder, node["refdoc"], entry.docname, entry.node_id, contnode, name
                )
        return contnode if target in parameters else None

    app.connect("missing-reference", resolve)


def context_of(node, modules):
    """Return the module whose docstring a reference is in, and the parameters that it may name."""
    match = DOCSTRING.search(get_node_source(node) or "")
    module = match and modules.get(match[1].replace("/", "."))
    if not module:
        return None, set()
    words = match[2].split(".")
    # The function or method: public names are documented by their package.
    held = [".".join(words[-2:]), words[-1], ".".join(words[-2:-1])]
    return module, next(
        (module.parameters[name] for name in held if name in module.parameters), set()
    )


def candidates(target, package, module, public):
    """Return the full names that a reference may mean, the nearest first."""
    first, _, rest = target.partition(".")
    names = [target]
    if module:
        names.append(f"{module.name}.{target}")
        if first in module.imports:
            names.append(".".join(filter(None, (module.imports[first], rest))))
    if package:
        names.append(f"{package}.{target}")
    resolved = []
    for name in names:
        resolved += [name, public.get(name, name)]
        # A method of a public class.
        holder, _, attribute = name.rpartition(".")
        if holder in public:
            resolved.append(f"{public[holder]}.{attribute}")
    return resolved
