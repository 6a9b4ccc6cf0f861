"""The commands `prepare`, `address`, `check`, `build` and `store`, as `make` calls them."""

import argparse
import datetime
import sys
from pathlib import Path

from release import changelog
from release.addresses import write_address
from release.archives import build_archives, try_archive
from release.checks import check_version, find_faults
from release.stored_results import store_results
from release.versions import read_version, write_versions

ROOT = Path(__file__).resolve().parents[1]
FOLDER = Path("build/release")


def prepare(version, date):
    """Date what is unreleased in the changelog, and write version and date wherever they stand."""
    check_version(version)
    changelog.check_date(date, "DATE")
    path = ROOT / changelog.FILE
    dated = changelog.date_unreleased(path.read_text(encoding="utf-8"), version, date)
    path.write_text(dated, encoding="utf-8")
    write_versions(ROOT, version, date)
    print(f"galbar is at {version} of {date}: look at `git diff`, write what the version is above")
    print(f"the lines of {changelog.FILE}, then make stored-results, commit, make release.")


def check(today):
    """Stop with all that speaks against a release."""
    faults = find_faults(ROOT, today)
    if faults:
        raise ValueError("no release:\n" + "\n".join(f"- {fault}" for fault in faults))
    print(f"galbar {read_version(ROOT)} may be released.")


def build(today):
    """Check, write archives and notes, try an archive; print the commands that publish."""
    check(today)
    version = read_version(ROOT)
    text = (ROOT / changelog.FILE).read_text(encoding="utf-8")
    _, notes = changelog.notes_of(text, version)
    archives = build_archives(ROOT, version, ROOT / FOLDER)
    (ROOT / FOLDER / "NOTES.md").write_text(f"# galbar {version}\n\n{notes}", encoding="utf-8")
    jobs = try_archive(archives[0])
    print(f"{FOLDER}: {', '.join(path.name for path in archives)}, SHA256SUMS, NOTES.md")
    print(f"Unpacked, without git, the demo plans {jobs} jobs. Nothing is published. To do so:")
    print(f"  git tag --annotate v{version} --cleanup=whitespace --file {FOLDER}/NOTES.md")
    print(f"  git push origin main v{version}")


def main(arguments):
    """Run a command."""
    today = datetime.date.today().isoformat()
    parser = argparse.ArgumentParser(prog="release", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    preparing = commands.add_parser("prepare", help="set version and date, also in the changelog")
    preparing.add_argument("version")
    preparing.add_argument("--date", default=today)
    hosting = commands.add_parser("address", help="set where the repository is hosted")
    hosting.add_argument("address")
    commands.add_parser("check", help="say what speaks against a release")
    commands.add_parser("build", help="check, and write archives and notes to build/release")
    commands.add_parser("store", help="write the results of this version, for later ones to read")
    given = parser.parse_args(arguments)
    try:
        if given.command == "prepare":
            prepare(given.version, given.date)
        elif given.command == "address":
            write_address(ROOT, given.address)
        elif given.command == "store":
            store_results(ROOT, read_version(ROOT))
        else:
            {"check": check, "build": build}[given.command](today)
    except (OSError, ValueError) as error:
        sys.exit(f"release: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
