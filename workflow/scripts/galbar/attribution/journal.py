"""Heat maps of single galaxies, stored one by one, so that a job that dies loses at most one.

An HDF5 file that is being written may be unreadable after a kill. A journal is a line of JSON that
says what its maps are, then one record of fixed size per galaxy, little-endian,

    galaxy id (int64) | errors of the p watched lengths (float64)
    | the maps, float32, kind after kind | CRC-32 of all that (uint32)

What a kill or a full disk cut off is seen by its length or its checksum and left out. At the end
the maps go into the HDF5 file, in the order of the catalogue: the same bits, however often the job
was cut off.
"""

import json
import logging
import os
import struct
import time
import zlib

import numpy as np

from galbar.attribution.heatmap_files import read_watched
from galbar.io.atomic import explain_write_errors

logger = logging.getLogger(__name__)

_FILE = "maps.journal"
# Time between two calls that make the disk hold what was written [s]: a kill loses nothing
# without them, a node that loses its power at most this.
_SYNC_EVERY = 30.0


class HeatmapJournal:
    """The maps that are done, of this copy of a job and of those before it.

    ``ownership`` is on the HDF5 file; journals of other copies are taken over into an own one, and
    removed. ``definition``, the attributes of the HDF5 file, says what the maps are: those of
    another are not used. ``kinds`` are stored in this order, each map of the ``shape`` (ny, nx).
    ``done`` is a dict: galaxy id -> place of its record in the file [byte].
    """

    def __init__(self, ownership, definition, kinds, shape):
        self._ownership, self._kinds, self._shape = ownership, tuple(kinds), tuple(shape)
        header = {**definition, "kinds": self._kinds, "shape": self._shape}
        self._header = json.dumps(header, sort_keys=True, default=str).encode() + b"\n"
        self._errors = len(read_watched(definition["watched"]))
        self._values = len(self._kinds) * int(np.prod(self._shape))
        self._before = 8 + 8 * self._errors
        self._size = self._before + 4 * self._values + 4
        self.done = {}
        self.path = ownership.own_file(_FILE)
        before = ownership.files(_FILE)
        with explain_write_errors(self.path):
            self._file = open(self.path, "w+b")
            self._file.write(self._header)
        try:
            for path in before:
                self._take_over(path)
            self._sync()
        except BaseException:
            self._file.close()
            self.path.unlink()
            raise
        for path in before:
            path.unlink(missing_ok=True)
        if self.done:
            logger.info("%d galaxies were done by jobs before this one", len(self.done))

    def write(self, galaxy_id, maps, mc_error=()):
        """Store a galaxy's maps (ny, nx) and errors (p,); JobTakenOver if a copy has taken over."""
        stack = np.stack([np.asarray(maps[kind], dtype="<f4") for kind in self._kinds])
        if stack.shape != (len(self._kinds), *self._shape):
            raise ValueError(
                f"galaxy {galaxy_id}: maps of shape {stack.shape[1:]}, expected {self._shape}"
            )
        numbers = struct.pack(f"<q{self._errors}d", int(galaxy_id), *mc_error)
        content = numbers + stack.tobytes()
        with explain_write_errors(self.path):
            self._append(int(galaxy_id), content + struct.pack("<I", zlib.crc32(content)))
            # Out of this process at once: a kill does not take what the system holds.
            self._file.flush()
        if time.monotonic() - self._synced >= _SYNC_EVERY:
            self._ownership.check()
            self._sync()

    def read(self, galaxy_id):
        """Read the stored maps of a galaxy and the errors of its lengths."""
        self._file.seek(self.done[int(galaxy_id)])
        numbers = struct.unpack(f"<q{self._errors}d", self._file.read(self._before))
        stack = np.frombuffer(self._file.read(4 * self._values), dtype="<f4")
        stack = stack.reshape(len(self._kinds), *self._shape)
        return dict(zip(self._kinds, stack, strict=True)), np.array(numbers[1:])

    def __enter__(self):
        return self

    def __exit__(self, *error):
        """Close the file, after an error as well; the galaxies in it are kept."""
        self._file.close()

    def _append(self, galaxy_id, record):
        offset = self._file.seek(0, os.SEEK_END)
        self._file.write(record)
        self.done[galaxy_id] = offset

    def _take_over(self, path):
        """Copy those intact records of another copy's journal that are missing here."""
        with open(path, "rb") as other_journal:
            if not self._fits(path, other_journal.readline()):
                return
            while len(record := other_journal.read(self._size)) == self._size:
                (checksum,) = struct.unpack("<I", record[-4:])
                if zlib.crc32(record[:-4]) != checksum:
                    logger.warning("%s is damaged after %d galaxies", path, len(self.done))
                    return
                (galaxy_id,) = struct.unpack("<q", record[:8])
                if galaxy_id not in self.done:
                    self._append(galaxy_id, record)

    def _fits(self, path, header):
        """Return whether a journal holds the wanted maps; refuse one of another environment."""
        if header == self._header:
            return True
        try:
            stored, own = (json.loads(line, parse_constant=str) for line in (header, self._header))
        except ValueError:
            logger.warning("%s is damaged in its first line: not used", path)
            return False
        differing = [name for name in own if stored.get(name) != own[name]]
        if differing != ["versions"]:
            logger.info("%s holds maps of other settings (%s): not used", path, differing)
            return False
        raise ValueError(
            f"{path}: these heat maps were begun with {stored['versions']}, but this node has "
            f"{own['versions']}; run on nodes with one environment, or delete {path.parent} to "
            "compute all of them anew"
        )

    def _sync(self):
        with explain_write_errors(self.path):
            self._file.flush()
            os.fsync(self._file.fileno())
        self._synced = time.monotonic()
