"""The lock file: what was fetched first is what is expected from then on."""

import datetime
import json

from galbar.datasets.dataset import CorruptedError, compare_checksum
from galbar.io.atomic import file_digest, write_json

NAME = "datasets.lock.json"


class LockFile:
    """Checksums of the files in a data directory.

    A mapping of names to version, source, day, and the checksums of the download and of the file
    in its place, which differ where it was packed.

    Parameters
    ----------
    directory : Path, the data directory

    Raises
    ------
    ValueError : if the file is no such mapping
    """

    def __init__(self, directory):
        self.path = directory / NAME
        self._records = {}
        if self.path.is_file():
            try:
                self._records = json.loads(self.path.read_text(encoding="utf-8"))
                self._check()
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(
                    f"{self.path}: found no lock file of data sets ({type(error).__name__}: "
                    f"{error}), expected what fetch_data has written; move it away to begin anew"
                ) from error

    def _check(self):
        for record in self._records.values():
            _ = record["version"], record["source"], record["day"], record["file"]
            if not str(record["file"]).startswith("sha256:"):
                raise ValueError(f"found {record['file']!r}, expected sha256:...")

    def compare_file(self, dataset, path):
        """Compare a file in its place with what was recorded of it.

        Returns
        -------
        bool, whether anything was recorded

        Raises
        ------
        CorruptedError : if it is another file, or of another version
        """
        record = self._records.get(dataset.name)
        if record is None:
            return False
        if record["version"] != dataset.version:
            raise CorruptedError(
                f"found version {record['version']} ({self.path.name}), expected {dataset.version}"
            )
        compare_checksum(path, record["file"], self._origin(record))
        return True

    def compare_download(self, dataset, path):
        """Compare a download with the first one of this version.

        Returns
        -------
        bool, whether there was one

        Raises
        ------
        CorruptedError : if it is another file
        """
        record = self._records.get(dataset.name)
        if record is None or record["version"] != dataset.version or not record.get("download"):
            return False
        compare_checksum(path, record["download"], self._origin(record))
        return True

    def compare_content(self, dataset, path):
        """Compare an unpacked download with the file that was there first, if no download was.

        Raises
        ------
        CorruptedError : if it is another file
        """
        record = self._records.get(dataset.name)
        if record and record["version"] == dataset.version and not record.get("download"):
            compare_checksum(path, record["file"], self._origin(record))

    def _origin(self, record):
        return (
            f"{self.path.name}, {record['day']}, {record['source']}; if the publisher has "
            "replaced the file, delete its entry there"
        )

    def record(self, dataset, path, source, download=None):
        """Record a file in its place, with the checksum of its download if it was one."""
        is_as_downloaded = download is not None and not dataset.packed
        self._records[dataset.name] = {
            "version": dataset.version,
            "source": source,
            "day": datetime.date.today().isoformat(),
            "download": download,
            "file": download if is_as_downloaded else f"sha256:{file_digest(path)}",
        }
        write_json(dict(sorted(self._records.items())), self.path)
