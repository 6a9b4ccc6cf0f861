import pytest

from galbar.code_digest import _code, _imports, _tree, code_digest, modules_of

FILES = {
    "top": "from galbar.middle import f\n\ndef g():\n    '''Doc.'''\n    return f()\n",
    "middle": "def f():\n    from galbar import low\n    return low.x\n",
    "low": "x = 1\n",
    "other": "y = 1\n",
}


@pytest.fixture
def library(tmp_path):
    for name, text in FILES.items():
        (tmp_path / f"{name}.py").write_text(text)
    return {name: str(tmp_path / f"{name}.py") for name in FILES}


def edit(library, name, old, new):
    with open(library[name]) as file:
        text = file.read()
    assert old in text
    with open(library[name], "w") as file:
        file.write(text.replace(old, new))
    for cached in (_code, _imports, _tree):
        cached.cache_clear()


def test_an_edit_changes_the_digest_of_all_that_import_it(library):
    before = {name: code_digest(library, name) for name in FILES}
    edit(library, "low", "x = 1", "x = 2")
    after = {name: code_digest(library, name) for name in FILES}
    assert {name for name in FILES if before[name] != after[name]} == {"top", "middle", "low"}


def test_comments_and_docstrings_do_not_count(library):
    before = code_digest(library, "top")
    edit(library, "top", "'''Doc.'''", "'''Another.'''  # why")
    assert code_digest(library, "top") == before


def test_an_unknown_module_is_named(library):
    with pytest.raises(KeyError, match="nothing is not in the list"):
        code_digest(library, "nothing")


def test_the_modules_of_a_script_are_found_at_its_top_and_inside_functions(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from galbar.a.b import c\nimport galbar.d\n\ndef f():\n    import galbar.e\n"
    )
    assert {"a.b", "d", "e"} <= set(modules_of(str(script)))


def test_logging_does_not_count(library, tmp_path):
    (tmp_path / "runlog.py").write_text("x = 1\n")
    library["runlog"] = str(tmp_path / "runlog.py")
    edit(library, "other", "y = 1", "from galbar.runlog import x\ny = 1")
    before = code_digest(library, "other")
    edit(library, "runlog", "x = 1", "x = 2")
    assert code_digest(library, "other") == before
