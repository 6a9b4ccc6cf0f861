import pytest

from galbar.jobs.code_digest import _definitions, _parse, code_digest, definitions_of

FILES = {
    "top": """
import numpy as np
from galbar.middle import f, unused

LIMIT: int = 3

def g(x):
    '''Doc.'''
    return f(x) + LIMIT

def other():
    return np.zeros(3)
""",
    "middle": """
def f(x):
    from galbar.low import TABLE
    return TABLE[x]

def unused():
    return 1

class Shape:
    def area(self):
        return f(2)
""",
    "low": """
import numpy as np

TABLE = {1: 2}
TABLE.update({3: 4})
LOOSE = np.ones(3)
""",
}
SCRIPT = "from galbar.top import g\n\nif __name__ == '__main__':\n    g(1)\n"


@pytest.fixture
def library(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    for name, text in FILES.items():
        (tmp_path / f"{name}.py").write_text(text)
    return {name: str(tmp_path / f"{name}.py") for name in FILES}


@pytest.fixture
def script(library, tmp_path):
    return str(tmp_path / "script.py")


def edit(path, old, new):
    with open(path) as file:
        text = file.read()
    assert old in text
    with open(path, "w") as file:
        file.write(text.replace(old, new))
    for cached in (_definitions, _parse):
        cached.cache_clear()


def test_what_a_script_reaches(library, script):
    found = set(definitions_of(library, script))
    assert found == {("top", "g"), ("top", "LIMIT"), ("middle", "f"), ("low", "TABLE"), ("low", "")}


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        ("top", "+ LIMIT", "- LIMIT"),
        ("top", "LIMIT: int = 3", "LIMIT: int = 4"),
        ("middle", "TABLE[x]", "TABLE[x - 1]"),
        ("low", "{1: 2}", "{1: 3}"),
        ("low", "{3: 4}", "{3: 5}"),
    ],
)
def test_an_edit_of_what_is_used_changes_the_digest(library, script, module, old, new):
    before = code_digest(library, script)
    edit(library[module], old, new)
    assert code_digest(library, script) != before


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        ("top", "'''Doc.'''", "'''Another.'''  # why"),
        ("top", "np.zeros(3)", "np.zeros(4)"),
        ("middle", "return 1", "return 2"),
        ("middle", "return f(2)", "return f(3)"),
        ("low", "np.ones(3)", "np.ones(4)"),
        ("low", "import numpy as np", "import numpy"),
    ],
)
def test_an_edit_of_anything_else_does_not(library, script, module, old, new):
    before = code_digest(library, script)
    edit(library[module], old, new)
    assert code_digest(library, script) == before


def test_a_module_that_moves_changes_nothing(library, script, tmp_path):
    """Neither at the top of a file nor inside a function does the module's name count."""
    before = code_digest(library, script)
    (tmp_path / "depth.py").write_text(FILES["low"])
    edit(library["middle"], "galbar.low", "galbar.under.depth")
    moved = {"top": library["top"], "middle": library["middle"]}
    assert code_digest(moved | {"under.depth": str(tmp_path / "depth.py")}, script) == before


def test_methods_belong_to_their_class(library, script):
    edit(script, "from galbar.top import g", "from galbar.middle import Shape as g")
    before = code_digest(library, script)
    edit(library["middle"], "return f(2)", "return f(3)")
    assert code_digest(library, script) != before


def test_an_import_from_elsewhere_counts_where_it_is_used(library, script):
    edit(script, "import g", "import other as g")
    before = code_digest(library, script)
    edit(library["top"], "import numpy as np", "import cupy as np")
    assert code_digest(library, script) != before


def test_of_a_module_that_is_imported_as_one_all_counts(library, script):
    edit(script, "from galbar.top import g", "from galbar import middle as g")
    assert {name for module, name in definitions_of(library, script) if module == "middle"} == {
        "f",
        "unused",
        "Shape",
    }


def test_a_name_that_is_only_passed_on_is_followed(library, script):
    edit(library["top"], "from galbar.middle import f, unused", "from galbar.middle import f")
    edit(script, "from galbar.top import g", "from galbar.top import f as g")
    assert ("middle", "f") in definitions_of(library, script)


def test_an_unknown_module_is_named(library, script):
    del library["low"]
    with pytest.raises(KeyError, match="low is not registered"):
        code_digest(library, script)


def test_an_import_that_is_not_followed_is_refused(library, script):
    edit(script, "from galbar.top import g", "import galbar.top")
    with pytest.raises(ValueError, match="write 'from galbar import"):
        code_digest(library, script)


def test_logging_does_not_count(library, script, tmp_path):
    (tmp_path / "runlog.py").write_text("x = 1\n")
    library["io.job_log"] = str(tmp_path / "runlog.py")
    edit(library["middle"], "TABLE[x]", "TABLE[x] + y")
    edit(library["middle"], "def unused", "from galbar.io.job_log import x as y\n\ndef unused")
    before = code_digest(library, script)
    edit(str(tmp_path / "runlog.py"), "x = 1", "x = 2")
    assert code_digest(library, script) == before


def test_what_is_not_used_is_not_followed(library, script):
    found = set(definitions_of(library, script, unused=["middle"]))
    assert found == {("top", "g"), ("top", "LIMIT")}


def test_heat_maps_depend_on_measuring_only_where_lengths_are_watched(root):
    folder = root / "workflow/scripts/galbar"
    real = {
        ".".join(path.relative_to(folder).with_suffix("").parts): path
        for path in folder.rglob("*.py")
    }
    path = root / "workflow/scripts/compute_heatmaps.py"
    loaded = ["galbar.attribution.smoothgrad:SmoothGrad"]
    watched = {module for module, _ in definitions_of(real, path, loaded=loaded)}
    unused = ["attribution.monte_carlo_error", "lengths.measure"]
    unwatched = {module for module, _ in definitions_of(real, path, unused, loaded)}
    lengths = {
        "lengths.preparation",
        "lengths.measure",
        "lengths.geometry",
        "attribution.half_sampling",
    }
    assert lengths <= watched
    assert not lengths & unwatched
    needed = {"attribution.smoothgrad", "networks.mixed_precision", "io.shards"}
    assert needed <= unwatched
    # One method does not depend on the code of another, nor on the list of all.
    assert not {"attribution.keras_vis_smoothgrad", "attribution.methods.registry"} & watched
