"""Job takeover: of two copies of a job, the one that began last owns the output.

A controller that was killed leaves its jobs running, and its successor submits them again: two
copies of one job then work on the same output. Each takes over the output when it begins, by a file
in a folder beside it, and checks before it writes whether it still is the owner. The older copy
finds that it is not, and stops; what it had stored by then, the younger one has taken up.
"""

import json
import logging
import os
import shutil
import uuid
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from galbar.io.atomic import write_json
from galbar.io.job_log import announce

logger = logging.getLogger(__name__)

_OWNER = "owner.json"


class JobTakenOver(SystemExit):
    """Another copy of this job has taken over, or has finished; ends the process."""


def unfinished_folder(output):
    """Return the hidden folder beside an output where a job stores intermediate results.

    It is not an output of the workflow, so that Snakemake leaves it alone.
    """
    output = Path(output)
    return output.with_name(f".{output.name}.unfinished")


class OutputOwnership:
    """Ownership of an output by one copy of a job; taken over when it is made.

    Parameters
    ----------
    output : str or Path
        What the job is to write. Other copies lose it.

    Attributes
    ----------
    folder : Path
        `unfinished_folder` of the output, created.
    token : str
        Name of this copy: host, process, and a random part, since the numbers of processes
        repeat, on a cluster and in containers.
    """

    def __init__(self, output):
        self.output = Path(output)
        self.folder = unfinished_folder(output)
        self.token = f"{os.uname().nodename}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        previous = self._owner()
        if previous:
            logger.info(
                "%s was begun by %s at %s: taking over",
                output,
                previous["token"],
                previous["begun"],
            )
        begun = datetime.now().astimezone().isoformat(timespec="seconds")
        job = os.environ.get("SLURM_JOB_ID")
        write_json({"token": self.token, "begun": begun, "job": job}, self.folder / _OWNER)

    def check(self):
        """Raise JobTakenOver if another copy has taken over the output, or finished it."""
        owner = self._owner()
        if owner is not None and owner["token"] == self.token:
            return
        action = "has finished it"
        if owner is not None:
            token, begun, job = owner["token"], owner["begun"], owner["job"]
            action = f"({token}, begun {begun}, job {job}) has taken over"
        message = f"{self.output}: another copy of this job {action}; stopping"
        announce(message)
        raise JobTakenOver(message)

    def own_file(self, name):
        """Return the path of ``name`` (kind.suffix) in the folder that no other copy writes to."""
        return self.folder / f"{Path(name).stem}-{self.token}{Path(name).suffix}"

    def files(self, name):
        """List the files of this kind written by any copy, the last written first."""
        written = {}
        for path in self.folder.glob(f"{Path(name).stem}-*{Path(name).suffix}"):
            # Another copy may finish, and release the folder, meanwhile.
            with suppress(FileNotFoundError):
                written[path] = path.stat().st_mtime_ns
        return sorted(written, key=written.get, reverse=True)

    def release(self):
        """Remove the folder, once the output is complete."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _owner(self):
        try:
            return json.loads((self.folder / _OWNER).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
