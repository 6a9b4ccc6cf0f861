"""The archives of a release: what git has, in files that are the same wherever they are built."""

import gzip
import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

#: The gzip header's time: the tar file within says when the commit was made.
_NO_TIME = 0


def build_archives(root, version, folder):
    """Write galbar-{version}.tar.gz and .zip of the commit that is checked out, and SHA256SUMS.

    Parameters
    ----------
    root : Path, of the repository
    version : str
    folder : Path, is created

    Returns
    -------
    list of Path, of both archives
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = f"galbar-{version}"
    tar, packed = folder / f"{name}.tar.gz", folder / f"{name}.zip"
    tar.write_bytes(gzip.compress(_archive(root, name, "tar"), 9, mtime=_NO_TIME))
    packed.write_bytes(_archive(root, name, "zip"))
    sums = [(hashlib.sha256(path.read_bytes()).hexdigest(), path.name) for path in (tar, packed)]
    lines = [f"{digest}  {file}\n" for digest, file in sums]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")
    return [tar, packed]


def _archive(root, name, kind):
    """Return the bytes of an archive, in which all is below a folder."""
    # ZIP archives hold local time.
    environment = {**os.environ, "TZ": "UTC"}
    command = ["git", "-C", root, "archive", f"--format={kind}", f"--prefix={name}/", "HEAD"]
    return subprocess.run(command, capture_output=True, check=True, env=environment).stdout


def try_archive(archive):
    """Unpack an archive aside and plan the demo there, without git.

    Parameters
    ----------
    archive : Path, .tar.gz

    Returns
    -------
    int, jobs that the dry run announces

    Raises
    ------
    ValueError : with the last lines of Snakemake, if it fails or announces nothing
    """
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
        (unpacked,) = Path(folder).iterdir()
        command = [sys.executable, "-m", "snakemake", "--profile", "profiles/demo", "--dry-run"]
        # No repository around the folder, whatever this command runs in.
        environment = {key: text for key, text in os.environ.items() if not key.startswith("GIT_")}
        environment["GIT_CEILING_DIRECTORIES"] = folder
        done = subprocess.run(
            command, cwd=unpacked, env=environment, capture_output=True, text=True
        )
    lines = (done.stdout + done.stderr).splitlines()
    totals = [line.split()[1] for line in lines if line.startswith("total ")]
    if done.returncode or not totals:
        raise ValueError(f"{archive.name}: the demo's dry run failed:\n" + "\n".join(lines[-20:]))
    return int(totals[0])
