"""A release is refused until everything says the same; its archive works without git."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest
import yaml

from galbar import __version__
from release.stored_checks import list_rules

CHANGELOG = """# Changelog

## Unreleased

### Added

- A line.

## 0.9.0 - 2026-01-02

- The line before.
"""
GIT = ("git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
KEPT = ("release", "requirements", "config", "profiles", "envs", "workflow", ".zenodo.json")
ADDRESS = "https://github.com/someone/bars"
STORED, TESTS = "tests/stored/results-1.2.3", "tests/workflow/test_compatibility.py"


@pytest.fixture(scope="module")
def original(root, tmp_path_factory):
    """Give a small repository on the branch main, prepared as version 1.2.3 and committed."""
    folder = tmp_path_factory.mktemp("original") / "galbar"
    folder.mkdir()
    for name in (*KEPT, "docs", "CITATION.cff", "README.md", "Snakefile", ".gitignore"):
        source, ignored = root / name, shutil.ignore_patterns("__pycache__")
        copy = shutil.copy2 if source.is_file() else shutil.copytree
        copy(source, folder / name, **({} if source.is_file() else {"ignore": ignored}))
    (folder / "CHANGELOG.md").write_text(CHANGELOG)
    stored = folder / STORED
    (stored / "results").mkdir(parents=True)
    shutil.copy2(root / "config/config.yaml", stored)
    (stored / "rules.txt").write_text("\n".join(list_rules(root)))
    with zipfile.ZipFile(stored / "results/bundle.zip", "w") as bundle:
        bundle.writestr("manifest.json", json.dumps({"galbar": "1.2.3"}))
    (folder / TESTS).parent.mkdir(parents=True)
    (folder / TESTS).write_text("SINCE = set()\n")
    run(folder, *GIT, "init", "--quiet", "--initial-branch", "main")
    release(folder, "prepare", "1.2.3", "--date", "2026-02-03")
    release(folder, "address", ADDRESS)
    commit(folder)
    return folder


@pytest.fixture
def clone(original, tmp_path):
    """Give a clone, which a test may change."""
    run(tmp_path, "git", "clone", "--quiet", original, "clone")
    return tmp_path / "clone"


def run(folder, *command, check=True):
    return subprocess.run(command, cwd=folder, check=check, capture_output=True, text=True)


def release(folder, *arguments, check=True):
    return run(folder, sys.executable, "-B", "-m", "release", *arguments, check=check)


def commit(folder):
    run(folder, "git", "add", "--all")
    run(folder, *GIT, "commit", "--quiet", "--message", "A change", "--allow-empty")


def edit(folder, name, old, new):
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1))


def test_preparing_sets_version_and_date_wherever_they_stand(original):
    text = (original / "CHANGELOG.md").read_text()
    dated = "## Unreleased\n\n## 1.2.3 - 2026-02-03\n\n### Added\n\n- A line.\n"
    assert text == CHANGELOG.replace("## Unreleased\n\n### Added\n\n- A line.\n", dated)
    library = (original / "workflow/scripts/galbar/__init__.py").read_text()
    assert '\n__version__ = "1.2.3"\n' in library
    citation = yaml.safe_load((original / "CITATION.cff").read_text())
    assert (citation["version"], str(citation["date-released"])) == ("1.2.3", "2026-02-03")
    page = (original / "docs/module.md").read_text()
    assert set(re.findall(r"v\d+\.\d+\.\d+", page)) == {"v1.2.3"}
    zenodo = json.loads((original / ".zenodo.json").read_text())
    assert (zenodo["version"], zenodo["publication_date"]) == ("1.2.3", "2026-02-03")


def test_a_prepared_tree_may_be_released(clone):
    assert release(clone, "check").stdout == "galbar 1.2.3 may be released.\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("1.3",), "found the version '1.3', expected three numbers such as 1.0.0"),
        (("1.3.0", "--date", "3.2.2026"), "DATE: found the date '3.2.2026', expected one such as"),
        (("0.9.0",), "CHANGELOG.md: found the version 0.9.0, expected it below 0.9.0"),
        (("1.3.0",), "found nothing below '## Unreleased', expected changes"),
    ],
)
def test_preparing_is_refused(clone, arguments, message):
    if arguments[0] == "0.9.0":
        (clone / "CHANGELOG.md").write_text(CHANGELOG)
        commit(clone)
    done = release(clone, "prepare", *arguments, check=False)
    assert done.returncode == 1
    assert message in done.stderr
    assert run(clone, "git", "status", "--porcelain").stdout == ""


ZENODO, CITATION, LIBRARY = ".zenodo.json", "CITATION.cff", "workflow/scripts/galbar/__init__.py"
HEADING = "## 1.2.3 - 2026-02-03"


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        (LIBRARY, "1.2.3", "1.2.4", "found no part '## 1.2.4 - date', expected one"),
        (LIBRARY, "1.2.3", "1.2", "found the version '1.2', expected three numbers"),
        (LIBRARY, "__version__", "version", "__init__.py: found no line of __version__"),
        (CITATION, "1.2.3", "1.2.2", "found 1.2.2 of 2026-02-03, expected 1.2.3 of 2026-02-03"),
        (CITATION, "date-released", "date", "CITATION.cff: found no line of date-released"),
        (
            ZENODO,
            "2026-02-03",
            "2026-02-04",
            "found 1.2.3 of 2026-02-04, expected 1.2.3 of 2026-02",
        ),
        (ZENODO, '"version"', '"release"', ".zenodo.json: found no version, expected version and"),
        ("CHANGELOG.md", HEADING, "## 1.2.3", "found '## 1.2.3', expected '## 1.2.3 - 2026-11-29'"),
        ("CHANGELOG.md", HEADING, "## 1.2.3 - 2026-2-3", "found the date '2026-2-3', expected one"),
        (
            "CHANGELOG.md",
            HEADING,
            "## 1.2.3 - 9999-12-31",
            "found the date 9999-12-31, expected none",
        ),
        (
            "CHANGELOG.md",
            "### Added\n\n- A line.\n",
            "",
            "found nothing below '## 1.2.3 - 2026-02-03'",
        ),
        (
            "requirements/gpu.lock",
            "\nkeras==",
            "\nkeras_==",
            "gpu.lock: found None, expected keras==",
        ),
        (
            "requirements/cpu.lock",
            "\nsnakefmt==",
            "\nsnakefmt==9",
            "expected snakefmt==2.1.0: make lock",
        ),
        (
            "requirements/dev.in",
            "pytest\n",
            "pytest\nnew\n",
            "cpu.lock: found None, expected new: make",
        ),
        ("requirements/docs.in", "furo", "new", "docs.lock: found None, expected new: make lock"),
        (
            f"{STORED}/config.yaml",
            "  votes: kaggle\n",
            "",
            "data.votes: no such key, expected kaggle",
        ),
        (
            f"{STORED}/config.yaml",
            "mirror: null",
            "mirror: a",
            "data.mirror: a, expected None as in",
        ),
        ("config/config.yaml", "\nseed: 42", "", "seed: 42, expected no such key as in config"),
        (
            f"{STORED}/rules.txt",
            "\nfetch_data",
            "",
            "other rules than there are (fetch_data): make",
        ),
        (TESTS, "set()", '{"new"}', """found 'SINCE = {"new"}', expected 'SINCE = set()'"""),
        (CITATION, "repository-code", "url", "found no repository-code, expected where the repo"),
        (CITATION, ADDRESS, "a.org/bars", "found the address 'a.org/bars', expected one such as"),
        (
            CITATION,
            "someone",
            "else",
            "README.md: found no address, expected https://github.com/else",
        ),
        (
            "docs/module.md",
            ADDRESS,
            "https://github.com/<owner>/galbar",
            f"docs/module.md: found <owner>/galbar, expected {ADDRESS} as in CITATION.cff",
        ),
    ],
)
def test_what_differs_is_named(clone, name, old, new, message):
    edit(clone, name, old, new)
    commit(clone)
    done = release(clone, "check", check=False)
    assert done.returncode == 1
    assert message in done.stderr


def test_stored_results_of_another_version_are_no_release(clone):
    with zipfile.ZipFile(clone / STORED / "results/bundle.zip", "w") as bundle:
        bundle.writestr("manifest.json", json.dumps({"galbar": "1.2.2"}))
    (clone / STORED / "rules.txt").rename(clone / STORED / "names.txt")
    assert f"{STORED}/rules.txt: found none, expected it" in faults_of(clone)
    (clone / STORED / "names.txt").rename(clone / STORED / "rules.txt")
    assert f"{STORED}/results/bundle.zip: found galbar 1.2.2, expected 1.2.3" in faults_of(clone)


def test_the_address_is_written_once_and_can_be_another(clone):
    page = (clone / "docs/module.md").read_text()
    assert f"deploy-workflow {ADDRESS} . --tag" in page
    assert page.count('github("someone/bars", ') == 2
    for name in ("README.md", "docs/index.md"):
        assert f"\ngit clone {ADDRESS} galbar && cd galbar\n" in (clone / name).read_text()
    release(clone, "address", "https://github.com/group/galbar")
    texts = [(clone / name).read_text() for name in ("docs/module.md", "README.md", CITATION)]
    assert not any("someone" in text or "<owner>" in text for text in texts)
    citation = yaml.safe_load(texts[-1])
    assert citation["repository-code"] == "https://github.com/group/galbar"
    commit(clone)
    assert release(clone, "check").returncode == 0
    done = release(clone, "address", "git@github.com:group/galbar.git", check=False)
    assert "expected one such as https://github.com/owner/galbar" in done.stderr


def faults_of(clone):
    """Return what the check says against the release, after a commit."""
    commit(clone)
    return release(clone, "check", check=False).stderr


def test_the_state_of_the_repository_counts(clone):
    run(clone, "git", "tag", "v1.2.3")
    run(clone, "git", "switch", "--quiet", "--create", "side")
    (clone / "new.txt").touch()
    shutil.rmtree(clone / "tests/stored")
    (clone / "requirements/build.lock").unlink()
    done = release(clone, "build", check=False)
    assert done.returncode == 1
    assert re.findall(r"(?m)^- (.*)", done.stderr) == [
        "working tree: found 5 changes ( D requirements/build.lock, ...), expected none",
        "branch: found side, expected main",
        "tag: found v1.2.3, expected none yet: prepare the next version",
        "tests/stored/results-1.2.3: found none, expected the results of this version: "
        "make stored-results",
        "build.lock: found none, expected it: make lock",
    ]
    assert not (clone / "build").exists()


def test_the_archive_works_and_is_the_same_again(clone):
    done = release(clone, "build")
    assert re.search(r"without git, the demo plans \d{3} jobs\. Nothing is published", done.stdout)
    assert (
        "git tag --annotate v1.2.3 --cleanup=whitespace --file build/release/NOTES.md"
        in done.stdout
    )
    assert run(clone, "git", "tag").stdout == ""
    folder = clone / "build/release"
    assert (folder / "NOTES.md").read_text() == "# galbar 1.2.3\n\n### Added\n\n- A line.\n"
    tracked = set(run(clone, "git", "ls-files").stdout.splitlines())
    with tarfile.open(folder / "galbar-1.2.3.tar.gz") as packed:
        assert {entry.name for entry in packed if entry.isfile()} == {
            f"galbar-1.2.3/{name}" for name in tracked
        }
    with zipfile.ZipFile(folder / "galbar-1.2.3.zip") as packed:
        names = [name for name in packed.namelist() if not name.endswith("/")]
        assert {name.removeprefix("galbar-1.2.3/") for name in names} == tracked
    sums = dict(line.split()[::-1] for line in (folder / "SHA256SUMS").read_text().splitlines())
    assert len(sums) == 2
    for name, digest in sums.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    code = "from pathlib import Path; from release.archives import build_archives as build; "
    code += "build(Path(), '1.2.3', Path('build/again'))"
    run(clone, "env", "TZ=Asia/Tokyo", sys.executable, "-B", "-c", code)
    again = {path.name: path.read_bytes() for path in (clone / "build/again").iterdir()}
    assert {**before, **again} == before


def test_an_archive_that_does_not_work_is_no_release(clone):
    edit(clone, "Snakefile", "rules/survey.smk", "rules/surveys.smk")
    commit(clone)
    done = release(clone, "build", check=False)
    assert done.returncode == 1
    assert "galbar-1.2.3.tar.gz: the demo's dry run failed:" in done.stderr


def test_version_and_citation_are_the_same_everywhere(root):
    citation = yaml.safe_load((root / CITATION).read_text())
    zenodo = json.loads((root / ZENODO).read_text())
    assert citation["cff-version"] == "1.2.0"
    assert citation["version"] == zenodo["version"] == __version__
    assert str(citation["date-released"]) == zenodo["publication_date"]
    assert {"message", "title", "authors", "type", "license", "keywords"} <= set(citation)
    names = [author.get("name") or author["family-names"] for author in citation["authors"]]
    assert [creator["name"].split(",")[0] for creator in zenodo["creators"]] == names
    for key in ("title", "license", "keywords"):
        assert zenodo[key] == citation[key]
    assert zenodo["upload_type"] == citation["type"] == "software"
    (paper,) = citation["references"]
    identifiers = [paper["doi"], *(entry["value"] for entry in paper["identifiers"])]
    assert [entry["identifier"] for entry in zenodo["related_identifiers"]] == identifiers
    assert paper["title"] in zenodo["references"][0]
    assert citation["license"] in (root / "LICENSE").read_text().splitlines()[0]
