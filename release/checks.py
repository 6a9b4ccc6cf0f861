"""What must hold before a version is released."""

import re
import subprocess
from pathlib import Path

from release import changelog
from release.addresses import find_address_faults
from release.stored_checks import find_stored_faults
from release.versions import CITATION, ZENODO, read_citation, read_version, read_zenodo

BRANCH = "main"
_VERSION = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}")
#: A lock, and the sources that it must hold: as in the Makefile. benchmark.lock has none.
_LOCKS = {
    "cpu": ("base", "cpu", "dev"),
    "gpu": ("base", "gpu", "dev"),
    "build": ("build",),
    "docs": ("docs",),
}
_REQUIREMENT = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^]]*\])?(?:==([^\s;]+))?")


def git(root, *arguments):
    """Run git in a repository; its output without the last line break.

    Raises
    ------
    ValueError : with what git says, if it fails
    """
    done = subprocess.run(["git", "-C", root, *arguments], capture_output=True, text=True)
    if done.returncode:
        raise ValueError(f"git {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout.rstrip("\n")


def check_version(version):
    """Raise `ValueError` if a text is no version such as 1.0.0."""
    if not _VERSION.fullmatch(version):
        raise ValueError(f"found the version {version!r}, expected three numbers such as 1.0.0")


def find_faults(root, today):
    """List what speaks against releasing the version that a repository is at.

    Parameters
    ----------
    root : Path, of the repository
    today : str, the date, such as "2026-11-29"

    Returns
    -------
    list of str, each naming what was found and what was expected; empty if all is well
    """
    version = read_version(root)
    checks = (_check_tree, _check_places, _check_tag, _check_stored, _check_locks, _check_address)
    return [fault for check in checks for fault in check(root, version, today)]


def _check_tree(root, version, today):
    changed = git(root, "status", "--porcelain").splitlines()
    if changed:
        yield f"working tree: found {len(changed)} changes ({changed[0]}, ...), expected none"
    branch = git(root, "rev-parse", "--abbrev-ref", "HEAD")
    if branch != BRANCH:
        yield f"branch: found {branch}, expected {BRANCH}"


def _check_places(root, version, today):
    """Compare version and date wherever they stand."""
    try:
        check_version(version)
        date, _ = changelog.notes_of(Path(root, changelog.FILE).read_text("utf-8"), version)
        if date > today:
            yield f"{changelog.FILE}: found the date {date}, expected none after today, {today}"
        for name, read in ((CITATION, read_citation), (ZENODO, read_zenodo)):
            if read(root) != (version, date):
                yield f"{name}: found {' of '.join(read(root))}, expected {version} of {date}"
    except ValueError as error:
        yield str(error)


def _check_tag(root, version, today):
    if git(root, "tag", "--list", f"v{version}"):
        yield f"tag: found v{version}, expected none yet: prepare the next version"


def _check_stored(root, version, today):
    """Results of this version must be there for those that follow to read."""
    yield from find_stored_faults(root, version)


def _check_address(root, version, today):
    yield from find_address_faults(root)


def _check_locks(root, version, today):
    """Each lock is there and holds what its sources name, at the version that they pin."""
    for lock, sources in _LOCKS.items():
        path = Path(root, "requirements", f"{lock}.lock")
        if not path.is_file():
            yield f"{path.name}: found none, expected it: make lock"
            continue
        locked = dict(re.findall(r"(?m)^([\w.-]+)==([^\s;]+)", path.read_text("utf-8")))
        locked = {_canonical(name): pin for name, pin in locked.items()}
        for source in sources:
            for name, pin in _requirements(Path(root, "requirements", f"{source}.in")):
                if name not in locked or pin not in ("", locked[name]):
                    expected = f"{name}=={pin}" if pin else name
                    yield f"{path.name}: found {locked.get(name)}, expected {expected}: make lock"


def _requirements(path):
    """Yield the (name, pinned version or "") that a source names."""
    for line in path.read_text("utf-8").splitlines():
        match = _REQUIREMENT.match(line.split("#")[0].strip())
        if match:
            yield _canonical(match[1]), match[2] or ""


def _canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()
