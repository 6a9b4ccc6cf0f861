"""Sphinx: the documentation as a site (`make docs`).

The sources are the root of the project, so that the links between pages are the same on the site
as where the code is hosted. Pages of the library and of the demo are written before each build.
"""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "workflow/scripts")]
# Of TensorFlow, which is imported for its docstrings only.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import api_pages  # noqa: E402
import demo_pages  # noqa: E402
import library_references  # noqa: E402
import page_links  # noqa: E402
from sphinx.errors import ConfigError  # noqa: E402

import galbar  # noqa: E402

# Its report and gallery are shown, and the tutorial is computed from its results.
try:
    DEMO = demo_pages.choose_demo(os.environ.get("GALBAR_DEMO"), ROOT)
except ValueError as error:
    raise ConfigError(str(error)) from None

project = "galbar"
author = "The galbar developers"
copyright = author
version = release = galbar.__version__

root_doc = "docs/index"
include_patterns = [
    "docs/**",
    "config/README.md",
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "CODE_OF_CONDUCT.md",
]
exclude_patterns = [
    ".*",
    "build",
    "data",
    "demo",
    "measured",
    "results",
    "tests",
    "workflow",
    "docs/site",
    "**/.ipynb_checkpoints",
]

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
]
# Each dead reference is a warning, and `make docs` takes warnings for errors.
nitpicky = True
# Classes of another project, whose inventory would have to be fetched: no network is needed here.
nitpick_ignore_regex = [("py:class", r"tf_keras_vis\..*")]

# Links to a heading, by the anchor that it has where the code is hosted.
myst_heading_anchors = 4
# Blocks of code without a language are commands and names of files.
highlight_language = "none"

# Notebooks are stored without outputs and computed where a demo is.
nb_execution_mode = "force" if demo_pages.is_finished(DEMO) else "off"
nb_execution_raise_on_error = True
nb_execution_timeout = 600
os.environ["GALBAR_RESULTS"] = str(DEMO / "results")

# `name` in a docstring is a reference, as in numpydoc.
default_role = "py:obj"
# Models of the configuration have `model_config` from pydantic, with its docstring.
autodoc_default_options = {
    "members": True,
    "member-order": "bysource",
    "exclude-members": "model_config",
}
# A page has a table of its names; a thousand entries in the contents would double the build's time.
toc_object_entries = False
# numpydoc loads it, to write pages that nothing here asks for.
autosummary_generate = False
autodoc_preserve_defaults = True
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

# Pages of publishers and surveys are slow, and some make their anchors in the browser.
linkcheck_timeout = 30
linkcheck_anchors = False

html_theme = "furo"
html_title = f"galbar {release}"
html_static_path = ["static"]
html_css_files = ["style.css"]
html_additional_pages = {"index": "to_first_page.html"}
templates_path = ["templates"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"top_of_page_buttons": []}


def skip_field(app, kind, name, member, skip, options):
    """Leave out the fields of a NamedTuple: its docstring tells more than their numbers."""
    return skip or (getattr(member, "__doc__", None) or "").startswith("Alias for field number")


def setup(app):
    """Write the pages that follow from the library and the demo."""
    api_pages.write(ROOT)
    library_references.connect(app, ROOT)
    demo_pages.connect(app, DEMO)
    page_links.connect(app)
    app.connect("autodoc-skip-member", skip_field)
