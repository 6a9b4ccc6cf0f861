"""The parts of CHANGELOG.md: one per version, newest first, under that of what is unreleased."""

import datetime
import re

FILE = "CHANGELOG.md"
UNRELEASED = "Unreleased"
_HEADING = re.compile(r"^## (.*)$", re.MULTILINE)
_RELEASED = re.compile(r"(\d+\.\d+\.\d+) - (\S+)")


def split_changelog(text):
    """Split the text of a changelog into its parts, heading without "## " -> text below it."""
    pieces = _HEADING.split(text)
    return {
        heading.strip(): body.strip("\n")
        for heading, body in zip(pieces[1::2], pieces[2::2], strict=True)
    }


def released_versions(text):
    """List the (version, date) of the headings, newest first; both str, the date unchecked."""
    matches = map(_RELEASED.fullmatch, split_changelog(text))
    return [match.groups() for match in matches if match]


def notes_of(text, version):
    """Return the date and the text of the part of a version.

    Raises
    ------
    ValueError
        If the changelog has no dated part of it, an empty one, or a date that is none.
    """
    parts = split_changelog(text)
    heading = next((name for name in parts if name.split(" ")[0] == version), None)
    if heading is None:
        raise ValueError(f"{FILE}: found no part '## {version} - date', expected one")
    match = _RELEASED.fullmatch(heading)
    if not match:
        raise ValueError(f"{FILE}: found '## {heading}', expected '## {version} - 2026-11-29'")
    check_date(match[2], f"{FILE}: {heading}")
    if not parts[heading].strip():
        raise ValueError(f"{FILE}: found nothing below '## {heading}', expected what has changed")
    return match[2], parts[heading] + "\n"


def date_unreleased(text, version, date):
    """Return the changelog with its unreleased part as that of a version, an empty one above it.

    Raises
    ------
    ValueError
        If nothing is unreleased, or if the version is not above all that are there.
    """
    parts = split_changelog(text)
    if not parts.get(UNRELEASED, "").strip():
        raise ValueError(f"{FILE}: found nothing below '## {UNRELEASED}', expected changes")
    for released, _ in released_versions(text):
        if _numbers(released) >= _numbers(version):
            raise ValueError(f"{FILE}: found the version {released}, expected it below {version}")
    heading = f"## {UNRELEASED}\n"
    return text.replace(heading, f"{heading}\n## {version} - {date}\n", 1)


def check_date(text, source):
    """Raise `ValueError` that names the source if a text is no date such as 2026-11-29."""
    try:
        correct = datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        correct = False
    if not correct:
        raise ValueError(f"{source}: found the date {text!r}, expected one such as 2026-11-29")


def _numbers(version):
    return tuple(map(int, version.split(".")))
