"""What CONTRIBUTING.md sends people to is there."""

import re


def test_every_file_that_is_named_exists(root):
    text = (root / "CONTRIBUTING.md").read_text()
    names = set(re.findall(r"`((?:[\w.]+/)+[\w.]*|\w+\.\w+)`", text))
    library = root / "workflow/scripts/galbar"
    files = {path.name for path in library.rglob("*.py")}
    missing = {
        name for name in names - files if not ((root / name).exists() or (library / name).exists())
    }
    # Names of keys and objects, and what commands make.
    objects = {"scores.published", "training.recipe", "snakemake.config"}
    made = {"build/", "build/release", "build/site", "NOTES.md"}
    assert missing <= objects | made
    assert len(names) > 40


def test_the_packages_are_those_of_the_import_contract(root):
    text = (root / "CONTRIBUTING.md").read_text()
    table = re.findall(r"^\| `(\w+)` \|", text, flags=re.MULTILINE)
    contract = (root / "pyproject.toml").read_text().split("layers = [")[1].split("]")[0]
    assert table == re.findall(r'"(\w+)"', contract)
