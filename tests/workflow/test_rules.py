"""The shape of rules and entry scripts: short, and nothing hidden in them."""

import ast
import re

import pytest


def rule_files(root):
    """Snakefiles of the workflow and their texts, by path."""
    paths = [root / "Snakefile", root / "workflow/Snakefile"]
    paths += sorted((root / "workflow/rules").glob("*.smk"))
    assert len(paths) > 12
    return {path: path.read_text() for path in paths}


def lengths_of(texts):
    return {path.name: len(text.splitlines()) for path, text in texts.items()}


def test_no_rule_file_needs_scrolling(root):
    lengths = lengths_of(rule_files(root))
    assert lengths["common.smk"] <= 150
    assert {name: lines for name, lines in lengths.items() if lines > 200} == {}


def test_rule_files_have_no_lambda(root):
    assert [
        path.name for path, text in rule_files(root).items() if re.search(r"\blambda\b", text)
    ] == []


def test_rules_and_functions_are_apart(root):
    """As the linter asks of a single file; here for each."""
    mixed = [
        path.name
        for path, text in rule_files(root).items()
        if re.search(r"(?m)^ *rule\b", text) and re.search(r"(?m)^def ", text)
    ]
    assert mixed == []


@pytest.fixture
def scripts(root):
    texts = {path: path.read_text() for path in (root / "workflow/scripts").glob("*.py")}
    assert len(texts) > 30
    return texts


def test_entry_scripts_are_short(scripts):
    assert {name: lines for name, lines in lengths_of(scripts).items() if lines > 60} == {}


def test_entry_scripts_take_everything_from_their_rule(scripts):
    """What is not a param does not rerun a job when it changes."""
    assert [path.name for path, text in scripts.items() if "snakemake.config" in text] == []


def test_entry_scripts_open_their_log_before_all_other_imports(scripts, root):
    names = set()
    for text in rule_files(root).values():
        names |= set(re.findall(r'"\.\./scripts/(\w+\.py)"', text))
    assert len(names) > 30
    for name in names:
        statements = ast.parse((root / "workflow/scripts" / name).read_text()).body
        first = statements[1]
        assert ast.unparse(first) == "from galbar.jobs.start import snakemake", name


def test_downloads_are_tried_again(root):
    rules = (root / "workflow/rules/training.smk").read_text().split("\nrule ")
    (fetching,) = [rule for rule in rules if rule.startswith("fetch_weights:")]
    assert "\n    retries: 3\n" in fetching


def test_no_job_of_a_cluster_is_tried_again_within_its_allocation(root):
    """The Snakemake within a job obeys `retries:` of a rule, with the memory that there is."""
    rules = [
        block
        for text in rule_files(root).values()
        for block in re.split(r"(?m)^ *rule ", text)[1:]
        if re.search(r"(?m)^ *retries: [1-9]", block)
    ]
    assert [block.split(":")[0] for block in rules if "localrule: True" not in block] == []
    assert len(rules) == 1
